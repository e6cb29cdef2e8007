"""deploy/gunicorn.conf.py, as gunicorn runs it."""

import subprocess
import sys

from tests import BASE_DIR


def test_the_server_is_hidden_from_other_processes_of_its_user():
    """The first process has the same secrets as the workers, which have children that decode."""
    script = (
        "import ctypes, runpy\nrunpy.run_path('deploy/gunicorn.conf.py')\n"
        "print(ctypes.CDLL(None).prctl(3))\n"  # PR_GET_DUMPABLE
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


def test_a_server_that_is_refused_once_it_serves_ends_with_an_error():
    """A process of it finds out, which is another than the one that ends it all."""
    script = """
import os, runpy, signal, time, types
configuration = runpy.run_path("deploy/gunicorn.conf.py")
configuration["on_exit"](None)
signal.signal(signal.SIGTERM, lambda *told: configuration["on_exit"](None))
if os.fork() == 0:
    configuration["end_server"](types.SimpleNamespace(ppid=os.getppid()), "No lock would hold.")
    os._exit(0)
time.sleep(30)
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (1, "No lock would hold.\n")
