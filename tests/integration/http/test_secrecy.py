"""Addresses that are secrets: in no log, of whichever program, and told to no other site."""

import logging
import re
import socket
import sys
from contextlib import suppress

import pytest

from images.http.secrecy import Masked, masked
from tests.servers.application import Application, running
from tests.servers.machine import free_ports, until
from tests.servers.nginx import running_nginx

SECRET = "Zm9yLXlvdXItZXllcw"
NAME = "3e8d2f8a-54a6-4a7f-9a3c-1b7c1e0f2d11"

MAKE = """
from django.contrib.auth.models import User
from images.catalogue.sharing import make_share
from tests.factories import add_image, make_image
admin = User.objects.get(username="admin")
image = add_image(make_image(seed=1, size=(800, 600)), uploaded_by=admin, visibility="private")
print(make_share(admin, image)[1], make_share(admin, image, password="a long walk")[1])
"""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"Not Found: /s/{SECRET}", "Not Found: /s/***"),
        (f"Not Found: /s/{SECRET}/{NAME}/full/max/0/default.webp", "Not Found: /s/***"),
        (f'"GET /s/{SECRET}?cursor=x HTTP/1.1" 200', '"GET /s/*** HTTP/1.1" 200'),
        (
            f'"GET / HTTP/1.1" "https://a.org/s/{SECRET}" "curl"',
            '"GET / HTTP/1.1" "https://a.org/s/***" "curl"',
        ),
        (f"/%73/{SECRET} /s%2F{SECRET} %2fs%2f{SECRET}", "/%73/*** /s%2F*** %2fs%2f***"),
        (f"/accounts/join/{SECRET} and", "/accounts/join/*** and"),
        (f"/accounts/reset/MQ/{SECRET}'", "/accounts/reset/***'"),
        (f"/accounts/login?next=/s/{SECRET}", "/accounts/login?next=/s/***"),
        (f"?next=%2Flogin%3Fnext%3D%252Fs%252F{SECRET}", "?next=%2Flogin%3Fnext%3D%252Fs%252F***"),
        ("/images/3e8d/ /shares /accounts/reset /static/images/base.css", None),
    ],
)
def test_a_secret_is_masked_wherever_it_stands(line, shown):
    assert masked(line) == (shown or line)


def test_a_traceback_has_none():
    try:
        raise ValueError(f"What is wrong is '/s/{SECRET}'.")
    except ValueError:
        record = logging.LogRecord("a", logging.ERROR, "", 0, "%s", (f"/s/{SECRET}",), sys.exc_info())
    written = Masked("%(message)s").format(record)
    assert written.startswith("/s/***\nTraceback")
    assert written.endswith("'/s/***'.")
    assert Masked(formatter=logging.Formatter("<%(message)s>")).format(record).startswith("</s/***>")


def test_the_server_for_developers_writes_into_the_same_log():
    assert logging.getLogger("django.server").handlers == []
    assert logging.getLogger("django.server").propagate


# --- The programs ----------------------------------------------------------------------------------


def raw(port: int, data: bytes) -> bytes:
    """Send bytes; return what comes back until the connection ends, or breaks off."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client, suppress(ConnectionError):
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        while piece := client.recv(65536):
            received += piece
    return received


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("secrecy") / "library"
    options = {"GUNICORN_CMD_ARGS": "--access-logfile - --log-level debug", "IMAGELIB_TRUSTED_PROXIES": "1"}
    with running(Application(data_dir, WEB_CONCURRENCY="1", **options)) as application:
        yield application


@pytest.fixture(scope="module")
def secrets(application) -> list[str]:
    """The secrets of a link, of one with a password, and of none."""
    made = application.manage("shell", "-v0", "-c", MAKE)
    return [*made.stdout.split(), SECRET]


def ask_all(server, secrets: list[str]) -> set[int]:
    """Ask for everything under every secret, in odd ways too; return what was answered."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    statuses = set()

    def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> bytes:
        status, _, answer = server.request(method, path, body, headers)
        statuses.add(status)
        return answer

    for secret in secrets:
        page = ask("GET", f"/s/{secret}", Referer=f"http://127.0.0.1/s/{secret}")
        for path in re.findall(r'src="(/s/[^"]+)"', page.decode()):
            ask("GET", path, Range="bytes=0-9")
        for path in (f"{secret}/{NAME}", f"{secret}/x/y", f"{secret}/{NAME}/full/max/0/default.webp"):
            ask("GET", f"/s/{path}")
        for path in (f"/%73/{secret}", f"/s%2F{secret}", f"//s/{secret}"):
            ask("GET", path)
        ask("POST", f"/s/{secret}", b"password=wrong", **form)
        ask("POST", f"/s/{secret}", b"x" * 2**21, **form)
        ask("PUT", f"/s/{secret}", b"x")
        ask("GET", f"/s/{secret}", Host="elsewhere.example")
        ask("GET", f"/accounts/join/{secret}")
        ask("GET", f"/accounts/reset/MQ/{secret}")
    return statuses


def mention_all(server, secrets: list[str]) -> None:
    """Ask elsewhere, with addresses that are secrets in parameters and referrers."""
    for secret in secrets:
        at_home = {"Referer": f"http://127.0.0.1/s/{secret}"}
        server.request("GET", f"/accounts/login?next=/s/{secret}", None, at_home)
        server.request("GET", f"/nowhere?from=%2Fs%2F{secret}", None, at_home)
        server.request("GET", f"/nowhere?from=%3Ffrom%3D%252Fs%252F{secret}", None, at_home)


@pytest.mark.drill
def test_no_log_of_the_application_has_one(application, secrets):
    assert {200, 206, 302, 403, 404, 405} <= ask_all(application, secrets)
    mention_all(application, secrets)
    for line in ("GET {}", "GET {} HTTP/9.9 x", "G@T {} HTTP/1.1"):
        raw(application.port, f"{line.format(f'/s/{secrets[0]}')}\r\nHost: x\r\n\r\n".encode())
    until(lambda: '"GET /s/***' in application.log)  # it does log
    assert "imagelib.requests: GET /s/*** 404 " in application.log
    for secret in secrets:
        assert secret not in application.log


@pytest.mark.drill
@pytest.mark.parametrize("is_down", [False, True], ids=["application there", "application down"])
def test_no_log_of_nginx_has_one(application, secrets, tmp_path, is_down):
    """Its log of errors repeats the request: a referrer, which no browser sends from here, stands there."""
    port = free_ports(1)[0] if is_down else application.port
    with running_nginx(tmp_path, port) as nginx:
        statuses = ask_all(nginx, secrets)
        if not is_down:
            mention_all(nginx, secrets)
        too_long = nginx.request("POST", f"/s/{secrets[0]}", b"x" * 2**21)
        many = {nginx.request("POST", f"/s/{secrets[0]}", b"")[0] for _ in range(30)}
        for line in (f"GET {{}}?{'a' * 2**16} HTTP/1.1", "GET {}/../../../.. HTTP/1.1", "G@T {} HTTP/1.1"):
            refused = raw(nginx.port, f"{line.format(f'/s/{secrets[0]}')}\r\nHost: x\r\n\r\n".encode())
            assert refused.startswith(b"HTTP/1.1 4"), refused
        assert nginx.stored == 0
    assert too_long[0] == 413
    assert too_long[1]["referrer-policy"] == "no-referrer"
    assert too_long[1]["x-robots-tag"] == "noindex, nofollow"
    assert 429 in many
    assert ({502, 413} if is_down else {200, 206, 302, 403, 404}) <= statuses
    assert '"GET /s/*** HTTP/1.1"' in (tmp_path / "access.log").read_text()
    for path in tmp_path.glob("*.log"):
        lines = [line for line in path.read_text().splitlines() if any(secret in line for secret in secrets)]
        assert [line for line in lines if "[info]" not in line] == []  # which no nginx logs unless told to
