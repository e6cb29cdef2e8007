"""Sockets of clients who may be slow: each read and write has a deadline that bytes extend."""

import errno
import os
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

PATIENCE = 10.0  # seconds that one request may have its thread wait for its client
RATE = 16 * 1024  # bytes that give it back one of them
CROWDED = 1.0  # second instead, while more than half of the threads wait for clients
LOOK = 0.1  # seconds between looks at whether they do
PIECE = 64 * 1024  # bytes to be sent at once
UNSENT = 64 * 1024  # bytes that may wait in the kernel: what goes on from there shows that the client reads


class Crowd:
    """How many threads of the process wait for clients."""

    def __init__(self, threads: int):
        self._threads = threads
        self._waiting = 0
        self._lock = threading.Lock()

    @property
    def is_crowded(self) -> bool:
        return self._waiting > self._threads // 2

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count one thread that waits, for the length of the block."""
        with self._lock:
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1


class ClientSocket(socket.socket):
    """A client's connection, as a thread reads and writes it. A client that is too slow is one who hung up.

    The socket never blocks, whatever it is told: waiting is done here alone.
    """

    def __init__(self, accepted: socket.socket, crowd: Crowd):
        super().__init__(accepted.family, accepted.type, accepted.proto, fileno=accepted.detach())
        super().setblocking(False)
        if self.family != socket.AF_UNIX:  # else it can be written to again once a megabyte has gone
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
        self._crowd = crowd
        self.be_patient()

    def be_patient(self) -> None:
        """Begin a request: those before it used up nothing of its time."""
        self._left = PATIENCE
        self.sent = 0  # bytes of its answer

    def be_impatient(self) -> None:
        """Begin one whose client is not waited for."""
        self._left = 0.0
        self.sent = 0

    def setblocking(self, flag: bool) -> None:
        pass

    def settimeout(self, value: float | None) -> None:
        pass

    def receive(self, size: int) -> bytes:
        """Return what has arrived, nothing at the end. Raises BlockingIOError when there is nothing yet."""
        return super().recv(size)

    def recv(self, size: int, flags: int = 0) -> bytes:
        while True:
            try:
                data = super().recv(size, flags)
            except BlockingIOError:
                self._wait(select.POLLIN)
            else:
                self._moved(len(data))
                return data

    def send(self, data: Any, flags: int = 0) -> int:
        while True:
            try:
                sent = super().send(data, flags)
            except BlockingIOError:
                self._wait(select.POLLOUT)
            else:
                self._moved(sent)
                self.sent += sent
                return sent

    def sendall(self, data: Any, flags: int = 0) -> None:
        left = memoryview(data)
        while left:
            left = left[self.send(left[:PIECE], flags) :]

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        start, end = offset, None if count is None else offset + count
        while end is None or offset < end:
            try:
                size = PIECE if end is None else min(PIECE, end - offset)
                sent = os.sendfile(self.fileno(), file.fileno(), offset, size)
            except BlockingIOError:
                self._wait(select.POLLOUT)
            else:
                if not sent:
                    break
                self._moved(sent)
                self.sent += sent
                offset += sent
        return offset - start

    def _moved(self, size: int) -> None:
        self._left = min(PATIENCE, self._left + size / RATE)

    def _wait(self, event: int) -> None:
        """Return when the client gives or takes something. Raises ConnectionResetError if it is too slow."""
        poll = select.poll()
        poll.register(self, event)
        with self._crowd.waiting():
            while True:
                if self._crowd.is_crowded:
                    self._left = min(self._left, CROWDED)
                if self._left <= 0:
                    raise ConnectionResetError(errno.ECONNRESET, "The client is too slow.")
                start = time.monotonic()
                ready = poll.poll(1000 * min(self._left, LOOK))
                self._left -= time.monotonic() - start
                if ready:
                    return
