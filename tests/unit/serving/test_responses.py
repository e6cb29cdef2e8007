"""serve() alone: no database, no storage, no server."""

import io
from dataclasses import dataclass

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from images.errors import PreconditionFailed, RangeNotSatisfiable
from images.serving.responses import WHOLE_BODY, serve
from tests.contracts.serving_cases import CASES
from tests.factories import sha256


@dataclass
class Bytes:
    """Content in memory that counts how often it is read."""

    data: bytes
    audience: str = "public"
    mime_type: str = "image/png"
    filename: str = "photo.png"
    reads: int = 0

    @property
    def hash(self) -> str:
        return sha256(self.data)

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> io.BytesIO:
        self.reads += 1
        return io.BytesIO(self.data)

    def read(self) -> bytes:
        self.reads += 1
        return self.data


class Hidden(Bytes):
    """Content that is made private while it is opened."""

    def open(self) -> io.BytesIO:
        self.audience = "private"
        return super().open()

    def read(self) -> bytes:
        self.audience = "private"
        return super().read()


TAG = "an-image"
# What caches between the library and a browser are told, each by the header that it reads.
SHARED = {
    "X-Accel-Expires": "60",
    "CDN-Cache-Control": "public, max-age=60",
    "Surrogate-Control": "max-age=60",
    "Cache-Tag": TAG,
}

SMALL, LARGE = bytes(range(256)) * 4, bytes(range(256)) * (WHOLE_BODY // 256 + 1)


def request(method: str, headers: dict[str, str]) -> HttpRequest:
    return RequestFactory().generic(method, "/", headers=headers)


def body(response) -> bytes:
    return response.getvalue() if response.streaming else response.content


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table(case, method, data):
    content = Bytes(data)
    case = case.filled(f'"{content.hash}"', content.size)
    status, part = case.get if method == "GET" else case.head

    if status in (412, 416):
        with pytest.raises(PreconditionFailed if status == 412 else RangeNotSatisfiable) as raised:
            serve(request(method, case.headers), content, TAG)
        assert content.reads == 0
        if status == 416:
            assert raised.value.size == content.size
        return

    response = serve(request(method, case.headers), content, TAG)
    assert response.status_code == status
    assert response["ETag"] == f'"{content.hash}"'
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert SHARED.items() <= dict(response.items()).items()
    if status == 304:
        assert not response.has_header("Content-Length")
    else:
        first, last = map(int, part.split("-"))
        expected = data[first : last + 1]
        assert response["Content-Length"] == str(len(expected))
        assert response["Accept-Ranges"] == "bytes"
        assert response.get("Content-Range") == (f"bytes {part}/{len(data)}" if status == 206 else None)
        if method == "GET":
            assert body(response) == expected
    assert content.reads == (1 if method == "GET" and status != 304 else 0)


def test_the_digest_is_that_of_the_whole_file_in_a_part_too():
    for headers in ({}, {"Range": "bytes=0-0"}):
        response = serve(request("GET", headers), Bytes(b"abc"), TAG)
        assert response["Repr-Digest"] == "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:"


def test_only_public_bytes_may_be_embedded_elsewhere():
    response = serve(request("GET", {}), Bytes(b"abc"), TAG)
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response["Access-Control-Allow-Origin"] == "*"

    response = serve(request("GET", {}), Bytes(b"abc", audience="private"), TAG)
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert not response.has_header("Access-Control-Allow-Origin")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_private_is_ever_called_public(case):
    content = Bytes(SMALL, audience="private")
    case = case.filled(f'"{content.hash}"', content.size)
    if case.get[0] not in (412, 416):
        response = serve(request("GET", case.headers), content, TAG)
        assert response["Cache-Control"] == "private, no-cache"
        assert SHARED.keys().isdisjoint(dict(response.items()))


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}], ids=["whole", "range"])
@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_what_is_hidden_while_it_is_opened_is_not_called_public(data, headers):
    response = serve(request("GET", headers), Hidden(data), TAG)
    assert response["Cache-Control"] == "private, no-cache"
    assert {*SHARED, "Access-Control-Allow-Origin"}.isdisjoint(dict(response.items()))
