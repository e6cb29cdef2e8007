"""The server's worker where the machine gives it no more connections."""

import errno

import pytest

from imagelib.worker import PatientWorker


class Waiting:
    def __init__(self, timeout: float):
        self.timeout = timeout


class FullListener:
    """Has a client for whom the machine has no room."""

    def __init__(self, number: int):
        self._number = number

    def accept(self):
        raise OSError(self._number, "no room")


@pytest.fixture
def worker(monkeypatch) -> PatientWorker:
    """A worker that has not started, and drops a connection by forgetting it."""
    worker = PatientWorker.__new__(PatientWorker)
    worker.pending_conns = {Waiting(3), Waiting(1), Waiting(2)}
    monkeypatch.setattr(worker, "_drop", worker.pending_conns.remove)
    return worker


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_where_there_is_room_for_no_more_the_oldest_that_waits_makes_it(worker, number):
    for left in ([2, 3], [3], [], []):  # with nobody left to drop, it goes on too
        worker.accept(FullListener(number))
        assert sorted(conn.timeout for conn in worker.pending_conns) == left


def test_other_errors_are_no_want_of_room(worker):
    with pytest.raises(PermissionError):
        worker.accept(FullListener(errno.EPERM))
    assert len(worker.pending_conns) == 3
