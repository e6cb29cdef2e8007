"""The server's worker: where the machine gives it no more connections, and how it reads a body."""

import errno
import socket
import threading

import pytest
from django.core.files.uploadhandler import FileUploadHandler
from gunicorn.config import Config

from imagelib.clients import ClientSocket, Crowd
from imagelib.worker import Connection, PatientWorker

BODY = bytes(range(256)) * 2**14  # 4 MiB


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


def test_a_body_is_read_no_further_than_django_asks():
    """Of what was read beyond that, gunicorn copies all with each read: of a megabyte, fifteen times."""
    client, accepted = socket.socketpair()
    with client, ClientSocket(accepted, Crowd(1)) as ours:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(BODY)
        sender = threading.Thread(target=client.sendall, args=(head + BODY,))
        sender.start()
        connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        request = next(connection.parser)
        pieces, most = [], 0
        while piece := request.body.read(FileUploadHandler.chunk_size):
            pieces.append(piece)
            most = max(most, len(connection.parser.unreader.buf.getvalue()))
        sender.join()
    assert b"".join(pieces) == BODY
    assert most <= FileUploadHandler.chunk_size
