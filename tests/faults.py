"""A proxy in front of the S3 server that fails as networks and servers fail, when a test says so.

A fault is a function from the Answer of the store to the pieces of bytes that the client gets in its place.
It takes the Answer to its end, which is the client's next request, or raises Cut or Reset.
"""

import re
import select
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from tests.servers import Proxy

# A client sends nothing more before it is answered, so that bytes like these begin another request.
REQUEST = re.compile(rb"(?:GET|HEAD|PUT|POST|DELETE) \S+ HTTP/1\.1\r\n")
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
END_OF_HEAD = b"\r\n\r\n"
PIECE = 2**16


class Cut(Exception):
    """End the connection in good order (FIN)."""


class Reset(Exception):
    """End the connection at once (RST)."""


class Answer(Iterator[bytes]):
    """What the store says to one request: its head, then the body as it comes.

    Passes on what else the client has to say meanwhile, and ends when that is another request, or nothing.
    """

    def __init__(self, client: socket.socket, store: socket.socket):
        self._client, self._store = client, store
        self._pieces = self._receive()
        self.next_request = b""

    def __next__(self) -> bytes:
        return next(self._pieces)

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


# --- The faults ------------------------------------------------------------------------------------


def none(answer: Answer) -> Iterable[bytes]:
    """Pass on what the store says."""
    return answer


def refused(answer: Answer) -> Iterable[bytes]:
    """Take no connection, and reset those there are. The proxy knows this one and closes its door."""
    raise Reset


def reset(answer: Answer) -> Iterable[bytes]:
    """Reset the connection."""
    raise Reset


def cut(answer: Answer) -> Iterable[bytes]:
    """Close the connection."""
    raise Cut


def stall(answer: Answer) -> Iterable[bytes]:
    """Say nothing any more, and stay connected."""
    for _ in answer:
        pass
    return ()


def after(size: int, then: Fault) -> Fault:
    """Return the fault that lets so many bytes of the body pass before `then` has the rest."""

    def fault(answer: Answer) -> Iterator[bytes]:
        left = size
        yield next(answer)
        for piece in answer:
            yield piece[:left]
            if len(piece) > left:
                yield from then(answer)
                return
            left -= len(piece)

    return fault


def flipped(position: int) -> Fault:
    """Return the fault that flips a bit of that byte of the body."""

    def fault(answer: Answer) -> Iterator[bytes]:
        left = position
        yield next(answer)
        for piece in answer:
            if 0 <= left < len(piece):
                piece = piece[:left] + bytes([piece[left] ^ 1]) + piece[left + 1 :]
            left -= len(piece)
            yield piece

    return fault


def drip(size: int, seconds: float) -> Fault:
    """Return the fault that lets so many bytes of the body pass at a time, with such a pause before each."""

    def fault(answer: Answer) -> Iterator[bytes]:
        yield next(answer)
        for piece in answer:
            for start in range(0, len(piece), size):
                if answer.is_given_up(within=seconds):
                    break
                yield piece[start : start + size]

    return fault


def instead(reply: bytes) -> Fault:
    """Return the fault that says `reply` and closes the connection."""

    def fault(answer: Answer) -> Iterator[bytes]:
        yield reply
        raise Cut

    return fault


def refusal(status: str, code: str, bucket: str, endpoint: str) -> Fault:
    """Return the fault that answers as S3 does when it cannot, telling all about itself."""
    body = (
        f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><BucketName>{bucket}</BucketName>"
        f"<Message>s3://{bucket} at {endpoint} is not well</Message><HostId>{endpoint}</HostId></Error>"
    )
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nx-amz-request-id: 17\r\n"
    return instead(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())


def unlabelled(answer: Answer) -> Iterator[bytes]:
    """Do not say how long the body is."""
    yield LENGTH.sub(b"X-No-Length: \\1", next(answer))
    yield from answer


def mislabelled(change: Callable[[int], int]) -> Fault:
    """Return the fault that announces a body of `change(length)` bytes."""

    def fault(answer: Answer) -> Iterator[bytes]:
        def lie(header: re.Match) -> bytes:
            return b"Content-Length: %d" % change(int(header[1]))

        yield LENGTH.sub(lie, next(answer))
        yield from answer

    return fault


# --- What nobody may see of them --------------------------------------------------------------------

WORDS = ("telltale", "s3://", "amazonaws", "seaweed", "x-amz-", "boto", "urllib3", "nosuch", "requestid")


def telltales(said: str, wire: "FaultyProxy") -> list[str]:
    """Return the words in an answer that tell of the storage behind `wire`: by name, address or habit."""
    address = wire.endpoint_url.removeprefix("http://")
    return [word for word in (*WORDS, address, "SEAWEEDKEYID") if word.lower() in said.lower()]


# --- The proxy -------------------------------------------------------------------------------------


class FaultyProxy(Proxy):
    """A Proxy that notes the line of every request (`requests`) and answers each by the `fault` of the
    moment, which may be set at any time.
    """

    allow_reuse_address = True  # its own connections outlive a refusal

    def __init__(self, target: str):
        super().__init__(target)
        self.RequestHandlerClass = _Carrier
        self.requests: list[str] = []
        self._fault: Fault = none
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
def faulty(target: str) -> Iterator[FaultyProxy]:
    """Run a FaultyProxy in front of the URL `target` for the length of the block; no fault is set."""
    with FaultyProxy(target) as server:
        yield server
        server.fault = refused


class _Carrier(socketserver.BaseRequestHandler):
    server: FaultyProxy

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError, Cut), socket.create_connection(self.server.target) as store:
            request = self.request.recv(PIECE)
            while request:
                self.server.requests.append(request.partition(b"\r\n")[0].decode())
                store.sendall(request)
                answer = Answer(self.request, store)
                try:
                    for piece in self.server.fault(answer):
                        self.request.sendall(piece)
                except Reset:
                    linger = struct.pack("ii", 1, 0)  # for no time at all: closing resets
                    self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.request.close()
                    return
                request = answer.next_request
