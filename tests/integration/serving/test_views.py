"""GET and HEAD /api/v1/images/{id}/file, through Django's own client; the wire is test_wire's."""

import uuid

import pytest
from django.test import Client
from knox.models import AuthToken

from images.catalogue.trash import trash
from storage import get_storage
from storage.errors import CorruptObject, ObjectNotFound, StorageUnavailable
from tests.contracts.storage_disclosure import seen
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db

# With less and more than a mebibyte: sent from memory and as a stream.
SMALL = make_image("PNG", (64, 48))
LARGE = make_image("PNG", (800, 600), compress_level=0)

PUBLIC = "public, max-age=31536000, immutable"


class NoStorage:
    """A backend that must not be asked."""

    def __getattr__(self, name):
        raise AssertionError(f"storage.{name} was called")


@pytest.fixture
def no_storage(monkeypatch):
    return lambda: monkeypatch.setattr("images.models.image.get_storage", NoStorage)


def file_url(image) -> str:
    return f"/api/v1/images/{image.pk}/file"


def body(response) -> bytes:
    return response.getvalue() if response.streaming else response.content


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["in memory", "streamed"])
def test_file_returns_200_with_content(client, data):
    image = add_image(data, filename="photo.png")
    response = client.get(file_url(image))

    assert response.status_code == 200
    assert body(response) == data
    assert response["Content-Type"] == "image/png"
    assert response["Content-Length"] == str(len(data))
    assert response["ETag"] == f'"{sha256(data)}"'
    assert response["Cache-Control"] == PUBLIC
    assert response["X-Accel-Expires"] == "60"
    assert response["Content-Disposition"] == 'inline; filename="photo.png"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert not response.has_header("Location")


def test_the_samples_are_on_both_sides_of_the_threshold():
    assert len(LARGE) > 2**20 > len(SMALL)


@pytest.mark.parametrize("format_", ["JPEG", "MPO", "PNG", "GIF", "WEBP", "AVIF"])
def test_every_format_comes_back_as_it_was_sent(client, format_):
    data = make_image(format_)
    response = client.get(file_url(add_image(data, filename="wrong.name")))
    assert response.content == data
    assert response["Content-Type"] == f"image/{format_.lower().replace('mpo', 'jpeg')}"


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    "known", ["00000000-0000-4000-8000-000000000000", "not-a-uuid", "1", "..%2f", "0" * 64]
)
def test_file_unknown_id_returns_404(client, method, known):
    response = getattr(client, method)(f"/api/v1/images/{known}/file")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert response["Vary"] == "Cookie, Authorization"
    assert not response.has_header("ETag")
    if method == "get":
        assert response.json() == {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "Not found.",
            "code": "not_found",
        }


def test_hidden_and_trashed_images_answer_like_absent_ones(client, contributor):
    hidden = add_image(visibility="private", uploaded_by=contributor)
    trashed = add_image(make_image(seed=2))
    trash(trashed)
    absent = client.get(f"/api/v1/images/{uuid.uuid4()}/file")
    for image in (hidden, trashed):
        response = client.get(file_url(image), headers={"If-None-Match": f'"{image.hash}"'})
        assert response.status_code == 404
        assert response.content == absent.content
        assert dict(response.items()) == dict(absent.items())


@pytest.mark.parametrize("failure", [StorageUnavailable, ObjectNotFound, CorruptObject])
@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["in memory", "streamed"])
def test_storage_failure_is_a_clean_500(client, monkeypatch, failure, data):
    image = add_image(data)

    def fails(*args):
        raise failure("https://seaweedfs:8333/private-bucket is gone")

    monkeypatch.setattr(type(get_storage()), "get", fails)
    monkeypatch.setattr(type(get_storage()), "open", fails)
    response = client.get(file_url(image))
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert not response.has_header("ETag")
    assert response.json()["code"] == "storage_error"
    assert b"8333" not in response.content
    assert b"bucket" not in response.content


@pytest.mark.parametrize("method", ["get", "head"])
def test_file_response_exposes_no_storage_details(client, viewer, secrets, method):
    """With the storage up, down and misconfigured: tests.contracts.storage_disclosure has the states."""
    images, words = secrets
    client.force_login(viewer)
    for image in images.values():
        for headers in ({}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}, {"If-Match": '"other"'}):
            response = getattr(client, method)(file_url(image), headers=headers)
            said = seen(response).lower()
            assert not [word for word in words if word.lower() in said], said[:2000]
            assert not response.has_header("Location")


class TestPublicImage:
    @pytest.mark.parametrize("cookie", ["junk", "real"])
    def test_it_touches_no_session(self, client, viewer, cookie):
        image = add_image()
        if cookie == "real":
            client.force_login(viewer)
        else:
            client.cookies["sessionid"] = "junk"
        response = client.get(file_url(image))
        assert response["Cache-Control"] == PUBLIC
        assert not response.has_header("Vary")
        assert not response.has_header("Set-Cookie")
        assert not response.cookies

    def test_it_costs_one_query(self, client, django_assert_num_queries):
        image = add_image()
        with django_assert_num_queries(1):
            client.get(file_url(image))

    def test_a_junk_token_does_not_matter(self, client):
        image = add_image()
        response = client.get(file_url(image), headers={"Authorization": "Token junk"})
        assert response.status_code == 200


class TestPrivateImage:
    def test_it_is_served_to_its_viewers_only(self, client, viewer):
        data = make_image()
        image = add_image(data, visibility="private")
        assert client.get(file_url(image)).status_code == 404

        client.force_login(viewer)
        response = client.get(file_url(image))
        assert response.content == data
        assert response["Cache-Control"] == "private, no-cache"
        assert {name.strip() for name in response["Vary"].split(",")} == {"Cookie", "Authorization"}
        assert not response.has_header("X-Accel-Expires")

    def test_a_token_opens_it(self, client, viewer):
        image = add_image(visibility="private")
        _, token = AuthToken.objects.create(viewer)
        assert client.get(file_url(image), headers={"Authorization": f"Token {token}"}).status_code == 200

    @pytest.mark.parametrize("token", ["Token", "Token a b", "Token junk", "Token \xff\xfe"])
    def test_a_bad_token_is_a_401(self, client, token):
        image = add_image(visibility="private")
        response = client.get(file_url(image), HTTP_AUTHORIZATION=token)
        assert response.status_code == 401
        assert response["WWW-Authenticate"] == "Token"
        assert response.json()["code"] == "not_authenticated"


class TestConditional:
    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
    def test_if_none_match_is_a_304_without_storage(self, client, no_storage, method, tag):
        image = add_image()
        no_storage()
        response = getattr(client, method)(file_url(image), headers={"If-None-Match": tag.format(image.hash)})
        assert response.status_code == 304
        assert "Content-Type" not in response
        assert response["ETag"] == f'"{image.hash}"'
        assert response["Cache-Control"] == PUBLIC

    def test_another_tag_gets_the_bytes(self, client):
        image = add_image()
        assert client.get(file_url(image), headers={"If-None-Match": '"other"'}).status_code == 200

    def test_head_describes_the_bytes_without_storage(self, client, no_storage):
        image = add_image()
        whole = client.get(file_url(image))
        no_storage()
        response = client.head(file_url(image))
        assert response.status_code == 200
        assert response.content == b""
        assert dict(response.items()) == dict(whole.items())

    def test_a_304_of_a_private_image_stays_private(self, client, viewer):
        image = add_image(visibility="private")
        client.force_login(viewer)
        response = client.get(file_url(image), headers={"If-None-Match": f'"{image.hash}"'})
        assert (response.status_code, response["Cache-Control"]) == (304, "private, no-cache")

    def test_if_match_of_another_version_is_a_412(self, client):
        response = client.get(file_url(add_image()), headers={"If-Match": '"other"'})
        assert response.status_code == 412
        assert response.json()["code"] == "precondition_failed"
        assert not response.has_header("ETag")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_other_methods_are_a_405_that_says_what_works(method):
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(file_url(add_image()))
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, OPTIONS"
    assert response.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("filename", "disposition"),
    [
        ('say "cheese".jpg', 'inline; filename="say \\"cheese\\".jpg"'),
        ("Straße.jpg", "inline; filename*=utf-8''Stra%C3%9Fe.jpg"),
        ("a\r\nX-Evil: 1.jpg", 'inline; filename="aX-Evil: 1.jpg"'),
    ],
)
def test_filenames_are_safe_in_the_header(client, filename, disposition):
    image = add_image(filename=filename)
    assert client.get(file_url(image))["Content-Disposition"] == disposition
