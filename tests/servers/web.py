"""Servers of the web as a library meets them: at 127.0.0.2, which the tests take for the internet, and saying
to each request what a test wants.
"""

import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from images.ingest.fetching import addresses
from images.ingest.fetching.network import Network

INTERNET = "127.0.0.2"
LOOK_UP = socket.getaddrinfo

Answer = bytes | Callable[[], Iterable[bytes]]  # all of it, or what makes its pieces


class Web(socketserver.ThreadingTCPServer):
    """A server that notes the head of every request (`requests`) and says what `answers` has for its path, as
    it is; then it ends the connection.
    """

    daemon_threads = True
    request_queue_size = 50

    def __init__(self, tls: ssl.SSLContext | None = None, address: str = INTERNET):
        super().__init__((address, 0), _Answers)
        self.tls = tls
        self.answers: dict[str, Answer] = {}
        self.requests: list[str] = []
        self.says_goodbye = True  # as TLS does at the end
        self.hung_up = threading.Semaphore(0)  # one for each answer that the other did not take to its end

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def paths(self) -> list[str]:
        return [head.split()[1] for head in self.requests]

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that hangs up is what the tests want."""


class _Answers(socketserver.BaseRequestHandler):
    server: Web

    def handle(self) -> None:
        client = (
            self.server.tls.wrap_socket(self.request, server_side=True) if self.server.tls else self.request
        )
        head = b""
        while b"\r\n\r\n" not in head:
            if not (piece := client.recv(2**16)):
                return
            head += piece
        self.server.requests.append(head.decode())
        answer = self.server.answers[head.split()[1].decode()]
        try:
            for piece in [answer] if isinstance(answer, bytes) else answer():
                client.sendall(piece)
        except OSError:
            self.server.hung_up.release()
        if self.server.tls and self.server.says_goodbye:
            with suppress(OSError):
                client.unwrap()


@contextmanager
def web(tls: ssl.SSLContext | None = None, address: str = INTERNET) -> Iterator[Web]:
    """Run a Web for the length of the block."""
    with Web(tls, address) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def page(body: bytes = b"", status: str = "200 OK", length: object = None, **headers: str) -> bytes:
    """Return an answer as it goes over the wire, which says the `length` of its body, or another."""
    said = {"Content-Length": str(len(body) if length is None else length), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def moved(location: str, status: str = "302 Found") -> bytes:
    return page(status=status, Location=location)


def drip(data: bytes, size: int = 1) -> Callable[[], Iterator[bytes]]:
    """Return an answer whose pieces, of so many bytes, come every hundredth of a second."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(data), size):
            yield data[start : start + size]
            threading.Event().wait(0.01)

    return pieces


def network(hosts: Mapping[str, Web | str], tls: ssl.SSLContext | None = None) -> Network:
    """Return a network in which these names are found, each at a Web or an address, and 127.0.0.2 is public.
    `tls` are the authorities that are trusted.
    """

    def look_up(host: str, port: int, **options: object) -> list:
        found = hosts.get(host, host)
        if isinstance(found, Web):
            found, port = found.server_address
        return LOOK_UP(found, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)

    return Network(look_up, is_public, lambda: tls or ssl.create_default_context())


def is_public(address: str) -> bool:
    return address == INTERNET or addresses.is_public(address)


class Authority:
    """One that signs certificates, in `folder`."""

    def __init__(self, folder: Path):
        self._folder = folder
        of_its_own = "-x509 -days 1 -subj /CN=Authority -keyout ca.key -out ca.pem"
        self._run(f"openssl req -newkey rsa:2048 -nodes {of_its_own}")

    def trusted(self) -> ssl.SSLContext:
        """Return what a client has that trusts it and no other."""
        return ssl.create_default_context(cafile=self._folder / "ca.pem")

    def server(self, name: str) -> ssl.SSLContext:
        """Return what a server has to be `name`, say DNS:photos.example."""
        self._run("openssl req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr")
        (self._folder / "names").write_text(f"subjectAltName={name}\n")
        signed_by = "-CA ca.pem -CAkey ca.key -CAcreateserial -extfile names"
        self._run(f"openssl x509 -req -days 1 -in server.csr -out server.pem {signed_by}")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(self._folder / "server.pem", self._folder / "server.key")
        return tls

    def _run(self, command: str) -> None:
        subprocess.run(command.split(), cwd=self._folder, check=True, capture_output=True)
