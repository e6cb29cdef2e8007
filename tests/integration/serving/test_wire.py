"""The byte view on the wire: the production server, asked over a socket, answers by the table."""

import http.client
import json
import socket

import pytest

from tests.contracts.serving_cases import CASES
from tests.factories import make_image, sha256

pytestmark = pytest.mark.any_database

SMALL = make_image("PNG", (64, 48))
LARGE = make_image("PNG", (800, 600), compress_level=0)


FILES = {
    "in memory": (SMALL, None),
    "streamed": (LARGE, None),
    "a stored rendition": (SMALL, "full/max/0/default.webp"),
    "a drawn rendition": (SMALL, "full/50,/!90/gray.png"),
}


@pytest.fixture(scope="module", params=FILES)
def file(request, upload, server):
    """What is asked for: its bytes and its path."""
    original, spec = FILES[request.param]
    path = upload(original)
    if not spec:
        return original, path
    path = f"/iiif/3/{path.split('/')[-2]}/{spec}"
    return server.request("GET", path)[2], path


@pytest.fixture(scope="module")
def connection(server):
    """One connection for all cases: an answer with a wrong length would spoil the next one."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    yield client
    client.close()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table(connection, file, case, method):
    data, path = file
    case = case.filled(f'"{sha256(data)}"', len(data))
    status, part = case.get if method == "GET" else case.head
    headers = {name: value.encode("latin-1") for name, value in case.headers.items()}

    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    body = response.read()

    assert response.status == status
    assert response.getheader("Location") is None
    if status in (412, 416):
        assert response.getheader("Cache-Control") == "no-store"
        assert response.getheader("ETag") is None
        assert response.getheader("Content-Type") == "application/problem+json"
        assert response.getheader("Content-Range") == (f"bytes */{len(data)}" if status == 416 else None)
        return
    assert response.getheader("ETag") == f'"{sha256(data)}"'
    assert response.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert response.getheader("Vary") is None
    assert response.getheader("Set-Cookie") is None
    if status == 304:
        assert response.getheader("Content-Length") is None
        return
    first, last = map(int, part.split("-"))
    assert response.getheader("Content-Length") == str(last + 1 - first)
    assert response.getheader("Content-Range") == (f"bytes {part}/{len(data)}" if status == 206 else None)
    assert body == (data[first : last + 1] if method == "GET" else b"")


def test_options_tells_what_works(connection, file):
    connection.request("OPTIONS", file[1])
    response = connection.getresponse()
    response.read()
    assert (response.status, response.getheader("Allow")) == (204, "GET, HEAD, OPTIONS")


def test_a_private_image_needs_its_caller_before_anything_else(server, upload, token):
    data = make_image(seed=1)
    path = upload(data, visibility="private")
    tag = f'"{sha256(data)}"'
    for headers in ({}, {"If-None-Match": tag}, {"If-Match": '"other"'}, {"Range": "bytes=999999999-"}):
        status, answered, body = server.request("GET", path, headers=headers)
        assert (status, json.loads(body)["code"]) == (404, "not_found")
        assert "etag" not in answered

    status, answered, body = server.request("GET", path, headers=token)
    assert (status, body) == (200, data)
    assert answered["cache-control"] == "private, no-cache"
    assert answered["vary"] == "Cookie, Authorization"
    assert answered["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answered

    status, answered, body = server.request("GET", path, headers=token | {"Range": "bytes=2-5"})
    assert (status, body, answered["cache-control"]) == (206, data[2:6], "private, no-cache")
    status, answered, _ = server.request("GET", path, headers=token | {"If-None-Match": tag})
    assert (status, answered["cache-control"]) == (304, "private, no-cache")


def test_what_is_known_of_an_image_is_not_sent_again_to_who_has_it(connection, upload):
    """The connection goes on after it: the length is that of the body that was not sent."""
    path = upload(SMALL).removesuffix("/file")
    lengths, etag = [], '""'
    for status in (200, 304, 304):
        connection.request("GET", path, headers={"If-None-Match": etag})
        response = connection.getresponse()
        etag = response.getheader("ETag")
        assert (response.status, bool(response.read())) == (status, status == 200)
        lengths.append(response.getheader("Content-Length"))
    assert len(set(lengths)) == 1


def test_an_upload_over_the_limit_is_refused_by_its_length_alone(server, token):
    """Nothing of the body is sent, so nothing of it can have been waited for."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(
            b"POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\n"
            b"Authorization: " + token["Authorization"].encode() + b"\r\nContent-Length: 9999999999\r\n\r\n"
        )
        response = http.client.HTTPResponse(client)
        response.begin()
        assert response.status == 413
        assert json.loads(response.read())["code"] == "image_too_large"
