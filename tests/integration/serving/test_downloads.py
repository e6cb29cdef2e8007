"""GET and POST /api/v1/download, GET /api/v1/albums/{id}/download: many originals in one archive."""

import io
import json
import zipfile
from uuid import uuid4

import bagit
import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.trash import trash
from images.concurrency.turns import Turns
from images.models import Image
from images.serving import archives, downloads
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import problem, token_of
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

DOWNLOAD = "/api/v1/download"


@pytest.fixture(autouse=True)
def turns(monkeypatch):
    """Let no test have the turns of another that failed."""
    monkeypatch.setattr(archives, "turns", Turns(archives.AT_ONCE))
    monkeypatch.setattr(archives, "turns_of_strangers", Turns(archives.OF_STRANGERS))


@pytest.fixture
def clara():
    return make_user("clara", "Contributors")


@pytest.fixture
def images() -> dict[str, Image]:
    """Three public ones and a private one, all of one file name."""
    added = {
        name: add_image(make_image(seed=ord(name)), filename="photo.jpg", title=title, visibility="public")
        for name, title in {"A": "anchor", "B": "beacon", "C": "cliff"}.items()
    }
    hidden = add_image(make_image(seed=9), filename="secret.jpg", title="hidden", visibility="private")
    return added | {"hidden": hidden}


def unpacked(response, folder) -> bagit.Bag:
    """Return what an archive has, which is a valid bag and as long as was said."""
    assert response.status_code == 200, response.content
    data = b"".join(response)  # which closes it
    assert response["Content-Length"] == str(len(data))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    (only,) = folder.iterdir()
    bag = bagit.Bag(str(only))
    bag.validate()
    return bag


def hashes(bag: bagit.Bag) -> list[str]:
    return sorted(entry["sha256"] for entry in bag.payload_entries().values())


def of(*images: Image) -> list[str]:
    return sorted(image.hash for image in images)


def album_of(user, *images: Image, **words):
    album = create(user, title="Low tide", **words)
    file(user, album, [image.pk for image in images])
    return album


def test_a_search_is_a_valid_bag_of_what_the_person_sees(client, images, tmp_path):
    response = client.get(DOWNLOAD, {"search": "anchor OR beacon OR cliff OR hidden"})
    bag = unpacked(response, tmp_path)
    assert hashes(bag) == of(images["A"], images["B"], images["C"])
    assert sorted(bag.payload_entries()) == ["data/photo (2).jpg", "data/photo (3).jpg", "data/photo.jpg"]
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"].startswith('attachment; filename="images-')
    assert response["Cache-Control"] == "no-store"
    assert {name.strip() for name in response["Vary"].split(",")} >= {"Cookie", "Authorization"}
    assert "Location" not in response
    assert "Set-Cookie" not in response


def test_the_filters_of_the_list_are_those_of_the_download(client, images, tmp_path):
    response = client.get(DOWNLOAD, {"hash": images["B"].hash})
    assert hashes(unpacked(response, tmp_path)) == of(images["B"])


def test_who_sees_more_gets_more_by_session_and_by_token(client, images, clara, tmp_path):
    client.force_login(clara)
    assert len(hashes(unpacked(client.get(DOWNLOAD), tmp_path / "session"))) == 4
    response = Client().get(DOWNLOAD, headers=token_of(clara))
    assert len(hashes(unpacked(response, tmp_path / "token"))) == 4


def test_an_album_is_named_after_it_and_in_its_order(client, images, clara, tmp_path):
    album = album_of(clara, images["B"], images["hidden"], images["A"], visibility="public")
    response = client.get(f"/api/v1/albums/{album.pk}/download")
    assert response["Content-Disposition"] == 'attachment; filename="Low tide.zip"'
    bag = unpacked(response, tmp_path)
    assert bag.info["External-Description"] == "Low tide"
    assert hashes(bag) == of(images["A"], images["B"])
    assert bag.payload_entries()["data/photo.jpg"]["sha256"] == images["B"].hash


def test_an_album_that_fills_itself(client, images, clara, tmp_path):
    album = create(clara, title="All of it", search="anchor OR hidden", visibility="public")
    bag = unpacked(client.get(f"/api/v1/albums/{album.pk}/download"), tmp_path)
    assert hashes(bag) == of(images["A"])


def test_an_album_that_one_does_not_see_is_none(client, images, clara):
    album = album_of(clara, images["A"], visibility="private")
    assert problem(client.get(f"/api/v1/albums/{album.pk}/download")) == (404, "not_found")
    assert problem(client.get(f"/api/v1/albums/{uuid4()}/download")) == (404, "not_found")


def test_a_selection_by_a_form_or_in_json(client, images, clara, tmp_path):
    ids = [images["C"].pk, images["hidden"].pk, uuid4()]
    bag = unpacked(client.post(DOWNLOAD, {"images": ids, "action": "download"}), tmp_path / "form")
    assert hashes(bag) == of(images["C"])
    body = json.dumps({"images": [str(pk) for pk in ids]})
    response = client.post(DOWNLOAD, body, "application/json", headers=token_of(clara))
    assert hashes(unpacked(response, tmp_path / "json")) == of(images["C"], images["hidden"])


def test_of_a_form_all_that_match_are_what_its_address_asks_for(client, images, clara, tmp_path):
    client.force_login(clara)
    response = client.post(f"{DOWNLOAD}?search=anchor", {"images": [images["C"].pk], "every": "1"})
    assert hashes(unpacked(response, tmp_path / "search")) == of(images["A"])
    album = album_of(clara, images["B"])
    response = client.post(f"/api/v1/albums/{album.pk}/download", {"every": "1"})
    assert hashes(unpacked(response, tmp_path / "album")) == of(images["B"])


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("{", "application/json"),
        ("[]", "application/json"),
        ('{"images": "x"}', "application/json"),
        ('{"images": ["x"]}', "application/json"),
        ('{"images": []}', "application/json"),
        ("images=x", "application/x-www-form-urlencoded"),
        ("", "application/x-www-form-urlencoded"),
    ],
)
def test_what_names_no_images_is_refused(client, images, body, kind):
    assert problem(client.post(DOWNLOAD, body, kind)) == (400, "validation_error")


def test_a_head_tells_the_length_and_opens_nothing(client, images, monkeypatch):
    length = str(len(b"".join(client.get(DOWNLOAD))))
    monkeypatch.setattr(get_storage(), "open_once", None)
    response = client.head(DOWNLOAD)
    assert (response.status_code, response["Content-Length"], response.content) == (200, length, b"")


def test_nothing_to_download_is_said(client, images, clara):
    answer = client.get(DOWNLOAD, {"search": "nowhere"})
    assert problem(answer) == (400, "validation_error")
    album = create(clara, title="Empty", visibility="public")
    assert problem(client.get(f"/api/v1/albums/{album.pk}/download")) == (400, "validation_error")


def test_a_search_that_is_none_is_refused_with_its_place(client, images):
    answer = client.get(DOWNLOAD, {"search": "a AND (b", "type": "never"})
    assert problem(answer) == (400, "validation_error")
    assert answer.json()["offset"] == client.get("/api/v1/images", {"search": "a AND (b"}).json()["offset"]
    assert answer.json()["errors"].keys() == {"search", "type"}


def test_what_is_in_the_trash_stays_there(client, images, clara, tmp_path):
    trash(images["A"])
    client.force_login(make_user("eve", "Editors"))
    assert problem(client.get(DOWNLOAD, {"search": "is:trashed"})) == (400, "validation_error")
    assert problem(client.get(DOWNLOAD, {"trashed": "1"})) == (400, "validation_error")
    response = client.post(DOWNLOAD, {"images": [images["A"].pk, images["B"].pk]})
    assert hashes(unpacked(response, tmp_path)) == of(images["B"])


def test_more_than_can_be_is_refused(client, images, clara, monkeypatch):
    for module in (archives, downloads):
        monkeypatch.setattr(module, "MOST", 2)
    answer = client.get(DOWNLOAD)
    assert problem(answer) == (400, "validation_error")
    assert "2" in answer.json()["detail"]
    album = album_of(clara, images["A"], images["B"], images["C"], visibility="public")
    assert problem(client.get(f"/api/v1/albums/{album.pk}/download")) == (400, "validation_error")
    monkeypatch.setattr(downloads, "MOST_NAMED", 1)
    ids = [images["A"].pk, images["B"].pk]
    assert problem(client.post(DOWNLOAD, {"images": ids})) == (400, "validation_error")


def test_more_rows_may_be_looked_at_than_for_a_page(client, images, monkeypatch, tmp_path):
    for module in ("lists", "texts", "sources"):
        monkeypatch.setattr(f"images.catalogue.{module}.WINDOW", 1, raising=False)
        monkeypatch.setattr(f"images.catalogue.{module}.FEW", 1, raising=False)
    bag = unpacked(client.get(DOWNLOAD, {"search": "-beacon"}), tmp_path)
    assert hashes(bag) == of(images["A"], images["C"])


@pytest.mark.django_db(transaction=True)
def test_two_at_once_then_it_is_busy_until_one_is_over(client, images, clara):
    client.force_login(clara)
    first, second = client.get(DOWNLOAD), client.get(DOWNLOAD)
    answer = client.get(DOWNLOAD)
    assert problem(answer) == (503, "busy")
    assert int(answer["Retry-After"]) > 0
    first.close()  # before its first byte
    third = client.get(DOWNLOAD)
    assert third.status_code == 200
    next(iter(second))
    second.close()  # in the middle
    b"".join(third)
    again = client.get(DOWNLOAD), client.get(DOWNLOAD)
    assert [response.status_code for response in again] == [200, 200]
    for response in again:
        response.close()


@pytest.mark.django_db(transaction=True)
def test_strangers_leave_one_to_people(client, images, clara):
    first = client.get(DOWNLOAD)
    assert problem(client.get(DOWNLOAD)) == (503, "busy")
    second = client.get(DOWNLOAD, headers=token_of(clara))
    assert (first.status_code, second.status_code) == (200, 200)
    for response in (first, second):
        response.close()


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_holds_no_turn(client, images):
    for _ in range(3):
        assert client.get(DOWNLOAD, {"search": "nowhere"}).status_code == 400
        assert client.head(DOWNLOAD).status_code == 200


def test_a_store_that_is_down_is_said_before_the_first_byte(client, images, monkeypatch):
    def down(key):
        raise StorageUnavailable("http://seaweedfs:8333 is down")

    monkeypatch.setattr(get_storage(), "open_once", down)
    for _ in range(3):  # and no turn is lost
        answer = client.get(DOWNLOAD)
        assert problem(answer) == (500, "storage_error")
        assert "seaweedfs" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_store_that_fails_midway_ends_it_short(client, images, monkeypatch, caplog):
    storage, opened = get_storage(), []
    real = storage.open_once

    def failing(key):
        opened.append(key)
        if len(opened) == 3:
            raise StorageUnavailable("The store cannot be used now.")
        return real(key)

    monkeypatch.setattr(storage, "open_once", failing)
    response, arrived = client.get(DOWNLOAD), io.BytesIO()
    with pytest.raises(StorageUnavailable):
        arrived.writelines(response)
    response.close()
    assert arrived.tell() < int(response["Content-Length"])
    assert "download" in caplog.text
    monkeypatch.undo()
    response = client.get(DOWNLOAD)
    assert response.status_code == 200
    response.close()


def test_people_are_told_in_a_page_what_programs_read_as_json(client, images, monkeypatch):
    page = client.get(DOWNLOAD, {"search": "nowhere"}, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 400
    assert page["Content-Type"].startswith("text/html")
    assert "no images to download" in page.content.decode()


def test_other_methods_are_refused(client):
    answer = client.put(DOWNLOAD)
    assert problem(answer) == (405, "method_not_allowed")
    assert answer["Allow"] == "GET, HEAD, POST, OPTIONS"
