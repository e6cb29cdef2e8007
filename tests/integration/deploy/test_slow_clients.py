"""Clients that are silent, or give and take by drops, with no proxy in front: the server answers others."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary, live_library
from tests.servers.machine import until

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

DEADLINE = 30  # seconds, three times those that a client has
BOUND = 6  # seconds, three times those in which others are answered meanwhile

FORM = b"Content-Length: 100000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nusername="
REQUESTS = {
    "silent": b"",
    "heads": b"GET /healthz HTTP/1.1\r\nHost: local",
    "bodies": b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\n" + FORM,
    "readers": b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "probes with bodies": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n",
    "probes in chunks": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n",
    "unread probes": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000,
    "after the answer": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
}
ALL = [(kind, 40) for kind in REQUESTS] + [("silent", 300), ("silent", 600)]


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Iterator[LiveLibrary]:
    """One process of 16 threads."""
    with live_library(tmp_path_factory.mktemp("slow") / "data", WEB_CONCURRENCY="1") as library:
        yield library


@pytest.fixture(scope="module")
def poster(library) -> str:
    """The path of more bytes than the sockets on their way hold."""
    data = make_image("PNG", (2000, 2000), compress_level=0)
    return library.upload("poster.png", data)["file_url"]


@contextmanager
def clients(library: LiveLibrary, count: int, request: bytes) -> Iterator[list[socket.socket]]:
    """Have `count` clients send `request` and then do nothing."""
    with ExitStack() as on_exit:
        connected = []
        for _ in range(count):
            client = on_exit.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", library.application.port))
            client.sendall(request)
            connected.append(client)
        yield connected


def path_of(url: str) -> bytes:
    return ("/" + url.split("/", 3)[3] if "://" in url else url).encode()


@pytest.mark.parametrize(("kind", "count"), ALL, ids=lambda value: str(value))
def test_slow_clients_do_not_keep_others_waiting(library, poster, kind, count, record_property):
    request = REQUESTS[kind].replace(b"%b", path_of(poster))
    with clients(library, count, request):
        took = []
        for path in ("/healthz", "/static/images/base.css", "/healthz"):
            start = time.monotonic()
            assert library.application.request("GET", path)[0] == 200
            took.append(time.monotonic() - start)
    record_property(f"others beside {count} slow clients ({kind}), the slowest", f"{max(took):.2f} s")
    assert max(took) < BOUND


def test_slow_clients_are_hung_up_on(library):
    """Also one that gives a little all the time: bytes lengthen its time by what they are worth."""
    kinds = ["silent", "heads", "bodies", "after the answer"]
    with ExitStack() as on_exit:
        waiting = {kind: on_exit.enter_context(clients(library, 1, REQUESTS[kind]))[0] for kind in kinds}
        for client in waiting.values():
            client.setblocking(False)

        def is_over(kind: str, client: socket.socket) -> bool:
            try:
                if kind != "silent":
                    client.send(b"x")
                return kind != "after the answer" and not client.recv(4096)  # else there is a whole answer
            except BlockingIOError:
                return False
            except OSError:
                return True

        def all_are_over() -> bool:
            for kind in [kind for kind, client in waiting.items() if is_over(kind, client)]:
                del waiting[kind]
            return not waiting

        until(all_are_over, DEADLINE)


@contextmanager
def small_library(tmp_path, **environment: str) -> Iterator[LiveLibrary]:
    """One process that takes only some connections, and has to die to be noticed."""
    with live_library(tmp_path / "data", WEB_CONCURRENCY="1", **environment) as library:
        yield library
        assert library.faults_of_workers() == []


def test_who_speaks_while_room_is_made_for_another_ends_no_process(tmp_path):
    """The oldest of the silent is dropped for each new one, and may have said something just then."""
    with small_library(tmp_path) as library, clients(library, 499, b"") as oldest, ExitStack() as on_exit:
        for client in oldest[:200]:
            with suppress(OSError):
                client.send(b"G")
            new = on_exit.enter_context(socket.socket())
            new.connect(("127.0.0.1", library.application.port))
        assert library.application.request("GET", "/healthz")[0] == 200


def test_who_reads_steadily_is_not_cut_off_beside_others_who_do(library, poster):
    """Half a megabyte a second, of which the kernel tells the server only in large steps."""
    with ExitStack() as on_exit:
        readers = [
            on_exit.enter_context(socket.create_connection(("127.0.0.1", library.application.port)))
            for _ in range(10)
        ]
        for reader in readers:
            reader.sendall(REQUESTS["readers"] % path_of(poster))
        end = time.monotonic() + 6
        while time.monotonic() < end:
            for reader in readers:
                assert reader.recv(25_000), "cut off"
            time.sleep(0.05)  # the pace of these readers
