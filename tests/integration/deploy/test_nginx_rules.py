"""The rules of the nginx in front, each asked of a scripted upstream: what it keeps, what it says itself."""

import json
import socket
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from images.http.problems import PROBLEMS
from tests.servers.machine import free_ports, until
from tests.servers.nginx import running_nginx

pytestmark = pytest.mark.any_database

DEADLINE = 20  # seconds; a bound, not a wait

IMAGE = "00000000-0000-4000-8000-000000000000"  # the name of a test must be the same in every worker
FILE = f"/api/v1/images/{IMAGE}/file"
PUBLIC = {"Cache-Control": "public, max-age=31536000, immutable", "X-Accel-Expires": "60", "ETag": '"tag"'}


def file_path() -> str:
    """Return where the bytes of an image are that no other test asks for."""
    return f"/api/v1/images/{uuid.uuid4()}/file"


@dataclass(frozen=True)
class Asked:
    """A request as it reached the upstream."""

    command: str
    path: str
    headers: Message
    connection: tuple[str, int]


class Upstream(ThreadingHTTPServer):
    """Answers every request with `status`, `headers` and `body` once `gate` is open, and remembers it."""

    daemon_threads = True
    request_queue_size = 100

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.headers, self.body = 200, PUBLIC, b"bytes"
        self.dies = False  # of a POST, in place of an answer
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[Asked] = []
        self.arrived = threading.Semaphore(0)  # one for every request

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append(Asked(self.command, self.path, self.headers, self.client_address))
        self.server.arrived.release()
        self.server.gate.wait(DEADLINE)
        if self.server.dies and self.command == "POST":
            self.close_connection = True
            return
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.server.body)

    do_HEAD = do_POST = do_GET

    def log_message(self, *arguments) -> None:
        pass


@pytest.fixture
def upstream():
    with Upstream() as upstream:
        threading.Thread(target=upstream.serve_forever, args=(0.01,), daemon=True).start()
        yield upstream
        upstream.gate.set()
        upstream.shutdown()


@pytest.fixture
def nginx(upstream, tmp_path):
    with running_nginx(tmp_path, upstream.port) as nginx:
        yield nginx


# --- What it keeps ---------------------------------------------------------------------------------


def test_a_hit_never_reaches_the_application(nginx, upstream):
    path = file_path()
    answers = [nginx.request("GET", path) for _ in range(5)]

    assert len(upstream.requests) == 1
    for status, headers, body in answers:
        assert (status, body) == (200, b"bytes")
        assert headers["etag"] == '"tag"'
        assert headers["cache-control"] == PUBLIC["Cache-Control"]
        assert "x-accel-expires" not in headers
    assert nginx.stored == 1


@pytest.mark.parametrize(
    "spec",
    [
        "full/320,240/0/default.webp",
        "pct:1.5,2,30,40/^!300,300/!90/gray.avif",
        "0,0,512,512/max/0/default.jpg",
        "square/%5Emax/%21180/bitonal.png",
    ],
)
def test_derived_images_are_kept_too(nginx, upstream, spec):
    path = f"/iiif/3/{uuid.uuid4()}/{spec}"
    for _ in range(3):
        assert nginx.request("GET", path)[2] == b"bytes"
    (asked,) = upstream.requests
    assert asked.path == unquote(path)
    assert nginx.stored == 1


@pytest.mark.parametrize(
    "spec",
    [
        "info.json",
        "",
        "full/max/0/default.jpg%0d%0aX-Injected:%201",
        "full/max%0d%0a/0/default.jpg",
        "full/max/0/default.jpg%0a",
        "full/max%20HTTP/1.1/0/default.jpg",
        "full/max/0/default.jpg/more",
    ],
)
def test_nothing_else_of_the_image_service_is(nginx, upstream, spec):
    path = f"/iiif/3/{uuid.uuid4()}/{spec}"
    for _ in range(2):
        nginx.request("GET", path)
    assert [asked.path for asked in upstream.requests] == [path] * 2
    assert "X-Injected" not in upstream.requests[0].headers
    assert nginx.stored == 0


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, PUBLIC | {"X-Accel-Expires": "0"}),
        (200, {"Cache-Control": PUBLIC["Cache-Control"], "Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}),
        (200, {"X-Accel-Expires": "60"}),
        (200, PUBLIC | {"Cache-Control": "private, no-cache"}),
        (200, PUBLIC | {"Cache-Control": "no-cache"}),
        (200, PUBLIC | {"Set-Cookie": "sessionid=1"}),
        (200, PUBLIC | {"Vary": "*"}),
        (301, PUBLIC | {"Location": "https://images.example.org/"}),
        (404, PUBLIC),
        (400, {"Cache-Control": "no-store"}),
        (404, {"Cache-Control": "no-store", "Set-Cookie": "sessionid=1"}),
        (500, PUBLIC),
        (503, PUBLIC | {"Retry-After": "1"}),
    ],
)
def test_what_the_application_does_not_mark_is_not_stored(nginx, upstream, status, headers):
    upstream.status, upstream.headers = status, headers
    path = file_path()
    assert [nginx.request("GET", path)[0] for _ in range(2)] == [status, status]
    assert len(upstream.requests) == 2
    assert nginx.stored == 0


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/v1/images",
        f"/api/v1/images/{IMAGE}",
        f"/images/{IMAGE}",
        "/static/images/base.css",
        f"/api/v1/images/{IMAGE}/file/",
        "/api/v1/images/1/file",
    ],
)
def test_nothing_but_the_bytes_of_images_is_stored(nginx, upstream, path):
    for _ in range(2):
        nginx.request("GET", path)
    assert len(upstream.requests) == 2
    assert nginx.stored == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "sessionid=abc"},
        {"Cookie": "csrftoken=1; sessionid=abc"},
        {"Authorization": "Token abc"},
        {"Range": "bytes=0-0"},
        {"If-Match": '"tag"'},
        {"If-Unmodified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_question_that_is_not_plain_goes_up_as_it_is(nginx, upstream, method, headers):
    path = file_path()
    nginx.request("GET", path)
    headers |= {"If-None-Match": '"other"', "If-Range": '"tag"'}
    nginx.request(method, path, headers=headers)

    (_, asked) = upstream.requests
    assert asked.command == method
    assert headers.items() <= dict(asked.headers).items()


def test_head_goes_up_as_head(nginx, upstream):
    status, headers, body = nginx.request("HEAD", file_path())
    assert [asked.command for asked in upstream.requests] == ["HEAD"]
    assert (status, headers["content-length"], body) == (200, "5", b"")
    assert nginx.stored == 0


def test_a_visitor_with_other_cookies_is_nobody_in_particular(nginx, upstream):
    path = file_path()
    for cookie in ("csrftoken=1", "messages=2", "sessionid="):
        assert nginx.request("GET", path, headers={"Cookie": cookie})[0] == 200
    assert len(upstream.requests) == 1


def test_a_stampede_is_one_request(nginx, upstream):
    path = file_path()
    upstream.gate.clear()
    with ExitStack() as on_exit:
        clients = [on_exit.enter_context(closing(nginx.connect())) for _ in range(30)]
        for client in clients:
            client.request("GET", path)
        assert upstream.arrived.acquire(timeout=DEADLINE)
        upstream.gate.set()
        assert {client.getresponse().read() for client in clients} == {b"bytes"}
    assert len(upstream.requests) == 1


def test_many_who_ask_for_what_is_absent_do_not_wait_for_each_other(nginx, upstream, record_property):
    """One asks, the others hear of it when nginx has them look again, within half a second."""
    upstream.status, upstream.headers = 404, {"Cache-Control": "no-store", "Vary": "Cookie, Authorization"}
    path, together, took = file_path(), threading.Barrier(50), []

    def ask(_) -> None:
        together.wait(DEADLINE)
        start = time.monotonic()
        assert nginx.request("GET", path)[0] == 404
        took.append(time.monotonic() - start)

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(ask, range(50)))
    record_property("50 at once for an absent image, the slowest", f"{max(took):.2f} s (below 1 s)")
    assert max(took) < 3
    upstream.status, upstream.headers = 200, PUBLIC
    until(lambda: nginx.request("GET", path)[0] == 200)
    assert nginx.stored == 1


@pytest.mark.parametrize(
    "query", ["metadata=embedded", "x=1&metadata=embedded", "metadata", "metadata=&metadata=x"]
)
def test_a_copy_with_its_words_is_asked_for_and_never_kept(nginx, upstream, query):
    """Nor is it answered with the original, which is kept under the same path."""
    path = file_path()
    assert nginx.request("GET", path)[2] == b"bytes"
    upstream.body = b"words and bytes"
    for _ in range(2):
        assert nginx.request("GET", f"{path}?{query}")[2] == b"words and bytes"
    assert [asked.path for asked in upstream.requests] == [path, *[f"{path}?{query}"] * 2]
    assert nginx.request("GET", path)[2] == b"bytes"
    assert nginx.stored == 1


def test_of_a_derived_image_no_query_makes_another(nginx, upstream):
    path = f"/iiif/3/{uuid.uuid4()}/full/320,240/0/default.webp"
    for query in ("", "?metadata=embedded"):
        nginx.request("GET", f"{path}{query}")
    assert [asked.path for asked in upstream.requests] == [path]


def test_no_host_and_no_spelling_makes_another_entry(nginx, upstream):
    path = file_path()
    for spelling in (
        f"{path}?size=2",
        f"{path}?amp;metadata=x",
        path,
        path.replace("file", "%66ile"),
        f"/x/..{path}",
        f"/{path}",
    ):
        for host in ("localhost", "images.example.org:444", "evil.example"):
            assert nginx.request("GET", spelling, headers={"Host": host})[0] == 200
    assert nginx.request("GET", f"http://evil.example{path}")[0] == 200
    assert [asked.path for asked in upstream.requests] == [path]  # so what is stored is what was asked
    assert nginx.stored == 1


def test_the_client_does_not_choose_its_address(nginx, upstream):
    forged = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "Host": "images.example.org:444"}
    for path in ("/", file_path()):
        nginx.request("GET", path, headers=forged)
        headers = upstream.requests[-1].headers
        assert headers.get_all("X-Forwarded-For") == ["127.0.0.1"]
        assert headers.get_all("X-Forwarded-Proto") == ["http"]
        assert headers.get_all("Host") == ["images.example.org:444"]


def test_connections_to_the_application_are_kept(nginx, upstream):
    with closing(nginx.connect()) as client:
        for path in ("/", file_path(), "/trash", file_path()):
            client.request("GET", path)
            client.getresponse().read()
    assert len({asked.connection for asked in upstream.requests}) == 1


def test_headers_of_many_kilobytes_pass(nginx, upstream):
    """A file name of 255 letters, percent-encoded, needs more than nginx's own 4 or 8 KiB have left."""
    upstream.headers = PUBLIC | {"Content-Disposition": "inline; filename*=UTF-8''" + "%F0%9F%8C%8A" * 800}
    path = file_path()
    for _ in range(2):
        status, headers, _ = nginx.request("GET", path)
        assert (status, headers["content-disposition"]) == (200, upstream.headers["Content-Disposition"])


def test_nothing_is_compressed_on_the_way(nginx, upstream):
    upstream.headers, upstream.body = PUBLIC | {"Content-Type": "image/gif"}, bytes(5000)
    _, headers, body = nginx.request("GET", file_path(), headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in headers
    assert (headers["etag"], body) == ('"tag"', bytes(5000))


# --- What nginx has to say itself ------------------------------------------------------------------


def assert_own_words(answer, status: int, code: str, path: str) -> None:
    """`answer` is a problem below /api and /iiif, elsewhere a page, and names neither server nor address."""
    got, headers, body = answer
    assert (got, headers["cache-control"]) == (status, "no-store")
    if path.startswith(("/api/", "/iiif/")):
        assert headers["content-type"] == "application/problem+json"
        title = PROBLEMS[code][1]
        assert json.loads(body) == {
            "type": "about:blank",
            "title": title,
            "status": status,
            "detail": f"{title}.",
            "code": code,
        }
    else:
        assert headers["content-type"] == "text/html"
        assert PROBLEMS[code][1].encode() in body
    assert b"nginx" not in body
    assert b"127.0.0.1" not in body
    assert headers["server"] == "nginx"  # no version


@pytest.mark.parametrize("path", ["/", "/api/v1/images", FILE, "/iiif/3/x/info.json", "/apiary"])
def test_an_application_that_is_down_is_a_502(tmp_path, path):
    (nobody,) = free_ports(1)
    with running_nginx(tmp_path, nobody) as nginx:
        assert_own_words(nginx.request("GET", path), 502, "server_error", path)


@pytest.mark.parametrize("path", ["/", FILE])
def test_an_application_that_does_not_answer_is_a_504(upstream, tmp_path, path):
    upstream.gate.clear()
    with running_nginx(
        tmp_path, upstream.port, {"proxy_read_timeout 150s": "proxy_read_timeout 1s"}
    ) as nginx:
        assert_own_words(nginx.request("GET", path), 504, "server_error", path)


UPLOADS = ["/upload", "/api/v1/images", "/admin/images/image/add/"]


@pytest.mark.parametrize("path", ["/", "/api/v1/images/", "/accounts/login", FILE, "/upload/"])
def test_a_large_body_is_refused_unread_where_no_file_goes(nginx, upstream, path):
    answer = nginx.request("POST", path, headers={"Content-Length": str(2**20 + 1)})
    assert_own_words(answer, 413, "image_too_large", path)
    assert upstream.requests == []


@pytest.mark.parametrize("path", UPLOADS)
def test_who_may_upload_is_asked_before_the_body_is_read(nginx, upstream, path):
    """The application is asked with the headers alone; only then is there anything to wait for."""
    proof = {"Authorization": "Token abc", "Cookie": "sessionid=abc"}
    assert nginx.request("POST", path, b"12345", proof)[0] == 200
    asked, sent = upstream.requests
    assert (asked.command, asked.path) == ("GET", "/accounts/may-upload")
    assert (sent.command, sent.path) == ("POST", path)
    assert asked.headers["Content-Length"] in (None, "0")
    assert proof.items() <= dict(asked.headers).items()
    assert nginx.request("GET", path)[0] == 200
    assert [asked.command for asked in upstream.requests[2:]] == ["GET"]
    assert upstream.requests[2].path == path


@pytest.mark.parametrize(("status", "code"), [(401, "not_authenticated"), (403, "permission_denied")])
@pytest.mark.parametrize("path", UPLOADS)
def test_who_may_not_upload_is_answered_while_the_body_is_still_to_come(nginx, upstream, path, status, code):
    upstream.status = status
    upstream.headers = {"WWW-Authenticate": "Token"} if status == 401 else {}
    upstream.body = b""
    answer = nginx.request("POST", path, headers={"Content-Length": "99999999"})
    if status == 401 and not path.startswith("/api/"):
        assert (answer[0], answer[1]["location"]) == (303, f"/accounts/login?next={path}")
    else:
        assert_own_words(answer, status, code, path)
    if path.startswith("/api/"):
        assert answer[1].get("www-authenticate") == upstream.headers.get("WWW-Authenticate")
    assert [asked.command for asked in upstream.requests] == ["GET"]


def test_the_address_by_which_nginx_asks_is_nobody_elses(nginx, upstream):
    assert_own_words(nginx.request("GET", "/may-upload"), 404, "not_found", "/may-upload")
    assert upstream.requests == []


@pytest.mark.parametrize("status", [500, 503])
def test_an_application_that_cannot_say_who_may_upload_says_why_itself(nginx, upstream, status):
    upstream.status = status
    got, _, body = nginx.request("POST", "/api/v1/images", b"12345")
    assert (got, body) == (status, b"bytes")
    assert [asked.command for asked in upstream.requests] == ["GET", "POST"]


def test_figures_are_for_nobody_who_comes_this_way(nginx, upstream):
    for path in ("/metrics", "/metrics?a=b", "//metrics", "/%6detrics"):
        assert nginx.request("GET", path, None, {"Authorization": "Bearer token"})[0] == 404
    assert not upstream.requests


def test_one_address_has_so_many_uploads_at_once(nginx, upstream):
    head = b"POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1"
    with ExitStack() as on_exit:

        def send(address: str) -> socket.socket:
            client = socket.create_connection(("127.0.0.1", nginx.port), DEADLINE, (address, 0))
            on_exit.enter_context(client).sendall(head)
            return client

        for _ in range(8):
            send("127.0.0.2")
        until(lambda: len(upstream.requests) == 8)  # who may upload; no body is whole
        refused = send("127.0.0.2").recv(4096)
        assert refused.startswith(b"HTTP/1.1 429 ")
        assert b"Retry-After: 5\r\n" in refused
        assert nginx.request("POST", "/api/v1/images", b"123456789")[0] == 200  # of another address


@pytest.mark.parametrize("path", ["/accounts/login", "/admin/login/"])
def test_one_address_has_so_many_sign_ins_a_minute(nginx, upstream, path):
    answers = [nginx.request("POST", path, b"") for _ in range(30)]
    assert [answer[0] for answer in answers[:21]] == [200] * 21
    assert_own_words(answers[-1], 429, "throttled", path)
    assert answers[-1][1]["retry-after"] == "5"
    assert nginx.request("GET", path)[0] == 200


@pytest.mark.parametrize("path", UPLOADS)
def test_a_body_that_no_setting_allows_is_refused_unread(nginx, upstream, path):
    answer = nginx.request("POST", path, headers={"Content-Length": "9999999999"})
    assert_own_words(answer, 413, "image_too_large", path)
    assert upstream.requests == []


def test_a_precondition_that_nginx_finds_failed_is_a_problem(nginx):
    path = file_path()
    assert_own_words(nginx.request("GET", path, headers={"If-Match": ""}), 412, "precondition_failed", path)


@pytest.mark.parametrize("status", [400, 403, 404, 412, 413, 416, 422, 429, 500, 502, 503, 504])
def test_no_error_page_takes_the_place_of_the_applications_answer(nginx, upstream, status):
    upstream.status, upstream.body = status, b'{"code": "its own"}'
    upstream.headers = {"Content-Type": "application/problem+json", "Cache-Control": "no-store"}
    for path in ("/", "/api/v1/images", file_path()):
        got, headers, body = nginx.request("GET", path)
        assert (got, body) == (status, upstream.body)
        assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("line", "status"),
    [(f"GET /{'a' * 2**16} HTTP/1.1", 414), ("GET /../.. HTTP/1.1", 400), ("G@T / HTTP/1.1", 400)],
)
def test_what_has_no_address_is_refused_and_no_failure(nginx, line, status):
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=DEADLINE) as client:
        client.sendall(f"{line}\r\nHost: x\r\n\r\n".encode())
        answer = client.recv(2**16)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Cache-Control: no-store" in answer
    assert "[error]" not in nginx.log


# --- Several servers -------------------------------------------------------------------------------


@pytest.fixture
def pair(upstream, tmp_path):
    """Two upstreams behind one nginx: the first dies of each POST, the second answers."""
    upstream.dies = True
    with Upstream() as other:
        threading.Thread(target=other.serve_forever, args=(0.01,), daemon=True).start()
        line = f"server 127.0.0.1:{upstream.port} max_fails=0;"
        with running_nginx(
            tmp_path, upstream.port, {line: f"{line} server 127.0.0.1:{other.port} max_fails=0;"}
        ) as nginx:
            yield nginx, upstream, other
        other.shutdown()


@pytest.mark.parametrize("path", ["/upload", "/api/v1/images", "/admin/images/image/add/"])
def test_an_upload_whose_server_dies_is_brought_to_another(pair, path):
    """It does no harm: known bytes are the image that is there."""
    nginx, dying, other = pair
    for number in range(1, 51):
        nginx.request(
            "GET", "/"
        )  # servers have turns: else the other had all uploads, and this the questions before
        assert nginx.request("POST", path, b"a file")[0] == 200
        assert posts(other) == number
        if posts(dying) == 2:
            break
    assert posts(dying) == 2


def test_nothing_else_is_done_twice(pair):
    nginx, dying, other = pair
    answered = Counter(nginx.request("POST", "/api/v1/tags", b"{}")[0] for _ in range(8))
    assert answered == {502: posts(dying), 200: posts(other)}
    assert answered.total() == 8


def posts(upstream: Upstream) -> int:
    return [asked.command for asked in upstream.requests].count("POST")
