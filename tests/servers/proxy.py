"""A proxy that alters, at a test's will, what goes through it."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress


def _unaltered(piece: bytes) -> bytes:
    return piece


class Proxy(socketserver.ThreadingTCPServer):
    """A TCP proxy on 127.0.0.1 that passes what it carries through `request` and `response`.

    Both are given one piece of bytes as it arrived and return what goes on; None cuts the connection.
    """

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, target: str, request: Callable = _unaltered, response: Callable = _unaltered):
        host, _, port = target.removeprefix("http://").partition(":")
        self.target, self.request, self.response = (host, int(port)), request, response
        self.connections = 0
        self.ended = threading.Semaphore(0)  # one for every connection that is over
        super().__init__(("127.0.0.1", 0), _Carrier)
        self.endpoint_url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """Say nothing: a cut connection is what the tests want."""


class _Carrier(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.server.connections += 1
        with socket.create_connection(self.server.target) as target:
            back = threading.Thread(
                target=_carry, args=(target, self.request, self.server.response), daemon=True
            )
            back.start()
            _carry(self.request, target, self.server.request)
            back.join()
        self.server.ended.release()


def _carry(source: socket.socket, sink: socket.socket, alter: Callable) -> None:
    with suppress(OSError):
        while (piece := source.recv(2**16)) and (altered := alter(piece)) is not None:
            sink.sendall(altered)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxy(target: str, request: Callable = _unaltered, response: Callable = _unaltered) -> Iterator[Proxy]:
    """Run a Proxy in front of the URL `target` for the length of the block."""
    with Proxy(target, request, response) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()
