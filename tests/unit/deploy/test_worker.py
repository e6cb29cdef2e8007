"""The server's worker: where the machine gives it no more connections, and how it reads a body."""

import errno
import socket
import threading
import time
from concurrent.futures import Future
from contextlib import suppress

import pytest
from django.core.files.uploadhandler import FileUploadHandler
from gunicorn.config import Config

from imagelib.clients import PATIENCE, ClientSocket, Crowd
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


class Threads:
    """Notes what they are given."""

    def __init__(self):
        self.given: list[tuple] = []

    def submit(self, *work) -> Future:
        self.given.append(work)
        return Future()


def queued(worker, head: bytes) -> str:
    """Return whose threads have the request with this head."""
    worker.prober, worker.tpool = Threads(), Threads()
    client, accepted = socket.socketpair()
    with client, ClientSocket(accepted, Crowd(1)) as ours:
        connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        connection.head += head
        worker.enqueue_req(connection)
    assert len(worker.prober.given) + len(worker.tpool.given) == 1
    return "prober" if worker.prober.given else "others"


@pytest.mark.parametrize(
    ("head", "whose"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "prober"),
        (b"HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "prober"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nContent-Length: 9\r\n\r\n", "prober"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "others"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n", "others"),
        (b"GET /healthz HTTP/1.1\r\ncontent-length:10\r\nHost: a\r\n\r\n", "others"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\ntransfer-Encoding: chunked\r\n\r\n", "others"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 2**16, "others"),
    ],
)
def test_a_probe_whose_client_may_send_more_is_none_of_the_prober(worker, head, whose):
    """All other probes would wait until the client has sent it."""
    assert queued(worker, head) == whose


class Silent:
    """A log that says nothing."""

    def __getattr__(self, name: str):
        return lambda *args, **kwargs: None


def test_the_prober_waits_for_no_client_that_takes_no_answer(worker):
    worker.cfg, worker.log, worker.alive, worker.nr, worker.max_requests = Config(), Silent(), True, 0, 9
    worker.drained = float("inf")
    worker.wsgi = lambda environ, start_response: (start_response("200 OK", []), [b"ok"])[1]
    worker.prober = Threads()
    client, accepted = socket.socketpair()
    with client, ClientSocket(accepted, Crowd(16)) as ours:
        with suppress(BlockingIOError):
            while True:
                socket.socket.send(ours, b"x" * 4096)
        connection = Connection(Config(), ours, ("127.0.0.1", 1), ("127.0.0.1", 2))
        connection.head += b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        connection.parser.unreader.unread(bytes(connection.head))
        worker.enqueue_req(connection)
        ((handle, *given),) = worker.prober.given
        begun = time.monotonic()
        assert not handle(*given)
        assert time.monotonic() - begun < PATIENCE / 2
