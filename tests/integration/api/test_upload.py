"""POST /api/v1/images."""

import logging
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from images.catalogue.album_curation import create
from images.models import AlbumEntry, Image
from storage import get_storage
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, make_user, sha256

pytestmark = pytest.mark.django_db


def upload(user, data: bytes | None = None, name: str = "photo.jpg", **fields):
    file = SimpleUploadedFile(name, make_image() if data is None else data)
    return client_of(user).post(IMAGES, {"file": file, **fields}, format="multipart")


def test_it_goes_into_an_album_that_the_caller_may_change(contributor, editor):
    album = create(contributor, "Summer in Porto")
    for seed, name in enumerate((str(album.pk), "summer-in-porto", "Summer in Porto")):
        answer = upload(contributor, make_image(seed=seed), album=name)
        assert answer.status_code == 201
        assert answer.json()["albums"] == [{"id": str(album.pk), "slug": album.slug, "title": album.title}]
        assert "notice" not in answer.json()
    other = create(editor, "Autumn", visibility="public")
    for name in (str(other.pk), "autumn", "winter", "x" * 601):
        answer = upload(contributor, make_image(seed=9), album=name)
        assert (problem(answer), list(answer.json()["errors"])) == ((400, "validation_error"), ["album"])
    assert Image.objects.count() == AlbumEntry.objects.count() == 3


def test_a_known_image_is_filed_and_a_full_album_is_told_of(contributor, monkeypatch):
    album = create(contributor, "Summer")
    image = add_image(make_image(seed=1))
    answer = upload(contributor, make_image(seed=1), album="summer")
    assert (answer.status_code, answer.json()["id"], len(answer.json()["albums"])) == (200, str(image.pk), 1)
    monkeypatch.setattr("images.catalogue.album_entries.MOST", 1)
    answer = upload(contributor, make_image(seed=2), album=str(album.pk))
    assert (answer.status_code, answer.json()["albums"]) == (201, [])
    assert answer.json()["notice"] == "It is not in the album. An album has at most 1 images."


def test_a_new_image_answers_201_with_all_that_is_known_of_it(contributor):
    data = make_image("PNG", (30, 20))
    response = upload(
        contributor,
        data,
        name="Étretat.png",
        sha256=sha256(data).upper(),
        title="The cliff",
        description="At noon",
        alt_text="A white cliff",
        visibility="private",
    )
    assert response.status_code == 201
    image = Image.objects.get()
    created_at, updated_at = (
        moment.isoformat().replace("+00:00", "Z") for moment in (image.created_at, image.updated_at)
    )
    assert response.json() == {
        "id": str(image.pk),
        "hash": sha256(data),
        "storage_key": sha256(data),
        "mime_type": "image/png",
        "size": len(data),
        "width": 30,
        "height": 20,
        "frames": 1,
        "filename": "Étretat.png",
        "taken_at": None,
        "taken_offset": None,
        "taken_day": None,
        "taken_from": "",
        "metadata": image.metadata,
        "has_location": False,
        "source_hash": None,
        "derived_from": None,
        "placeholder": image.placeholder,
        "title": "The cliff",
        "description": "At noon",
        "alt_text": "A white cliff",
        "decorative": False,
        "author": "",
        "credit": "",
        "copyright": "",
        "licence": "",
        "source_url": "",
        "tags": [],
        "keywords": [],
        "albums": [],
        "visibility": "private",
        "uploaded_by": "contributor",
        "created_at": created_at,
        "updated_at": updated_at,
        "deleted_at": None,
        "file_url": f"http://testserver/api/v1/images/{image.pk}/file",
        "iiif_url": f"http://testserver/iiif/3/{image.pk}",
        "may_edit": True,
        "is_favourite": False,
    }
    assert response["Location"] == f"/api/v1/images/{image.pk}"
    assert get_storage().get(sha256(data)) == data


@pytest.mark.parametrize("default", ["public", "private"])
def test_visibility_is_the_default_when_not_said(contributor, settings, default):
    settings.IMAGELIB_DEFAULT_VISIBILITY = default
    assert upload(contributor).json()["visibility"] == default
    assert upload(contributor, make_image(seed=1), visibility="").json()["visibility"] == default


def test_file_url_is_at_the_public_origin(contributor, settings):
    settings.IMAGELIB_PUBLIC_URL = urlsplit("https://images.example.org")
    image = upload(contributor).json()
    assert image["file_url"] == f"https://images.example.org/api/v1/images/{image['id']}/file"


def test_known_bytes_answer_200_with_the_image_as_it_is(contributor, editor):
    image = add_image(uploaded_by=editor, title="First")
    response = upload(contributor, title="Second", visibility="private")
    assert response.status_code == 200
    assert (response.json()["id"], response.json()["title"]) == (str(image.pk), "First")
    assert response.json()["visibility"] == "public"
    assert "Location" not in response


def test_known_bytes_in_anothers_trash_answer_409(contributor, editor):
    image = add_image(uploaded_by=editor)
    client_of(editor).delete(f"{IMAGES}/{image.pk}")
    assert problem(upload(contributor)) == (409, "in_trash")
    assert upload(editor).status_code == 200


def test_known_bytes_come_back_from_the_trash_with_the_stricter_visibility(editor):
    image = add_image(uploaded_by=editor)
    client_of(editor).delete(f"{IMAGES}/{image.pk}")
    assert upload(editor, visibility="private").json()["visibility"] == "private"
    assert client_of().get(f"{IMAGES}/{image.pk}").status_code == 404


def test_anonymous_answers_401_before_the_body_is_parsed():
    with patch("rest_framework.parsers.MultiPartParser.parse") as parse:
        response = upload(None)
    assert problem(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Token"
    assert not parse.called


@pytest.mark.parametrize("groups", [[], ["Viewers"]])
def test_one_who_may_not_upload_gets_403_before_the_body_is_parsed(db, groups):
    user = make_user("someone", *groups)
    with patch("rest_framework.parsers.MultiPartParser.parse") as parse:
        assert problem(upload(user)) == (403, "permission_denied")
    assert not parse.called


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "file"),
        ({"file": "text"}, "file"),
        ({"file": SimpleUploadedFile("empty.jpg", b"")}, "file"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "sha256": "abc"}, "sha256"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "visibility": "secret"}, "visibility"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "title": "x" * 201}, "title"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "alt_text": "x" * 1001}, "alt_text"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "description": "x" * 10_001}, "description"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "title": "a\0b"}, "title"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "visiblity": "private"}, "visiblity"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "hash": "0" * 64}, "hash"),
        ({"file": [SimpleUploadedFile("a.jpg", make_image(seed=seed)) for seed in range(90)]}, "file"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "title": ["One", "Another"]}, "title"),
        ({"file": SimpleUploadedFile("a.jpg", b"x"), "visibility": ["private", "public"]}, "visibility"),
    ],
)
def test_a_bad_field_answers_400_and_names_it(contributor, fields, field):
    response = client_of(contributor).post(IMAGES, fields, format="multipart")
    assert problem(response) == (400, "validation_error")
    assert list(response.json()["errors"]) == [field]
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"%PDF-1.7 not an image", 415, "unsupported_format"),
        (make_image("BMP"), 415, "unsupported_format"),
        (make_image("PNG")[:-40], 422, "invalid_image"),
    ],
)
def test_what_is_no_good_image_is_refused(contributor, data, status, code):
    assert problem(upload(contributor, data)) == (status, code)
    assert not Image.objects.exists()


def test_too_many_bytes_answer_413(contributor, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 100
    response = upload(contributor)
    assert problem(response) == (413, "image_too_large")
    assert "larger than" in response.json()["detail"]


def test_a_digest_of_other_bytes_answers_400(contributor):
    assert problem(upload(contributor, sha256="0" * 64)) == (400, "digest_mismatch")
    assert not Image.objects.exists()


@pytest.mark.parametrize("content_type", ["image/jpeg", "text/plain"])
def test_a_body_that_is_neither_form_nor_json_answers_415(contributor, content_type):
    response = client_of(contributor).generic("POST", IMAGES, b"{}", content_type=content_type)
    assert problem(response) == (415, "unsupported_format")


def test_a_broken_form_answers_400(contributor):
    response = client_of(contributor).generic("POST", IMAGES, b"--x", content_type="multipart/form-data")
    assert problem(response) == (400, "validation_error")


def test_a_form_with_too_much_text_answers_400(contributor):
    response = upload(contributor, description="x" * 2**21)
    assert problem(response) == (400, "validation_error")


def test_a_storage_failure_answers_500_says_nothing_of_it_and_leaves_no_row(contributor, monkeypatch, caplog):
    def put(self, *args):
        raise StorageUnavailable("secret-bucket at secret-host")

    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(LocalStorageBackend, "put", put)
    response = upload(contributor)
    assert problem(response) == (500, "storage_error")
    assert b"secret" not in response.content
    assert not Image.objects.exists()
