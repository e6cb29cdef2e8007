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
