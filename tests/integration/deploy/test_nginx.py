"""The application behind the nginx that ships: HTTP through it, whom it keeps apart, and slow clients."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from images.http.middleware import FORM_ALLOWANCE
from tests.contracts.serving_cases import CASES
from tests.factories import make_image, sha256
from tests.servers.application import ADMIN_PASSWORD, Application, fresh_database, running
from tests.servers.machine import until
from tests.servers.nginx import Nginx, running_nginx
from tests.servers.proxy import proxy

pytestmark = pytest.mark.any_database

DEADLINE = 20  # seconds; a bound, not a wait
# Headers that nginx sets or takes out.
OF_THE_HOP = {"server", "date", "connection", "x-accel-expires", "x-request-id"}
OF_A_304 = {"etag", "cache-control", "vary", "access-control-allow-origin", "cross-origin-resource-policy"}

# Two people in no group, who each own a private image, with token and session; and the token of `admin`.
PEOPLE = """
import json
from django.contrib.auth.models import User
from django.test import Client
from knox.models import AuthToken
from tests.factories import add_image, make_image, make_user

def token(user):
    return {"Authorization": "Token " + AuthToken.objects.create(user)[1]}

people = {}
for seed, name in enumerate(("ada", "bea"), start=1):
    user, client = make_user(name), Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    image = add_image(make_image(seed=seed), uploaded_by=user, visibility="private", title="by " + name)
    session = {"Cookie": "sessionid=" + client.cookies["sessionid"].value}
    people[name] = {"id": str(image.pk), "session": session, "token": token(user)}
print(json.dumps([people, token(User.objects.get(username="admin"))]))
"""


def file_path(image_id: str) -> str:
    return f"/api/v1/images/{image_id}/file"


@pytest.fixture(scope="module")
def application(tmp_path_factory, django_db_blocker):
    """One worker process, so that its threads are soon all taken if clients can hold them."""
    data_dir = tmp_path_factory.mktemp("nginx") / "library"
    with django_db_blocker.unblock(), fresh_database(data_dir) as database_url:
        environment = {"IMAGELIB_TRUSTED_PROXIES": "1", "WEB_CONCURRENCY": "1"}
        environment |= {"DATABASE_URL": database_url, "IMAGELIB_ADMIN_PASSWORD": ADMIN_PASSWORD}
        with running(Application(data_dir, **environment)) as application:
            yield application


@pytest.fixture(scope="module")
def accounts(application) -> tuple[dict, dict]:
    return json.loads(application.manage("shell", "-v0", "-c", PEOPLE).stdout)


@pytest.fixture(scope="module")
def people(accounts) -> dict[str, dict]:
    return accounts[0]


@pytest.fixture(scope="module")
def admin(accounts) -> dict[str, str]:
    """Return the header of somebody who may do everything."""
    return accounts[1]


@pytest.fixture(scope="module")
def front(application, tmp_path_factory):
    with running_nginx(tmp_path_factory.mktemp("front"), application.port) as nginx:
        yield nginx


@contextmanager
def counted(application, directory: Path, seconds: int) -> Iterator[tuple[Nginx, list[bytes]]]:
    """Run an nginx whose upstream is `application`, which seems to allow `seconds` in the cache; yield it
    and the list of what reached the application.
    """
    seen = []

    def request(piece: bytes) -> bytes:
        seen.append(piece)
        return piece

    def response(piece: bytes) -> bytes:
        return piece.replace(b"X-Accel-Expires: 60\r\n", b"X-Accel-Expires: %d\r\n" % seconds)

    with (
        proxy(application.url, request, response) as between,
        running_nginx(directory, between.server_address[1]) as nginx,
    ):
        yield nginx, seen


def form(data: bytes, **fields: str) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of an upload."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
    parts.append(b'name="file"; filename="photo.png"\r\n\r\n' + data)
    body = b"".join(b"--frontier\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    return body + b"--frontier--\r\n", {"Content-Type": "multipart/form-data; boundary=frontier"}


def upload(server, admin: dict[str, str], data: bytes, **fields: str) -> str:
    """Upload `data`; return the path of its bytes."""
    body, headers = form(data, **fields)
    status, _, answer = server.request("POST", "/api/v1/images", body, admin | headers)
    assert status == 201, answer
    return file_path(json.loads(answer)["id"])


@pytest.mark.drill
def test_derived_images_come_from_the_cache_and_private_ones_never(front, application, admin):
    file = upload(front, admin, make_image("PNG", (700, 500), seed=77))
    service = f"/iiif/3/{file.split('/')[-2]}"
    for spec in ("full/320,229/0/default.webp", "square/^600,/!90/gray.png"):
        stored = front.stored
        answers = [front.request("GET", f"{service}/{spec}") for _ in range(3)]
        direct = application.request("GET", f"{service}/{spec}")
        assert {answer[0] for answer in answers} == {200}
        assert {answer[2] for answer in answers} == {direct[2]}
        assert end_to_end(answers[2][1]) == end_to_end(direct[1])
        assert front.stored == stored + 1
    assert front.request("GET", service)[0] == 303
    assert json.loads(front.request("GET", f"{service}/info.json")[2])["width"] == 700
    assert front.request("GET", f"{service}/full/9999,/0/default.webp")[0] == 400

    file = upload(front, admin, make_image("PNG", (700, 500), seed=78), visibility="private")
    stored = front.stored
    derived = f"/iiif/3/{file.split('/')[-2]}/full/320,229/0/default.webp"
    assert front.request("GET", derived, headers=admin)[0] == 200
    assert front.request("GET", derived)[0] == 404
    assert front.stored == stored


def end_to_end(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OF_THE_HOP}


@pytest.fixture(scope="module")
def photo(front, admin):
    data = make_image("PNG", (600, 600), compress_level=0)  # 1.1 MB: streamed by the application
    return data, upload(front, admin, data)


@pytest.fixture(scope="module")
def connections(application, front):
    """One each for all cases: an answer with a wrong length would spoil the next one."""
    with (
        closing(front.connect()) as through_nginx,
        closing(http.client.HTTPConnection("127.0.0.1", application.port, timeout=30)) as direct,
    ):
        yield through_nginx, direct


@pytest.mark.parametrize("signed_in", [False, True], ids=["with the cache", "without"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_table_of_http_holds_through_nginx(connections, photo, admin, case, method, signed_in):
    """Every condition and range is answered as the application itself answers it."""
    data, path = photo
    filled = case.filled(f'"{sha256(data)}"', len(data))
    headers = {name: value.encode("latin-1") for name, value in filled.headers.items()}
    answers = []
    for client in connections:
        client.request(method, path, headers=headers | (admin if signed_in else {}))
        response = client.getresponse()
        head = {name.lower(): value for name, value in response.getheaders()}
        answers.append((response.status, end_to_end(head), response.read()))

    (status, headers, body), (own_status, own_headers, own_body) = answers
    assert (status, body) == (own_status, own_body)
    if status == 304:  # which headers of the image it repeats is up to each server, but for these
        headers, own_headers = ({name: of.get(name) for name in OF_A_304} for of in (headers, own_headers))
    assert headers == own_headers


def test_a_stored_answer_is_the_applications_own(application, admin, tmp_path):
    data = make_image("PNG", (600, 600), seed=2, compress_level=0)
    path = upload(application, admin, data)
    status, own, _ = application.request("GET", path)
    assert (status, own["x-accel-expires"]) == (200, "60")  # how long a publication can outlast its end
    with counted(application, tmp_path, 60) as (nginx, seen):
        for _ in range(3):
            status, headers, body = nginx.request("GET", path)
            assert (status, body) == (200, data)
            assert end_to_end(headers) == end_to_end(own)
            assert "x-accel-expires" not in headers
        status, headers, body = nginx.request("GET", path, headers={"If-None-Match": own["etag"]})
        assert (status, headers["etag"], body) == (304, own["etag"], b"")
        assert len(seen) == 1
        assert nginx.stored == 1


def test_an_expired_answer_is_renewed_without_its_bytes(application, admin, tmp_path):
    data = make_image(seed=3)
    path = upload(application, admin, data)
    with counted(application, tmp_path, 1) as (nginx, seen):
        until(lambda: nginx.request("GET", path)[2] == data and len(seen) > 1)
        assert f'If-None-Match: "{sha256(data)}"'.encode() in seen[1]
        assert nginx.stored == 1


def test_an_image_made_private_leaves_the_cache_when_its_time_is_over(application, admin, tmp_path):
    path = upload(application, admin, make_image(seed=4))
    with counted(application, tmp_path, 1) as (nginx, _):
        assert nginx.request("GET", path)[0] == 200
        assert nginx.stored == 1
        change = json.dumps({"visibility": "private"}).encode()
        headers = admin | {"Content-Type": "application/json"}
        assert application.request("PATCH", path.removesuffix("/file"), change, headers)[0] == 200

        until(lambda: nginx.request("GET", path)[0] == 404)
        assert nginx.request("GET", path, headers={"If-None-Match": "*"})[0] == 404
        assert nginx.request("GET", path, headers=admin)[1]["cache-control"] == "private, no-cache"
        assert nginx.request("GET", path)[0] == 404


def test_a_private_image_is_never_stored(application, people, tmp_path):
    ada = people["ada"]
    with running_nginx(tmp_path, application.port) as nginx:
        for headers in (ada["session"], ada["token"], ada["token"] | {"Range": "bytes=0-9"}):
            assert nginx.request("GET", file_path(ada["id"]), headers=headers)[0] in (200, 206)
            assert nginx.request("HEAD", file_path(ada["id"]), headers=headers)[0] == 200
            assert nginx.request("GET", file_path(ada["id"]))[0] == 404
        assert nginx.stored == 0


def test_a_copy_with_words_is_no_answer_to_who_asks_for_the_original(application, admin, tmp_path):
    data = make_image(seed=7)
    with running_nginx(tmp_path, application.port) as nginx:
        path = upload(nginx, admin, data, title="The harbour")
        for _ in range(2):
            assert nginx.request("GET", path)[2] == data
            status, headers, copy = nginx.request("GET", f"{path}?metadata=embedded")
            assert (status, headers["cache-control"]) == (200, "private, no-cache")
            assert b"The harbour" in copy
            assert headers["etag"] == f'"{sha256(copy)}"'
            assert nginx.request("HEAD", f"{path}?metadata=embedded")[1]["etag"] == headers["etag"]
            assert nginx.request("GET", f"{path}?metadata=other")[0] == 400
        assert nginx.stored == 1


def test_people_never_see_each_others_answers(front, people):
    """All ask for everything in turn, twice: what one was answered must not be what the next one gets."""
    callers = [
        ("nobody", {}),
        *((name, people[name][kind]) for name in people for kind in ("session", "token")),
    ]
    for caller, proof in callers * 2:
        for owner, image_id in ((name, person["id"]) for name, person in people.items()):
            status = 200 if owner == caller else 404
            answered, headers, body = front.request("GET", file_path(image_id), headers=proof)
            assert answered == status
            assert status == 404 or headers["etag"] == f'"{sha256(body)}"'
            assert front.request("GET", f"/api/v1/images/{image_id}", headers=proof)[0] == status
            listed = front.request("GET", "/api/v1/images", headers=proof)[2].decode()
            assert (image_id in listed) == (owner == caller)

            on_pages = "Cookie" in proof and owner == caller  # a token is for programs
            assert front.request("GET", f"/images/{image_id}", headers=proof)[0] == (200 if on_pages else 404)
            assert (image_id in front.request("GET", "/", headers=proof)[2].decode()) == on_pages


# --- Slow clients ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def poster(front, admin):
    """A private image of more bytes than the sockets on its way could hold."""
    data = make_image("PNG", (2700, 2600), seed=5, compress_level=0)
    assert len(data) > 20e6
    return data, upload(front, admin, data, visibility="private")


def test_an_upload_of_20_mb_comes_back_as_it_was(front, admin, poster):
    data, path = poster
    status, headers, body = front.request("GET", path, headers=admin)
    assert (status, body == data) == (200, True)
    assert headers["content-length"] == str(len(data))


@contextmanager
def stalled(nginx: Nginx, count: int, request: bytes) -> Iterator[list[socket.socket]]:
    """Have `count` clients send `request` and then do nothing."""
    with ExitStack() as on_exit:
        clients = []
        for _ in range(count):
            client = on_exit.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(DEADLINE)
            client.connect(("127.0.0.1", nginx.port))
            client.sendall(request)
            clients.append(client)
        yield clients


def http_text(line: str, headers: dict[str, str]) -> bytes:
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{line} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode()


def test_20_stalled_readers_do_not_delay_a_fast_one(front, admin, poster, photo):
    _, path = poster
    with stalled(front, 20, http_text(f"GET {path}", admin)) as readers:
        for reader in readers:
            assert reader.recv(9, socket.MSG_PEEK) == b"HTTP/1.1 "  # every answer has begun
        status, _, body = front.request("GET", photo[1], headers=admin)
        assert (status, body == photo[0]) == (200, True)
        assert front.request("GET", "/readyz")[0] == 200


def test_slow_uploaders_do_not_reach_the_application(application, admin, tmp_path):
    """As many as one address may have: of each, nothing but the question whether it may upload."""
    body, headers = form(make_image("PNG", (300, 300), seed=6, compress_level=0))
    start = http_text("POST /api/v1/images", admin | headers | {"Content-Length": str(len(body))})
    half = len(body) // 2
    with (
        counted(application, tmp_path, 60) as (nginx, seen),
        stalled(nginx, 8, start + body[:half]) as uploaders,
    ):
        until(lambda: len(seen) == 8)
        assert {piece.split(b" HTTP")[0] for piece in seen} == {b"GET /accounts/may-upload"}
        assert nginx.request("GET", "/readyz")[0] == 200

        uploaders[0].sendall(body[half:])
        assert uploaders[0].recv(12) == b"HTTP/1.1 201"
        assert sum(piece.startswith(b"POST ") for piece in seen) == 1


def test_who_may_not_upload_sends_no_body(front, people):
    """Nobody, one in no group, by token and session, and one whose token is none."""
    head = {"Content-Length": "99999999", "Content-Type": "multipart/form-data; boundary=frontier"}
    ada = people["ada"]
    for proof, status, code in (
        ({}, 401, "not_authenticated"),
        ({"Authorization": "Token 0"}, 401, "not_authenticated"),
        (ada["token"], 403, "permission_denied"),
        (ada["session"], 403, "permission_denied"),
    ):
        got, headers, body = front.request("POST", "/api/v1/images", headers=head | proof)
        assert (got, json.loads(body)["code"]) == (status, code)
        assert headers.get("www-authenticate") == ("Token" if status == 401 else None)
    assert front.request("POST", "/upload", headers=head)[1]["location"] == "/accounts/login?next=/upload"


def test_the_application_itself_refuses_what_is_just_too_large(front, admin):
    """So nginx's limit is above the application's own, and its answer outlives a body it did not read."""
    size = settings.IMAGELIB_MAX_UPLOAD_BYTES + FORM_ALLOWANCE + 1
    _, headers = form(b"")
    status, headers, body = front.request("POST", "/api/v1/images", bytes(size), admin | headers)
    assert (status, json.loads(body)["code"]) == (413, "image_too_large")
    assert "MiB" in json.loads(body)["detail"]
