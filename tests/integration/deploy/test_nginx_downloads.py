"""Downloads through the nginx that ships: whole, made for each, and cut where the application cuts them."""

import http.client
import io
import json
import zipfile

import pytest

from tests.factories import noise, sha256
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import Application, running
from tests.servers.nginx import running_nginx

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

FILES = [noise((400 + number, 400)) for number in range(3)]
ADDRESS = "/api/v1/download"


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloads")
    with running(Application(folder / "library", IMAGELIB_TRUSTED_PROXIES="1")) as application:
        yield application


@pytest.fixture(scope="module")
def token(application) -> dict[str, str]:
    return {"Authorization": f"Token {application.manage('createtoken', 'admin').stdout.split()[-1]}"}


@pytest.fixture(scope="module")
def front(application, token, tmp_path_factory):
    for data in FILES:
        body = multipart("noise.png", data)
        assert application.request("POST", "/api/v1/images", body, token | MULTIPART)[0] == 201
    with running_nginx(tmp_path_factory.mktemp("front"), application.port) as nginx:
        yield nginx


def names_in(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return [name.rpartition("/")[2] for name in archive.namelist() if "/data/" in name]


def test_it_is_whole_and_each_gets_their_own(application, front, token):
    status, headers, body = front.request("GET", ADDRESS)
    assert (status, headers["content-length"]) == (200, str(len(body)))
    assert names_in(body) == ["noise.png", "noise (2).png", "noise (3).png"]
    newest = json.loads(application.request("GET", "/api/v1/images")[2])["results"][0]["id"]
    hidden = json.dumps({"visibility": "private"}).encode()
    answer = application.request(
        "PATCH", f"/api/v1/images/{newest}", hidden, token | {"Content-Type": "application/json"}
    )
    assert answer[0] == 200
    assert len(names_in(front.request("GET", ADDRESS)[2])) == 2  # at once: no cache keeps it
    assert len(names_in(front.request("GET", ADDRESS, headers=token)[2])) == 3
    head = front.request("HEAD", ADDRESS, headers=token)
    assert (head[0], head[2]) == (200, b"")


def test_a_selection_goes_through(application, front, token):
    ids = [one["id"] for one in json.loads(application.request("GET", "/api/v1/images")[2])["results"]]
    body = json.dumps({"images": ids[:1] * 9_000 + ids[:1]}).encode()
    status, _, answer = front.request("POST", ADDRESS, body, token | {"Content-Type": "application/json"})
    assert (status, len(names_in(answer))) == (200, 1)


def test_what_the_application_cuts_arrives_cut(application, front, token):
    for path in application.data_dir.rglob(sha256(FILES[0])):
        path.unlink()
    client = http.client.HTTPConnection("127.0.0.1", front.port, timeout=30)
    client.request("GET", ADDRESS, headers=token)
    response = client.getresponse()
    assert response.status == 200
    with pytest.raises(http.client.IncompleteRead):
        response.read()
    client.close()
