"""A server that stops lets its proxy go elsewhere first; of two, restarted in turn, nobody notices."""

import http.client
import itertools
import json
import os
import signal
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import pytest

from imagelib.worker import DRAIN_SECONDS
from tests.factories import make_image
from tests.resilience.robustness import MULTIPART, LiveLibrary, multipart
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import until
from tests.servers.nginx import Nginx, running_nginx

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

CLIENTS = 4


@dataclass
class Traffic:
    """Clients that read and write without a pause, until told to stop; `answers` counts what they got."""

    nginx: Nginx
    token: dict[str, str]
    path: str
    answers: Counter = field(default_factory=Counter)
    failures: list[tuple] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def client(self, name: int) -> None:
        connection = self.nginx.connect()
        for number in itertools.count():
            if self.stopped.is_set():
                return
            # A tag of a name of its own is made once: a POST that was sent twice would be refused.
            tag = json.dumps({"name": f"Tag {name} {number}"})
            for method, path, body, headers in (
                ("GET", self.path, None, {"Range": "bytes=0-99"}),  # which nginx does not answer itself
                ("GET", "/", None, {}),
                ("POST", "/api/v1/tags", tag, self.token | {"Content-Type": "application/json"}),
            ):
                try:
                    connection.request(method, path, body, headers)
                    response = connection.getresponse()
                    answer, status = response.read(), response.status
                except (OSError, http.client.HTTPException) as error:
                    connection.close()
                    answer, status = repr(error), 0
                self.answers[method, status] += 1
                if status not in (200, 201, 206):
                    self.failures.append((method, path, status, answer))


def restart_in_turn(folder, database_url: str, rounds: int) -> Traffic:
    """Restart each of two servers behind one nginx so often; return what clients were answered meanwhile."""
    environment = {"DATABASE_URL": database_url, "IMAGELIB_TRUSTED_PROXIES": "1"}
    one, other = (Application(folder / "library", **environment) for _ in range(2))
    with running(one), running(other):
        line = f"server 127.0.0.1:{one.port} max_fails=0;"
        both = f"{line} server 127.0.0.1:{other.port} max_fails=0;"
        with running_nginx(folder, one.port, {line: both}) as nginx:
            image = LiveLibrary(one).upload("one.png", make_image("PNG"))
            token = {"Authorization": f"Token {one.manage('createtoken', 'admin').stdout.split()[-1]}"}
            traffic = Traffic(nginx, token, f"/api/v1/images/{image['id']}/file")
            threads = [threading.Thread(target=traffic.client, args=(name,)) for name in range(CLIENTS)]
            for thread in threads:
                thread.start()
            try:
                for server in [one, other] * rounds:
                    server.restart()
                    asked = traffic.answers.total()
                    until(lambda asked=asked: traffic.answers.total() > asked + 500)
            finally:
                traffic.stopped.set()
                for thread in threads:
                    thread.join()
    return traffic


def test_no_request_fails_and_none_is_sent_twice_while_servers_restart(
    tmp_path, django_db_blocker, record_property
):
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        traffic = restart_in_turn(tmp_path, database_url, rounds=5)
    record_property("ten restarts", dict(traffic.answers))
    assert traffic.failures == []
    assert traffic.answers.total() > 5_000


def test_a_server_that_stops_says_so_first_and_ends_what_runs(tmp_path, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database_url:
        server = Application(tmp_path / "library", DATABASE_URL=database_url, IMAGELIB_TRUSTED_PROXIES="1")
        with running(server):
            token = {"Authorization": f"Token {server.manage('createtoken', 'admin').stdout.split()[-1]}"}
            kept, sender = (http.client.HTTPConnection("127.0.0.1", server.port) for _ in range(2))
            assert asked(kept, "/readyz") == (200, None, b"ready")
            body = multipart("one.png", make_image("PNG", (60, 60)))
            sender.putrequest("POST", "/api/v1/images")
            for name, value in (token | MULTIPART | {"Content-Length": str(len(body))}).items():
                sender.putheader(name, value)
            sender.endheaders(body[:100])

            begun = time.monotonic()
            os.kill(server.pid, signal.SIGTERM)
            until(lambda: server.request("GET", "/readyz")[0] == 503)
            assert asked(kept, "/readyz") == (503, "close", b"draining")
            assert server.request("GET", "/healthz")[0] == 200  # whom nobody told yet is still served

            until(lambda: refuses(server.port))
            assert time.monotonic() - begun > DRAIN_SECONDS
            sender.send(body[100:])
            assert sender.getresponse().status == 201
            assert server.ended() == 0


def asked(connection: http.client.HTTPConnection, path: str) -> tuple[int, str | None, bytes]:
    """Return status, what the answer says of its connection, and body."""
    connection.request("GET", path)
    response = connection.getresponse()
    said = response.getheader("Connection")
    return response.status, said if said != "keep-alive" else None, response.read()


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return True
    return False
