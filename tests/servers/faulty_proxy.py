"""A proxy in front of the S3 server that fails when a test says so, by the fault of the moment.

A fault is a function from the Answer of the store to the pieces of bytes that the client gets in its place.
It takes the Answer to its end, which is the client's next request, or raises Cut or Reset.
"""

import itertools
import re
import select
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from tests.servers.proxy import Proxy

# A client sends nothing more before it is answered, so that bytes like these begin another request.
REQUEST = re.compile(rb"(?:GET|HEAD|PUT|POST|DELETE) \S+ HTTP/1\.1\r\n")
END_OF_HEAD = b"\r\n\r\n"
PIECE = 2**16


class Cut(Exception):
    """End the connection in good order (FIN)."""


class Reset(Exception):
    """End the connection at once (RST)."""


class Answer(Iterator[bytes]):
    """What the store says to one request, whose line is `request`: its head, then the body as it comes.

    Passes on what else the client has to say meanwhile, and ends when that is another request, or nothing.
    """

    def __init__(self, request: str, client: socket.socket, store: socket.socket):
        self.request = request
        self._client, self._store = client, store
        self._pieces = self._receive()
        self.next_request = b""

    def __next__(self) -> bytes:
        return next(self._pieces)

    def put_back(self, piece: bytes) -> None:
        """Let `piece` be the next one."""
        self._pieces = itertools.chain([piece], self._pieces)

    def is_given_up(self, within: float) -> bool:
        """Wait for the client to hang up or to go on, so many seconds at most; return whether it did."""
        return bool(select.select([self._client], [], [], within)[0])

    def _receive(self) -> Iterator[bytes]:
        head, in_body = b"", False
        while True:
            readable, _, _ = select.select([self._client, self._store], [], [])
            if self._store in readable:
                piece = self._store.recv(PIECE)
                if not piece:
                    raise Cut
                if in_body:
                    yield piece
                head += b"" if in_body else piece
                while not in_body and END_OF_HEAD in head:
                    first, _, head = head.partition(END_OF_HEAD)
                    if first.startswith(b"HTTP/1.1 100"):  # the store wants the content of an upload
                        self._client.sendall(first + END_OF_HEAD)
                        continue
                    in_body = True
                    yield first + END_OF_HEAD
                    yield head
            if self._client in readable:
                piece = self._client.recv(PIECE)
                if not piece or REQUEST.match(piece):
                    self.next_request = piece
                    return
                self._store.sendall(piece)


Fault = Callable[[Answer], Iterable[bytes]]


def no_fault(answer: Answer) -> Iterable[bytes]:
    """Pass on what the store says."""
    return answer


def refused(answer: Answer) -> Iterable[bytes]:
    """Take no connection, and reset those there are. The proxy knows this one and closes its door."""
    raise Reset


class FaultyProxy(Proxy):
    """A Proxy that notes the line of every request (`requests`) and answers each by the `fault` of the
    moment, which may be set at any time. With `tls` it is an https server to its clients.
    """

    allow_reuse_address = True  # its own connections outlive a refusal

    def __init__(self, target: str, tls: ssl.SSLContext | None = None):
        super().__init__(target)
        self._tls = tls
        if tls:
            self.endpoint_url = self.endpoint_url.replace("http:", "https:")
        self.RequestHandlerClass = _Carrier
        self.requests: list[str] = []
        self._fault: Fault = no_fault
        self._switching = threading.Lock()
        self._listen()

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        with self._switching:
            before, self._fault = self._fault, fault
            if fault is refused and before is not refused:
                self._close_door()
            if before is refused and fault is not refused:
                self.server_activate()
                self._listen()

    def get_request(self) -> tuple[socket.socket, tuple]:
        client, address = super().get_request()
        return (self._tls.wrap_socket(client, server_side=True) if self._tls else client), address

    def gets(self, key: str) -> int:
        """Return how often the object was asked for."""
        return sum(line.startswith("GET ") and line.split()[1].endswith(f"/{key}") for line in self.requests)

    def _listen(self) -> None:
        self._listener = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)
        self._listener.start()

    def _close_door(self) -> None:
        self.shutdown()
        self._listener.join()
        self.socket.close()
        self.socket = socket.socket()  # bound, so that the port stays ours, and not listening
        self.server_bind()


@contextmanager
def faulty(target: str, tls: ssl.SSLContext | None = None) -> Iterator[FaultyProxy]:
    """Run a FaultyProxy in front of the URL `target` for the length of the block; no fault is set."""
    with FaultyProxy(target, tls) as server:
        yield server
        server.fault = refused


class _Carrier(socketserver.BaseRequestHandler):
    server: FaultyProxy

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError, Cut), socket.create_connection(self.server.target) as store:
            request = self.request.recv(PIECE)
            while request:
                line = request.partition(b"\r\n")[0].decode()
                self.server.requests.append(line)
                store.sendall(request)
                answer = Answer(line, self.request, store)
                try:
                    for piece in self.server.fault(answer):
                        self.request.sendall(piece)
                except Reset:
                    linger = struct.pack("ii", 1, 0)  # for no time at all: closing resets
                    self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.request.close()
                    return
                request = answer.next_request
