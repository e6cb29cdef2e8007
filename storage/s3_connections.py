"""Connections whose sockets keep a deadline.

The time-outs of botocore and urllib3 are for one `recv`: each byte of a store that drips begins another. They
offer the place for better ones: a pool of connections of one's own class, as urllib3's SOCKS pools are.
"""

import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)
from botocore.client import BaseClient
from urllib3.connection import HTTPConnection

from storage.deadline import Deadline

MAX_ENDS = 8  # reads at the end of a stream: botocore repeats them for ever in the head of "100 Continue"

_deadline: ContextVar[Deadline] = ContextVar("deadline")  # of the request that this thread makes now


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Let every request that begins in the block end at `deadline`, the reading of its body too."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def keep_deadlines(client: BaseClient) -> None:
    """Let the connections of `client` end where `within` says."""
    # One dict, which the managers of the pools, direct and through a proxy, look their classes up in.
    client._endpoint.http_session._pool_classes_by_scheme.update(http=_HTTPPool, https=_HTTPSPool)


class _Received(io.RawIOBase):
    """What a socket receives until its deadline."""

    def __init__(self, connected: "_Socket", raw: io.RawIOBase):
        self._socket, self._raw = connected, raw
        self._ends = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.allow_until_deadline(self._socket.silence)
        received = self._raw.readinto(buffer) or 0
        if not received:
            self._ends += 1
            if self._ends > MAX_ENDS:
                raise ConnectionResetError("The store has said its last.")
        return received

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Socket:
    """A connected socket, plain or TLS, on which nothing lasts past `deadline`, nor a `recv` longer than
    `silence` seconds, which are the SDK's read timeout. Raises TimeoutError.
    """

    def __init__(self, connected: socket.socket, deadline: Deadline):
        self._connected = connected
        self.deadline = deadline
        self.silence = connected.gettimeout()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connected, name)

    def settimeout(self, silence: float | None) -> None:
        self.silence = silence

    def allow_until_deadline(self, silence: float | None = None) -> None:
        """Let the next call on the socket last to the deadline, and no longer than `silence` seconds."""
        left = self.deadline.seconds_left
        if left <= 0:
            raise TimeoutError("The deadline has passed.")
        self._connected.settimeout(left if silence is None else min(left, silence))

    def sendall(self, data: Any) -> None:
        left = memoryview(data).cast("B")
        while left:
            self.allow_until_deadline()
            left = left[self._connected.send(left) :]

    def makefile(self, mode: Literal["rb"], buffering: int = -1) -> io.RawIOBase | io.BufferedReader:
        received = _Received(self, self._connected.makefile(mode, 0))
        return received if buffering == 0 else io.BufferedReader(received)


class _KeepsDeadline(HTTPConnection):
    """A connection of either kind. It is used for one request at a time."""

    sock: Any

    def connect(self) -> None:
        super().connect()
        self.sock = _Socket(self.sock, _deadline.get())

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self.sock.deadline = _deadline.get()
        super().request(*args, **kwargs)


class _HTTPConnection(_KeepsDeadline, AWSHTTPConnection):
    pass


class _HTTPSConnection(_KeepsDeadline, AWSHTTPSConnection):
    pass


class _HTTPPool(AWSHTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(AWSHTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection
