"""A download over a socket, from the production server: whole, or cut where it cannot be whole."""

import http.client
import io
import zipfile

import pytest

from tests.factories import noise, sha256
from tests.servers.machine import until

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

FILES = [noise((300 + number, 300)) for number in range(3)]  # each of several pieces
ADDRESS = "/api/v1/download"


@pytest.fixture(scope="module")
def images(server, upload):
    return [upload(data) for data in FILES]


def lose(request, server, digest: str) -> None:
    """Take an object away, and what the server keeps of it."""
    for path in server.data_dir.rglob(digest):
        path.unlink()
    if server.environment["IMAGELIB_STORAGE"] == "s3":
        seaweedfs = request.getfixturevalue("seaweedfs")
        seaweedfs.client.delete_object(Bucket=seaweedfs.bucket, Key=digest)


def test_it_is_whole(server, images):
    status, headers, body = server.request("GET", ADDRESS)
    assert (status, headers["content-length"]) == (200, str(len(body)))
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        digests = {sha256(archive.read(name)) for name in archive.namelist() if "/data/" in name}
    assert digests >= {sha256(data) for data in FILES}
    assert "transfer-encoding" not in headers


def test_a_connection_serves_on_after_one(server, images):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    for method in ("HEAD", "GET", "HEAD", "GET"):
        client.request(method, ADDRESS)
        response = client.getresponse()
        body = response.read()
        assert len(body) == (int(response.getheader("Content-Length")) if method == "GET" else 0)
    client.close()


def test_who_hangs_up_gives_the_turn_back(server, images):
    for _ in range(5):
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        client.request("GET", ADDRESS)
        assert client.getresponse().read(10)
        client.close()
    until(lambda: server.request("HEAD", ADDRESS)[0] == 200)


def test_a_store_that_fails_midway_cuts_it(request, server, images):
    last = sha256(FILES[0])  # the newest first
    lose(request, server, last)
    for _ in range(3):  # and no turn is lost
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        client.request("GET", ADDRESS)
        response = client.getresponse()
        assert response.status == 200
        with pytest.raises(http.client.IncompleteRead) as cut:
            response.read()
        client.close()
        assert len(cut.value.partial) > len(FILES[1])
        with pytest.raises(zipfile.BadZipFile):
            zipfile.ZipFile(io.BytesIO(cut.value.partial))
    assert "a download is cut" in server.log
    assert server.request("GET", "/healthz")[0] == 200


def test_a_store_that_fails_at_once_is_a_clean_error(request, server, images):
    lose(request, server, sha256(FILES[2]))
    status, headers, body = server.request("GET", ADDRESS)
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert b'"storage_error"' in body
