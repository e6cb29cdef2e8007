"""The end of a connection: whoever does not close theirs keeps nobody else waiting."""

import socket
import time

import pytest

from tests.servers.application import Application, running

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

ENDED = {
    "close": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    "old": b"GET /healthz HTTP/1.0\r\n\r\n",
    "no request": b"nonsense\r\n\r\n" + bytes(10_000),
    "two lengths": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    application = Application(tmp_path_factory.mktemp("ends") / "data", WEB_CONCURRENCY="1")
    with running(application) as server:
        yield server


@pytest.mark.parametrize("request_", ENDED.values(), ids=ENDED)
def test_who_is_told_that_it_ends_and_stays_stops_no_other(server, request_):
    """gunicorn takes leave of each in its only loop, which waited 2 seconds for every one of them."""
    clients = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(8)]
    try:
        for client in clients:
            client.sendall(request_)
        begun = time.monotonic()
        for client in clients:
            answer = b""
            while data := client.recv(2**16):  # to its end: nothing is cut off
                answer += data
            assert answer.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200", b"HTTP/1.1 400"))
            assert answer.partition(b"\r\n\r\n")[2]
            assert server.request("GET", "/healthz")[0] == 200
        assert time.monotonic() - begun < 3
    finally:
        for client in clients:
            client.close()
