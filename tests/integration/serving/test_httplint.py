"""What an independent linter of HTTP says of the byte view's answers, read off the wire."""

import http.client
import time

import pytest
from httplint import HttpRequestLinter, HttpResponseLinter, levels

from tests.factories import make_image

pytestmark = [pytest.mark.any_database, pytest.mark.drill]


def lint(server, method: str, path: str, headers: dict[str, str]) -> tuple[int, HttpResponseLinter]:
    """Send the request; return the status of the answer and what the linter noted."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request(method, path, headers=headers)
    response = client.getresponse()
    body = response.read()
    client.close()

    asked = HttpRequestLinter(start_time=time.time())
    asked.process_request_topline(method.encode(), f"{server.url}{path}".encode(), b"HTTP/1.1")
    asked.process_headers([(name.encode(), value.encode()) for name, value in headers.items()])
    asked.finish_content(True)
    linter = HttpResponseLinter(start_time=time.time(), _related=asked, no_content=method == "HEAD")
    linter.base_uri = f"{server.url}{path}"
    linter.process_response_topline(b"HTTP/1.1", str(response.status).encode(), response.reason.encode())
    linter.process_headers([(n.encode("latin-1"), v.encode("latin-1")) for n, v in response.getheaders()])
    linter.feed_content(body)
    linter.finish_content(True)
    return response.status, linter


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 200),
        ({"Range": "bytes=0-99"}, 206),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": '"other"'}, 412),
        ({"Range": "bytes=999999999-"}, 416),
    ],
)
@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_linter_finds_no_error(server, upload, token, method, visibility, asked, status):
    path = upload(make_image("PNG", seed=len(visibility)), visibility=visibility)
    answered, linter = lint(server, method, path, asked | (token if visibility == "private" else {}))
    if method == "GET" or "Range" not in asked:
        assert answered == status
    assert [str(note.summary) for note in linter.notes if note.level == levels.BAD] == []


@pytest.mark.parametrize(("method", "status"), [("GET", 404), ("HEAD", 404), ("POST", 405), ("OPTIONS", 204)])
def test_the_linter_finds_no_error_in_a_refusal(server, method, status):
    path = "/api/v1/images/11111111-1111-4111-8111-111111111111/file"
    answered, linter = lint(server, method, path, {})
    assert answered == status
    assert [str(note.summary) for note in linter.notes if note.level == levels.BAD] == []
