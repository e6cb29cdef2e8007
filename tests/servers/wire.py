"""A wire between two machines that loses all packets when a test says so."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Wire(socketserver.ThreadingTCPServer):
    """A way to 127.0.0.1:`target`, at a port of its own. While it loses packets nothing passes, to the end of
    a connection and its beginning, and who is connected stays so: TCP brings it all later.

    Who comes meanwhile finds somebody that never speaks; on a real wire not even that.
    """

    daemon_threads = True
    request_queue_size = 200

    def __init__(self, target: int):
        super().__init__(("127.0.0.1", 0), _Carrier)
        self.target = ("127.0.0.1", target)
        self.port = self.server_address[1]
        self.passes = threading.Event()
        self.passes.set()

    @contextmanager
    def losing(self) -> Iterator[None]:
        """Lose all packets for the length of the block."""
        self.passes.clear()
        try:
            yield
        finally:
            self.passes.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a target that is gone is what the tests want."""


class _Carrier(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        self.server.passes.wait()
        with socket.create_connection(self.server.target) as target:
            back = threading.Thread(target=self._carry, args=(target, self.request), daemon=True)
            back.start()
            self._carry(self.request, target)
            back.join()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(2**16):
                self.server.passes.wait()
                sink.sendall(piece)
        self.server.passes.wait()
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(target: int) -> Iterator[Wire]:
    """Run a Wire for the length of the block."""
    with Wire(target) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.passes.set()
        server.shutdown()
