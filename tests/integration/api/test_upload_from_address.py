"""POST /api/v1/images with `url` in place of `file`: the server fetches it, and it is an upload like any."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from images.accounts.tokens import make_token
from images.api import upload_serializers
from images.catalogue.album_curation import create
from images.concurrency.turns import Turns
from images.ingest.fetching import fetch as fetching
from images.models import Image
from storage import get_storage
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, sha256
from tests.resilience.races import start
from tests.servers.web import moved, network, page, web

pytestmark = pytest.mark.django_db

ADDRESS = "http://photos.example/2026/harbour.jpg?token=secret"
PATH = "/2026/harbour.jpg?token=secret"
DATA = make_image()


@pytest.fixture(autouse=True)
def it_fetches(settings):
    settings.IMAGELIB_FETCH = True


@pytest.fixture
def photos(monkeypatch):
    """A server of the internet, and the library on it."""
    with web() as server:
        server.answers[PATH] = page(DATA)
        fetch = partial(fetching.fetch, network=network({"photos.example": server}))
        monkeypatch.setattr(upload_serializers, "fetch", fetch)
        yield server


def upload(user, url: object = ADDRESS, format_: str = "json", **fields):
    return client_of(user).post(IMAGES, {"url": url, **fields}, format=format_)


def sentence(answer) -> str:
    """Return what is said of the field `url`, of which alone something is said."""
    assert problem(answer) == (400, "validation_error")
    assert not Image.objects.exists()
    errors = answer.json()["errors"]
    assert list(errors) == ["url"]
    return " ".join(errors["url"])


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_a_new_image_answers_201_and_is_as_if_it_had_been_sent(photos, contributor, format_):
    album = create(contributor, "Summer")
    fields = {"sha256": sha256(DATA), "tags": ["2026", "Sea"], "album": "summer", "title": "The harbour"}
    answer = upload(contributor, format_=format_, visibility="private", **fields)
    assert answer.status_code == 201
    image = Image.objects.get()
    assert answer["Location"] == f"{IMAGES}/{image.pk}"
    assert get_storage().get(sha256(DATA)) == DATA
    said = answer.json()
    assert (said["hash"], said["filename"], said["title"]) == (sha256(DATA), "harbour.jpg", "The harbour")
    assert (said["visibility"], said["tags"], said["uploaded_by"]) == (
        "private",
        ["2026", "Sea"],
        "contributor",
    )
    assert [one["id"] for one in said["albums"]] == [str(album.pk)]
    assert "RateLimit" in answer


def test_a_form_without_a_file_is_taken_too(photos, contributor):
    form = "url=http%3A%2F%2Fphotos.example%2F2026%2Fharbour.jpg%3Ftoken%3Dsecret&title=Harbour"
    content_type = "application/x-www-form-urlencoded"
    answer = client_of(contributor).generic("POST", IMAGES, form, content_type=content_type)
    assert (answer.status_code, answer.json()["title"]) == (201, "Harbour")


def test_in_a_bucket_it_is_the_same(photos, contributor, settings, seaweedfs):
    settings.IMAGELIB_STORAGE = "s3"
    settings.IMAGELIB_S3 = seaweedfs.options
    get_storage.cache_clear()
    data = make_image(seed=7)
    photos.answers[PATH] = page(data)
    assert [upload(contributor).status_code for _ in range(2)] == [201, 200]
    place = {"Bucket": seaweedfs.bucket, "Key": sha256(data)}
    assert seaweedfs.client.get_object(**place)["Body"].read() == data


def test_the_address_is_kept_only_where_somebody_says_so(photos, contributor):
    """Its query may be a secret, as it is here."""
    assert upload(contributor).json()["source_url"] == ""
    photos.answers[PATH] = page(make_image(seed=1))
    answer = upload(contributor, source_url="https://photos.example/harbour")
    assert answer.json()["source_url"] == "https://photos.example/harbour"


def test_the_name_of_the_file_is_that_of_the_first_address(photos, contributor):
    photos.answers |= {PATH: moved("/7f3a?b=c"), "/7f3a?b=c": page(DATA)}
    assert upload(contributor).json()["filename"] == "harbour.jpg"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "image.jpg"),
        ("/..", "image.jpg"),
        ("/%2e", "image.jpg"),
        ("/%2e%2e%2f%2e%2e%2fa.jpg", "a.jpg"),
        ("/a%00%0d%0ab.jpg", "ab.jpg"),
    ],
)
def test_the_name_of_the_file_is_cleaned_as_any(photos, contributor, path, name):
    photos.answers[path] = page(DATA)
    assert upload(contributor, "http://photos.example" + path).json()["filename"] == name


def test_known_bytes_answer_200_with_the_image_as_it_is(photos, contributor):
    image = add_image(DATA, title="First")
    answer = upload(contributor, title="Second")
    assert (answer.status_code, answer.json()["id"], answer.json()["title"]) == (200, str(image.pk), "First")


def test_known_bytes_in_anothers_trash_answer_409(photos, contributor, editor):
    image = add_image(DATA, uploaded_by=editor)
    client_of(editor).delete(f"{IMAGES}/{image.pk}")
    assert problem(upload(contributor)) == (409, "in_trash")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_at_once_of_one_address_make_one_image(photos, contributor):
    together = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        answers = [start(pool, lambda: upload(contributor), together) for _ in range(2)]
        assert sorted(answer.result().status_code for answer in answers) == [200, 201]
    assert Image.objects.count() == 1
    assert len(photos.requests) == 2


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"<!doctype html><title>Photos</title>", (415, "unsupported_format")),
        (b"", (415, "unsupported_format")),
        (DATA[:-200], (422, "invalid_image")),
    ],
    ids=["HTML", "nothing", "half an image"],
)
def test_what_is_no_good_image_is_refused(photos, contributor, body, answer):
    photos.answers[PATH] = page(body)
    assert problem(upload(contributor)) == answer
    assert not Image.objects.exists()


def test_too_many_bytes_answer_413(photos, contributor, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 100
    assert problem(upload(contributor)) == (413, "image_too_large")


def test_a_digest_of_other_bytes_answers_400(photos, contributor):
    assert problem(upload(contributor, sha256="0" * 64)) == (400, "digest_mismatch")
    assert not Image.objects.exists()


def test_what_does_not_arrive_is_refused_and_nothing_is_kept(photos, contributor):
    photos.answers[PATH] = page(status="404 Not Found")
    assert sentence(upload(contributor)) == "The server of this address answered 404 and gave no file."
    photos.answers[PATH] = page(DATA[:-1], length=len(DATA))
    assert sentence(upload(contributor)) == "The file did not arrive whole."
    assert not [path for path in get_storage().folder().rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "http://localhost/",
        "https://user:secret@photos.example/a.jpg",
        "ftp://photos.example/a.jpg",
        "file:///etc/passwd",
        "a.jpg",
        None,
        5,
        ["http://photos.example/a.jpg"],
        {"a": "b"},
        "http://photos.example/" + "a" * 2000,
    ],
)
def test_an_address_from_which_nothing_may_be_fetched_answers_400_in_words(photos, contributor, url):
    assert sentence(upload(contributor, url))
    assert photos.requests == []


def test_who_is_refused_is_not_told_from_who_does_not_answer(photos, contributor):
    photos.answers[PATH] = b""
    nothing = sentence(upload(contributor))
    assert sentence(upload(contributor, "http://10.0.0.1/")) == nothing
    assert "10.0.0.1" not in nothing


def test_a_redirect_into_the_network_answers_400(photos, contributor):
    photos.answers[PATH] = moved("http://169.254.169.254/latest/meta-data/")
    assert sentence(upload(contributor)) == "This address leads on to one from which nothing can be fetched."


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"visiblity": "private"}, "visiblity"),
        ({"sha256": "abc"}, "sha256"),
        ({"visibility": "secret"}, "visibility"),
        ({"title": "x" * 201}, "title"),
        ({"album": "winter"}, "album"),
    ],
)
def test_nothing_is_fetched_when_another_field_is_bad(photos, contributor, fields, field):
    answer = upload(contributor, **fields)
    assert problem(answer) == (400, "validation_error")
    assert list(answer.json()["errors"]) == [field]
    assert photos.requests == []


def test_a_file_and_an_address_are_not_sent_together(photos, contributor):
    file = SimpleUploadedFile("photo.jpg", DATA)
    assert (
        sentence(upload(contributor, format_="multipart", file=file))
        == "Send a file or its address, not both."
    )
    assert sentence(upload(contributor, [ADDRESS, ADDRESS], format_="multipart")) == "Send this once."
    assert photos.requests == []


@pytest.mark.parametrize(
    "body", ["{}", "[]", "5", "null", '"url"', '["url"]', "{", '{"file": "a.jpg"}', " " * 2**21]
)
def test_what_has_neither_answers_400(contributor, body):
    answer = client_of(contributor).generic("POST", IMAGES, body, content_type="application/json")
    assert problem(answer) == (400, "validation_error")


@pytest.mark.parametrize("url", [ADDRESS, "file:///etc/passwd", "a.jpg"])
def test_where_it_is_off_every_address_is_refused_and_that_said(photos, contributor, settings, url):
    settings.IMAGELIB_FETCH = False
    assert (
        sentence(upload(contributor, url))
        == "This library fetches no files from addresses. Send the file itself."
    )
    assert photos.requests == []


def test_who_may_not_upload_has_nothing_fetched(photos, viewer, contributor, client):
    _, secret = make_token(contributor, scope="read")
    headers = {"authorization": f"Token {secret}"}
    answer = client.post(IMAGES, {"url": ADDRESS}, content_type="application/json", headers=headers)
    assert problem(answer) == (403, "permission_denied")
    assert problem(upload(None)) == (401, "not_authenticated")
    assert problem(upload(viewer)) == (403, "permission_denied")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(contributor)
    answer = strict.post(IMAGES, {"url": ADDRESS}, content_type="application/json")
    assert problem(answer) == (403, "permission_denied")
    assert photos.requests == []


def test_it_counts_as_an_upload_when_it_fails_too(photos, contributor, settings):
    settings.IMAGELIB_UPLOADS_PER_HOUR = 2
    assert upload(contributor).status_code == 201
    photos.answers[PATH] = page(status="404 Not Found")
    assert problem(upload(contributor)) == (400, "validation_error")
    assert problem(upload(contributor)) == (429, "throttled")
    assert len(photos.requests) == 2


def test_too_many_at_once_are_busy(photos, contributor, monkeypatch):
    monkeypatch.setattr(fetching, "turns", Turns(1))
    with fetching.turns.turn("No."):
        answer = upload(contributor)
    assert (problem(answer), answer["Retry-After"]) == ((503, "busy"), "5")
    assert upload(contributor).status_code == 201
