"""Request bodies on the wire: chunked ones at every door, and those that are refused unread."""

import http.client
import json
import re
import socket
import time
from urllib.parse import urlencode

import pytest

from tests.factories import make_image, noise, sha256
from tests.servers.application import ADMIN_PASSWORD, Application, running

pytestmark = pytest.mark.any_database

IMAGES = "/api/v1/images"
LIMIT = 3 * 2**20  # bytes of an upload
SMALL = make_image("PNG")
LARGE = noise((800, 600))  # 1.4 MB: more than a form or JSON may be
UNREAD = LIMIT + 2**20  # with its framing still within what is not refused by its length alone


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    environment = {
        "IMAGELIB_MAX_UPLOAD_BYTES": str(LIMIT),
        "IMAGELIB_ADMIN_PASSWORD": ADMIN_PASSWORD,
        "WEB_CONCURRENCY": "1",
    }
    with running(Application(tmp_path_factory.mktemp("bodies") / "data", **environment)) as server:
        yield server


@pytest.fixture
def connection(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    yield client
    client.close()


def pieces(body: bytes):
    """Yield `body` as a sender does that does not know how long it will be."""
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


def send(connection, method: str, path: str, body: bytes, headers: dict) -> tuple[int, dict, bytes]:
    """Send one request with a chunked body; return status, headers (lower case) and body."""
    connection.request(
        method, path, pieces(body), headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True
    )
    response = connection.getresponse()
    return response.status, {name.lower(): v for name, v in response.getheaders()}, response.read()


def form(files: dict[str, bytes], **fields: str) -> tuple[bytes, dict[str, str]]:
    """Return a multipart form and the header that says so."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts += [f'name="{name}"; filename="a.png"\r\n\r\n'.encode() + data for name, data in files.items()]
    body = b"".join(b"--frontier\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    return body + b"--frontier--\r\n", {"Content-Type": "multipart/form-data; boundary=frontier"}


@pytest.fixture(scope="module")
def image(server, token) -> str:
    """Return the API's path of an image."""
    body, headers = form({"file": make_image()}, title="as it was")
    return f"{IMAGES}/{json.loads(server.request('POST', IMAGES, body, headers | token)[2])['id']}"


JSON = {"Content-Type": "application/json"}


def test_a_chunked_change_is_made(connection, image, token):
    body = json.dumps({"title": "changed"}).encode()
    status, _, answer = send(connection, "PATCH", image, body, JSON | token)
    assert (status, json.loads(answer)["title"]) == (200, "changed")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{", JSON),
        (b'{"title": "' + b"x" * 2**20 + b'"}', JSON),
        (b"no gzip", JSON | {"Transfer-Encoding": "gzip, chunked"}),
    ],
    ids=["invalid", "over the limit of JSON", "compressed"],
)
def test_a_chunked_body_that_is_no_good_is_refused(connection, image, token, body, headers):
    connection.request(
        "PATCH", image, pieces(body), token | {"Transfer-Encoding": "chunked"} | headers, encode_chunked=True
    )
    response = connection.getresponse()
    assert (response.status, json.loads(response.read())["code"]) == (400, "validation_error")


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_chunked_upload_is_taken(connection, token, data):
    body, headers = form({"file": data}, title="in chunks")
    status, _, answer = send(connection, "POST", IMAGES, body, headers | token)
    answer = json.loads(answer)
    assert (status, answer["hash"], answer["title"]) == (201, sha256(data), "in chunks")


def test_a_chunked_upload_over_the_limit_is_refused_while_it_is_read(server, connection, token):
    body, headers = form({"file": bytes(LIMIT + 2**21)})
    status, answered, answer = send(connection, "POST", IMAGES, body, headers | token)
    assert (status, json.loads(answer)["code"]) == (413, "image_too_large")
    assert answered["connection"] == "close"
    assert server.request("GET", "/healthz")[0] == 200


def test_an_endless_chunked_upload_is_refused(server, token):
    """The sender never says that it is done, and reads only when it can send no more."""
    head = (
        f"POST {IMAGES} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        f"Authorization: {token['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=frontier\r\n\r\n"
    )
    part = b'--frontier\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    chunk = b"10000\r\n" + bytes(2**16) + b"\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(head.encode() + b"%x\r\n%b\r\n" % (len(part), part))
        for _ in range((LIMIT + 2**20) // 2**16 + 1):
            client.sendall(chunk)
        response = http.client.HTTPResponse(client)
        response.begin()
        assert (response.status, json.loads(response.read())["code"]) == (413, "image_too_large")


def test_chunked_forms_sign_in_and_upload(connection):
    """The doors for people: sign-in, the upload page and the admin's."""
    connection.request("GET", "/accounts/login")
    response = connection.getresponse()
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', response.read().decode())[1]
    cookies = {"Cookie": response.getheader("Set-Cookie").partition(";")[0]}
    fields = {"username": "admin", "password": ADMIN_PASSWORD, "csrfmiddlewaretoken": secret}
    headers = cookies | {"Content-Type": "application/x-www-form-urlencoded"}
    status, answered, _ = send(connection, "POST", "/accounts/login", urlencode(fields).encode(), headers)
    assert (status, answered["location"]) == (302, "/")

    connection.request("POST", "/accounts/login", urlencode(fields), headers)
    response = connection.getresponse()
    response.read()
    cookies = {"Cookie": "; ".join(c.partition(";")[0] for c in response.headers.get_all("Set-Cookie"))}
    secret = re.search(r"csrftoken=(\w+)", cookies["Cookie"])[1]
    for path, seed in (("/upload", 1), ("/admin/images/image/add/", 2)):
        data = make_image(seed=seed)
        body, headers = form({"files": data}, csrfmiddlewaretoken=secret, visibility="public")
        status, _, page = send(connection, "POST", path, body, headers | cookies)
        assert status == 200, page.decode()
        connection.request("GET", f"{IMAGES}?hash={sha256(data)}")
        assert len(json.loads(connection.getresponse().read())["results"]) == 1
        body, headers = form({"files": bytes(LIMIT + 2**21)}, csrfmiddlewaretoken=secret, visibility="public")
        assert send(connection, "POST", path, body, headers | cookies)[0] == 413


@pytest.mark.parametrize(
    ("framing", "status"),
    [
        ("Transfer-Encoding: chunked\r\nContent-Length: 4", 400),
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", 400),
        ("Content-Length: 4\r\nContent-Length: 5", 400),
        ("Transfer-Encoding: chunked, chunked", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400),
        ("Transfer-Encoding: xchunked", 501),
    ],
)
def test_a_body_that_two_readers_could_end_in_two_places_smuggles_no_request(server, image, framing, status):
    """One refusal, and the connection is closed: what follows is never taken for a request."""
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(f"PATCH {image} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode() + smuggled)
        answers = b""
        while data := client.recv(2**16):
            answers += data
    assert answers.count(b"HTTP/1.1 ") == 1
    assert answers.startswith(b"HTTP/1.1 %d " % status)


def test_a_chunk_that_is_none_is_refused(server, image, token):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(
            f"PATCH {image} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            f"Authorization: {token['Authorization']}\r\n\r\nxyz\r\n".encode()
        )
        assert client.recv(2**16).startswith(b"HTTP/1.1 400 ")


def two_requests(connection, length: int) -> list[tuple[int, str]]:
    """Send `length` bytes that are refused unread, then ask for /healthz as the answer allows."""
    answers = []
    connection.request("POST", IMAGES, bytes(length), {"Content-Type": "multipart/form-data; boundary=x"})
    response = connection.getresponse()
    response.read()
    answers.append((response.status, response.getheader("Connection")))
    connection.request("GET", "/healthz")  # on a new connection after `close`, else on the same
    response = connection.getresponse()
    response.read()
    answers.append((response.status, response.getheader("Connection")))
    return answers


def test_after_a_small_body_that_was_not_read_the_connection_goes_on(connection):
    connection.connect()
    sock = connection.sock
    assert two_requests(connection, 60_000) == [(401, "keep-alive"), (200, "keep-alive")]
    assert connection.sock is sock


@pytest.mark.parametrize("length", [2**16, 200_000, LIMIT])
def test_after_a_large_body_that_was_not_read_the_answer_says_close(connection, length):
    assert two_requests(connection, length) == [(401, "close"), (200, "keep-alive")]


def test_a_chunked_body_that_was_not_read_says_close(connection):
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    status, answered, _ = send(connection, "POST", IMAGES, bytes(LIMIT), headers)
    assert (status, answered["connection"]) == (401, "close")
    assert send(connection, "POST", IMAGES, bytes(1000), headers)[1]["connection"] == "keep-alive"


@pytest.mark.drill
def test_who_goes_on_sending_what_nobody_reads_stops_no_other(server):
    """Each is let go, and gunicorn's only loop waits for none of them."""
    head = f"POST {IMAGES} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {LIMIT}\r\n\r\n".encode()
    senders = [socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(8)]
    slowest = 0.0
    for sender in senders:
        sender.sendall(head)
    deadline = time.monotonic() + 30
    while senders and time.monotonic() < deadline:
        for sender in [*senders]:
            try:
                sender.sendall(b"a few bytes more")
            except OSError:
                sender.close()
                senders.remove(sender)
        begun = time.monotonic()
        assert server.request("GET", "/healthz")[0] == 200
        slowest = max(slowest, time.monotonic() - begun)
    assert not senders
    assert slowest < 1


def test_a_content_type_that_cannot_be_read_is_refused(connection, token):
    headers = token | {"Content-Type": "text/plain; charset*=foo''%41"}
    status, _, answer = send(connection, "POST", "/api/v1/images", b"x", headers)
    assert (status, json.loads(answer)["code"]) == (400, "validation_error")
