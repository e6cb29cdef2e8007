"""A disk that fills: uploads are refused while there is still room for all that goes on."""

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from images.http import room
from images.models import Image, Rendition
from storage import get_storage
from tests.clients.api import IMAGES, client_of, form, problem
from tests.clients.iiif import NOT_STORED, url
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

SENTENCE = "The library's disk is nearly full, so it takes no uploads. Whoever runs it has to make room."
GIB = 2**30


@pytest.fixture
def image() -> Image:
    return add_image(make_image(size=(1000, 750)))


@pytest.fixture
def disk(monkeypatch):
    """Return the function that sets what is free, in bytes, on the disk of a folder."""

    def set_free(free: int, folder: Path | None = None, total: int = 100 * GIB) -> None:
        def usage(path):
            return SimpleNamespace(total=total, free=free if folder in (None, Path(path)) else GIB)

        monkeypatch.setattr(shutil, "disk_usage", usage)

    return set_free


def upload(user, seed: int = 1):
    return client_of(user).post(IMAGES, form(seed), format="multipart")


def test_an_upload_is_refused_in_words_when_the_disk_is_nearly_full(contributor, disk):
    disk(room.RESERVE)
    response = upload(contributor)
    assert problem(response) == (503, "busy")
    assert response.json()["detail"] == SENTENCE
    assert int(response["Retry-After"]) == 300
    assert not Image.objects.exists()
    assert list(get_storage().list()) == []


def test_it_is_taken_again_as_soon_as_there_is_room(contributor, disk):
    disk(room.RESERVE - 1)
    assert upload(contributor).status_code == 503
    disk(room.RESERVE + 100_000)
    assert upload(contributor).status_code == 201


@pytest.mark.parametrize("which", ["data", "store", "temporary"])
def test_each_disk_that_an_upload_takes_is_asked(contributor, disk, data_dir, which):
    folder = {"data": data_dir, "store": data_dir / "objects", "temporary": Path(tempfile.gettempdir())}
    disk(1, folder[which])
    assert upload(contributor).status_code == 503


def test_of_a_small_disk_a_twentieth_is_kept(contributor, disk):
    disk(10 * 2**20, total=200 * 2**20)
    assert upload(contributor).status_code == 503
    disk(11 * 2**20, total=200 * 2**20)
    assert upload(contributor).status_code == 201


def test_a_large_body_is_refused_unread(client, contributor, disk, monkeypatch):
    client.force_login(contributor)
    disk(room.RESERVE + 2**20)
    monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", pytest.fail)

    def post(path: str, field: str):
        return client.post(path, {field: SimpleUploadedFile("photo.jpg", make_image() + bytes(2**21))})

    assert problem(post(IMAGES, "file")) == (503, "busy")
    page = post("/upload", "files")
    assert (page.status_code, page["Retry-After"]) == (503, "300")
    assert "nearly full" in page.content.decode()


def test_the_form_says_so_of_each_file(client, contributor, disk):
    client.force_login(contributor)
    disk(0)
    page = client.post("/upload", {"files": [form(1)["file"]], "visibility": "public"}).content.decode()
    assert "nearly full" in page


@pytest.mark.django_db(transaction=True, serialized_rollback=True)  # it works in threads
def test_an_import_stops_and_says_so(tmp_path, disk, monkeypatch):
    monkeypatch.setattr("images.ingest.folders.PAUSES", ())
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/photo.jpg").write_bytes(make_image())
    disk(0)
    with pytest.raises(CommandError, match="nearly full") as stopped:
        call_command("importimages", tmp_path / "photos")
    assert stopped.value.returncode == 2


def test_all_else_goes_on_while_there_is_no_room(client, image, disk):
    assert client.get(url(image, "full/320,240/0/default.jpg")).status_code == 200
    made = Rendition.objects.count()
    disk(0)
    for path in (
        *("/", f"/images/{image.pk}", image.get_file_url(), IMAGES, "/healthz"),
        url(image, "full/320,240/0/default.jpg"),  # stored
        url(image, "full/500,375/0/default.jpg"),  # would be stored if there were room
        url(image, NOT_STORED),
    ):
        assert client.get(path).status_code == 200, path
    assert Rendition.objects.count() == made


def test_it_is_degraded_and_staff_are_told_why(client, disk):
    disk(0)
    assert client.get("/readyz").content == b"degraded"
    client.force_login(make_user("admin", is_staff=True))
    why = b"degraded: The disk of the data folder is nearly full: uploads are refused."
    assert client.get("/readyz").content == why
