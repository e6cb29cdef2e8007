"""A line of the log for each request, and the id that it has in common with its answer."""

import errno
import io
import json
import logging
import socket
import sys
from collections import deque
from datetime import datetime, timedelta

import pytest
from gunicorn.config import Config

from imagelib import request_log
from imagelib.request_log import RequestLog
from images.http.error_pages import refusal, server_error
from images.http.logs import Json, Text
from images.http.problems import PROBLEMS, problem
from images.http.request_ids import current
from tests.factories import make_image
from tests.resilience.robustness import LiveLibrary
from tests.servers.application import Application, running
from tests.servers.machine import until
from tests.servers.nginx import running_nginx


def record(message: str, *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("images", logging.ERROR, "file", 1, message, args, None)
    made.__dict__ |= fields
    return made


@pytest.fixture
def in_request():
    token = current.set("an-id")
    yield
    current.reset(token)


def test_a_line_ends_with_the_id_of_its_request(in_request):
    assert Text("%(levelname)s %(message)s").format(record("It failed")) == "ERROR It failed [an-id]"


@pytest.mark.parametrize("code", PROBLEMS)
def test_a_failure_of_the_server_tells_the_id_to_people_and_in_the_problem(in_request, rf, code):
    """What is refused does not: hidden answers, byte for byte, as absent."""
    status, _ = PROBLEMS[code]
    page = refusal(rf.get("/account", secure=True), code)
    assert page.status_code == status
    assert ("an-id" in page.content.decode()) == (status >= 500)
    assert json.loads(problem(code).content).get("request_id") == ("an-id" if status >= 500 else None)


def test_the_last_resort_tells_the_id(in_request, rf):
    assert "an-id" in server_error(rf.get("/")).content.decode()
    assert json.loads(server_error(rf.get("/api/v1/images")).content)["request_id"] == "an-id"


def test_a_line_of_no_request_has_no_id():
    assert Text("%(message)s").format(record("It failed")) == "It failed"
    assert "request_id" not in json.loads(Json().format(record("It failed")))


def test_an_object_has_the_traceback_and_no_secret(in_request):
    try:
        raise ValueError('at /s/secret"x')
    except ValueError:
        failed = record("GET %s", "/accounts/join/5ecret")
        failed.exc_info = sys.exc_info()
    line = Json().format(failed)
    assert "\n" not in line
    assert "5ecret" not in line
    said = json.loads(line)
    assert (said["message"], said["request_id"]) == ("GET /accounts/join/***", "an-id")
    assert said["level"] == "ERROR"
    assert said["logger"] == "images"
    assert "ValueError: at /s/***" in said["traceback"]


def test_an_object_has_nothing_of_what_others_hang_on_a_record():
    """Django hangs the request on it, and gunicorn's own log all headers."""
    line = Json().format(record("%(r)s", {"r": "GET /", "{authorization}i": "Token x"}, request=object()))
    assert set(json.loads(line)) == {"time", "level", "logger", "message"}


def test_a_log_that_takes_nothing_stops_no_server(monkeypatch):
    class Full:
        def write(self, text: str) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    one = (0.0, "an-id", "GET", "/", 200, 300, timedelta(milliseconds=1))
    monkeypatch.setattr(request_log, "_answered", deque([("gallery", one)]))
    monkeypatch.setattr(sys, "stderr", Full())
    request_log.write()
    assert request_log._answered == deque()  # nor is it kept for ever


def test_a_line_of_text_is_as_those_of_others(monkeypatch):
    at = datetime(2026, 11, 30, 2, 12, 9, 500_000).timestamp()
    one = (at, "an-id", "GET", "/s/secret?search=sea", 404, 300, timedelta(milliseconds=12, microseconds=340))
    monkeypatch.setattr(request_log, "_answered", deque([("gallery", one)]))
    monkeypatch.setattr(sys, "stderr", written := io.StringIO())
    request_log.write()
    line = "2026-11-30 02:12:09,500 INFO imagelib.requests: GET /s/*** 404 300 bytes 12.3 ms [an-id]\n"
    assert written.getvalue() == line


def test_what_is_no_request_is_not_told_with_its_sender_and_words():
    """gunicorn's words, of gunicorn/workers/base.py."""
    log, written = RequestLog(Config()), io.StringIO()
    log.error_log.handlers = [logging.StreamHandler(written)]
    log.warning("Invalid request from ip=203.0.113.9: Invalid HTTP request line: 'GET /?search=my secret'")
    log.warning("No keepalived connections can be handled.")
    assert written.getvalue() == (
        "A client sent what is no request, and was refused.\nNo keepalived connections can be handled.\n"
    )


# --- The programs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    options = {"IMAGELIB_LOG_FORMAT": "json", "IMAGELIB_TRUSTED_PROXIES": "1", "WEB_CONCURRENCY": "1"}
    with running(Application(tmp_path_factory.mktemp("logs") / "library", **options)) as application:
        yield application


def lines(application: Application, request_id: str) -> list[dict]:
    """Return what the log says of one request, once its answer is among it."""

    def found() -> list[dict]:
        said = [json.loads(line) for line in application.log.splitlines() if line.startswith("{")]
        ours = [entry for entry in said if entry.get("request_id") == request_id]
        return ours if any("status" in entry for entry in ours) else []

    return until(found)


@pytest.mark.drill
def test_each_answer_says_the_id_that_the_log_has(application):
    status, headers, body = application.request(
        "GET", "/nowhere?search=sea", None, {"X-Request-ID": "My-1.x_"}
    )
    assert (status, headers["x-request-id"]) == (404, "My-1.x_")
    assert b"My-1.x_" not in body
    (answered,) = lines(application, "My-1.x_")
    assert answered["logger"] == "imagelib.requests"
    assert (answered["method"], answered["path"], answered["status"]) == ("GET", "/nowhere", 404)
    assert len(body) < answered["bytes"] < len(body) + 2000
    assert 0 < answered["milliseconds"] < 60_000
    assert set(answered) == {
        *("time", "level", "logger", "message", "request_id"),
        *("method", "path", "status", "bytes", "milliseconds"),  # no address, no name, no search
    }


@pytest.mark.drill
@pytest.mark.parametrize("said", [None, "", "x" * 65, "a b", "a\tb", "caf\u00e9", "a,b"])
def test_an_id_is_made_where_none_is_brought_that_can_be_one(application, said):
    headers = {} if said is None else {"X-Request-ID": said.encode()}
    made = {application.request("GET", "/healthz", None, headers)[1]["x-request-id"] for _ in range(2)}
    assert len(made) == 2
    assert all(len(bytes.fromhex(identity)) == 16 for identity in made)


@pytest.mark.drill
def test_what_is_sent_as_a_file_is_counted(application):
    picture = make_image("PNG", (900, 700), compress_level=0)
    image = LiveLibrary(application).upload("large.png", picture)
    path = f"/api/v1/images/{image['id']}/file"
    application.request("GET", path, None, {"X-Request-ID": "large"})
    (answered,) = lines(application, "large")
    assert len(picture) > 2**20
    assert len(picture) < answered["bytes"] < len(picture) + 2000


@pytest.mark.drill
def test_no_line_has_an_address_that_is_a_secret(application):
    application.request("GET", "/s/very-secret", None, {"X-Request-ID": "secret"})
    assert lines(application, "secret")[-1]["path"] == "/s/***"
    assert "very-secret" not in application.log


@pytest.mark.drill
def test_what_the_server_refuses_by_itself_is_a_line_without_the_id_of_another(application):
    application.request("GET", "/healthz", None, {"X-Request-ID": "before"})
    with socket.create_connection(("127.0.0.1", application.port), timeout=20) as client:
        head = "PATCH /odd HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"
        client.sendall(head.encode())
        assert client.recv(2**16).startswith(b"HTTP/1.1 400 ")
    refused = until(
        lambda: [json.loads(line) for line in application.log.splitlines() if '"path": "/odd"' in line]
    )
    assert [line["status"] for line in refused] == [400]
    assert refused[0].get("request_id") != "before"


@pytest.mark.drill
def test_what_is_no_request_is_told_without_its_sender(application):
    with socket.create_connection(("127.0.0.1", application.port), timeout=20) as client:
        client.sendall(b"GET /?search=a secret of mine HTTP/1.1\r\n\r\n")
        assert client.recv(2**16).startswith(b"HTTP/1.1 400 ")
    until(lambda: "what is no request" in application.log)
    assert "secret of mine" not in application.log
    assert "ip=" not in application.log


@pytest.mark.drill
def test_through_nginx_a_cached_answer_has_the_id_of_who_asks(application, tmp_path):
    image = LiveLibrary(application).upload("small.png", make_image("PNG", seed=5))
    path = f"/api/v1/images/{image['id']}/file"
    with running_nginx(tmp_path, application.port) as nginx:
        first, second = (nginx.request("GET", path, None, {"X-Request-ID": name}) for name in ("one", "two"))
        assert nginx.stored == 1
        assert (first[1]["x-request-id"], second[1]["x-request-id"]) == ("one", "two")
        assert lines(application, "one")[-1]["path"] == path

        own = nginx.request("GET", "/healthz", None, {"X-Request-ID": "not an id"})[1]["x-request-id"]
        assert lines(application, own)[-1]["path"] == "/healthz"
        assert len(nginx.request("GET", "/%", None, {})[1]["x-request-id"]) == 32  # nginx's own answer
        assert "two" in (tmp_path / "access.log").read_text()
