"""What the library is for, with nothing simulated: processes, sockets and a real S3-compatible store."""

import json
import subprocess
from contextlib import ExitStack

import pytest

from tests.factories import make_image, sha256
from tests.servers.application import Application, fresh_database, running
from tests.servers.machine import find_program, need
from tests.servers.seaweedfs import start_seaweedfs

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

PHOTOS = (make_image("JPEG"), make_image("PNG", (1200, 900), compress_level=0))  # sent whole, and streamed


class Folder:
    """The embedded default: nothing to start, nothing to configure."""

    environment = {"IMAGELIB_STORAGE": "local"}

    def restart(self) -> None:
        pass


class Bucket:
    """A SeaweedFS of its own, because the test restarts it. Its bucket is there; quickstart finds it."""

    def __init__(self, directory, on_exit: ExitStack):
        need("weed (SeaweedFS)", find_program("weed"), "the whole journey on a real S3-compatible server")
        self.server = start_seaweedfs(directory, "journey", "JOURNEYKEYID", "journey-secret-key")
        on_exit.callback(self.server.stop)
        self.environment = {
            "IMAGELIB_STORAGE": "s3",
            "IMAGELIB_S3_BUCKET_NAME": "journey",
            "IMAGELIB_S3_ENDPOINT_URL": self.server.endpoint_url,
            "AWS_ACCESS_KEY_ID": "JOURNEYKEYID",
            "AWS_SECRET_ACCESS_KEY": "journey-secret-key",
        }

    def restart(self) -> None:
        self.server.stop()
        self.server.start()


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    with ExitStack() as on_exit:
        if request.param == "folder":
            yield Folder()
        else:
            directory = tmp_path / "weed"
            directory.mkdir()
            yield Bucket(directory, on_exit)


@pytest.fixture
def application(store, tmp_path, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        fresh_database(tmp_path / "library") as database_url,
        running(
            Application(tmp_path / "library", DATABASE_URL=database_url, **store.environment)
        ) as application,
    ):
        yield application


def curl(*arguments: str) -> bytes:
    """Return what curl prints."""
    program = find_program("curl")
    need("curl", program, "the journey as the README writes it")
    return subprocess.run([program, "-sS", *arguments], check=True, capture_output=True, timeout=60).stdout


def test_uploaded_images_are_the_same_after_everything_was_restarted(application, store, tmp_path):
    token = application.manage("createtoken", "admin").stdout.split()[-1]
    before = {}
    for photo in PHOTOS:
        (tmp_path / "photo.jpg").write_bytes(photo)
        uploaded = json.loads(
            curl(
                *("-H", f"Authorization: Token {token}"),
                *("-F", f"file=@{tmp_path / 'photo.jpg'}", "-F", "title=A photograph"),
                f"{application.url}/api/v1/images",
            )
        )
        newest, *_ = json.loads(curl(f"{application.url}/api/v1/images"))["results"]
        assert newest["id"] == uploaded["id"]
        assert uploaded["hash"] == uploaded["storage_key"] == sha256(photo)
        path = f"/api/v1/images/{uploaded['id']}/file"
        before[path] = photo, application.request("GET", path)

    application.stop()
    store.restart()
    application.start()

    for path, (photo, answer) in before.items():
        after = application.request("GET", path)
        assert answer[0] == after[0] == 200
        assert answer[2] == after[2] == photo
        assert curl(application.url + path) == photo
        assert after[1]["etag"] == f'"{sha256(photo)}"'
        assert after[1]["content-length"] == str(len(photo))
    assert application.request("GET", "/readyz")[0] == 200
