"""quickstart runs a worker beside the server: both live and end together."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.servers.application import Application
from tests.servers.machine import until

pytestmark = pytest.mark.drill

TASK = "from tests.servers.tasks import take_a_second; take_a_second.enqueue()"


@pytest.fixture
def application(library):
    library.start_with_worker()
    yield library
    library.stop()


def children(pid: int) -> dict[str, int]:
    """Return the process ids of what quickstart runs: `server` and `worker`."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_text()
        found["worker" if command.endswith("worker\0") else "server"] = int(child)
    return found


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def does_tasks(application: Application) -> bool:
    notes = application.log_path.with_name("notes")
    before = len(notes.read_text()) if notes.exists() else 0
    application.manage("shell", "-v0", "-c", TASK).check_returncode()
    return until(lambda: notes.exists() and len(notes.read_text()) > before)


def test_tasks_are_done_and_a_worker_that_dies_has_another_in_its_place(application):
    assert does_tasks(application)
    worker = children(application.pid)["worker"]
    os.kill(worker, signal.SIGKILL)
    until(lambda: children(application.pid).get("worker", worker) != worker)
    assert does_tasks(application)
    assert "The worker ended (-9); another follows." in application.log
    assert application.request("GET", "/readyz")[0] == 200


def test_where_the_log_has_objects_a_worker_that_dies_is_one(library):
    library.environment["IMAGELIB_LOG_FORMAT"] = "json"
    library.start_with_worker()
    try:
        os.kill(children(library.pid)["worker"], signal.SIGKILL)
        (line,) = until(lambda: [line for line in library.log.splitlines() if "another follows" in line])
    finally:
        library.stop()
    said = json.loads(line)
    assert (said["level"], said["logger"]) == ("WARNING", "imagelib.supervisor")
    assert said["message"] == "The worker ended (-9); another follows."


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_both_cleanly(application, stop):
    both = children(application.pid)
    assert both.keys() == {"server", "worker"}
    assert application.stop(stop) == 0
    assert not any(map(is_running, both.values()))
    assert "Traceback" not in application.log
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", application.port))


def test_when_the_server_dies_so_does_the_worker_and_it_is_said(application):
    both = children(application.pid)
    os.kill(both["server"], signal.SIGKILL)
    assert application.stop(signal.SIGCONT) == 128 + signal.SIGKILL
    until(lambda: not any(map(is_running, both.values())))


def test_when_what_runs_them_dies_so_do_both(application):
    both = children(application.pid)
    os.kill(application.pid, signal.SIGKILL)
    until(lambda: not any(map(is_running, both.values())))
    application.stop()
    application.start()  # the port is free


def test_a_server_without_worker_is_the_process_itself(application):
    application.stop()
    application.start()
    assert "worker" not in children(application.pid)
    assert Path(f"/proc/{application.pid}/cmdline").read_text().split("\0")[1:3] == ["-m", "gunicorn"]
