"""A cluster's library on a new machine: from a dump and the bucket, and from the bucket alone."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.factories import make_image
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import Application
from tests.servers.pair import LIBRARY
from tests.servers.postgresql import Server, run, temporary_postgresql

pytestmark = [pytest.mark.any_database, pytest.mark.drill, pytest.mark.long]

IMAGES = 20
PLACE = ("PORT", "IMAGELIB_DATA_DIR")  # of a server, and not another's


@pytest.fixture(scope="module")
def token(cluster) -> dict[str, str]:
    made = cluster.servers[0].manage("createtoken", "admin").stdout
    return {"Authorization": f"Token {made.split()[-1]}"}


@pytest.fixture(scope="module")
def upload(cluster, token) -> Callable[[int], tuple[str, bytes]]:
    def upload(seed: int) -> tuple[str, bytes]:
        data = make_image("PNG", (300, 200), seed=seed)
        status, _, answer = cluster.nginx.request(
            "POST", "/api/v1/images", multipart(f"{seed}.png", data), token | MULTIPART
        )
        assert status == 201, answer
        return json.loads(answer)["id"], data

    return upload


@pytest.fixture(scope="module")
def before(upload) -> dict[str, bytes]:
    """The images that the dump and the newest backup know."""
    return dict(upload(seed) for seed in range(IMAGES))


@pytest.fixture(scope="module")
def dump(cluster, before, folder) -> Iterator[Path]:
    """A dump as the guide has it: the database first, then the catalogue into the bucket."""
    primary = cluster.pair.primary
    path = primary.folder / "library.dump"
    run("pg_dump", "--format=custom", f"--file={path}", f"{primary.server.url}/{LIBRARY}")
    assert cluster.servers[0].manage("backuplibrary").returncode == 0
    return path


@pytest.fixture(scope="module")
def after(upload, dump) -> dict[str, bytes]:
    """The images that came after both."""
    return dict(upload(seed) for seed in range(IMAGES, IMAGES + 5))


@pytest.fixture
def machine() -> Iterator[Server]:
    with temporary_postgresql() as server:
        yield server


@contextmanager
def serving(cluster, url: str, folder: Path, *commands: list[str]) -> Iterator[Application]:
    """Have a server with a new data folder on this database and the cluster's bucket, after `commands`."""
    environment = {**cluster.servers[0].environment, "DATABASE_URL": url}
    new = Application(folder, **{name: environment[name] for name in environment if name not in PLACE})
    for command in commands:
        done = new.manage(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    new.start()
    try:
        yield new
    finally:
        new.stop()


def sign_in(application: Application, password: str) -> int:
    form = urlencode({"username": "admin", "password": password}).encode()
    _, headers, body = application.request("GET", "/accounts/login")
    cookie = headers["set-cookie"].partition(";")[0]
    form += b"&csrfmiddlewaretoken=" + body.partition(b'csrfmiddlewaretoken" value="')[2][:64]
    said = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    return application.request("POST", "/accounts/login", form, said)[0]


def assert_whole(application: Application, images: dict[str, bytes], token: dict[str, str]) -> None:
    for image, data in images.items():
        assert application.request("GET", f"/api/v1/images/{image}/file", headers=token)[::2] == (200, data)
    said = application.manage("verifystorage", "--json").stdout.splitlines()[-1]
    assert json.loads(said)["summary"]["problems"].keys() <= {"orphaned"}  # renditions of who is private now


def count(application: Application) -> int:
    ask = "from images.models import Image; print(Image.objects.count())"
    return int(application.manage("shell", "-v0", "-c", ask).stdout)


def test_from_a_dump_and_the_bucket(cluster, machine, tmp_path, token, before, dump, after):
    url = machine.database("imagelib")
    run("pg_restore", "--no-owner", f"--dbname={url}", str(dump))
    with serving(cluster, url, tmp_path / "new", ["migrate"], ["restorelibrary", "--merge"]) as new:
        assert_whole(new, before, token)  # with the token of before, which the dump knows
        assert sign_in(new, cluster.plan.secrets["admin"]) == 302
        assert count(new) == len(before | after)  # what came later is private, under new ids
        for image in before:
            assert new.request("GET", f"/api/v1/images/{image}/file")[0] == 200


def test_from_the_bucket_alone(cluster, machine, tmp_path, before, after):
    url = machine.database("imagelib")
    with serving(cluster, url, tmp_path / "new", ["migrate"], ["restorelibrary", "--verify"]) as new:
        made = new.manage("createtoken", "admin").stdout
        token = {"Authorization": f"Token {made.split()[-1]}"}
        assert_whole(new, before, token)
        assert count(new) == len(before | after)
        assert sign_in(new, cluster.plan.secrets["admin"]) == 200  # passwords are in no backup of the bucket
