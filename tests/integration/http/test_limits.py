"""Too many uploads or renders within an hour, and counts that cannot be kept."""

import re
import sqlite3
import time

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.concurrency import counts
from images.errors import Uncounted
from images.http import limits
from images.models import Image
from tests.clients.api import IMAGES, client_of, form, problem
from tests.clients.iiif import NOT_STORED, url
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return add_image(make_image(size=(1000, 750)))


@pytest.fixture
def two_uploads_an_hour(settings):
    settings.IMAGELIB_UPLOADS_PER_HOUR = 2


def upload(user, seed):
    return client_of(user).post(IMAGES, form(seed), format="multipart")


def test_uploads_past_the_rate_answer_429_with_retry_after(contributor, two_uploads_an_hour):
    assert [upload(contributor, seed).status_code for seed in range(2)] == [201, 201]
    response = upload(contributor, 2)
    assert problem(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert response["RateLimit"] == f'"uploads";r=0;t={response["Retry-After"]}'
    assert response["RateLimit-Policy"] == '"uploads";q=2;w=3600'
    assert client_of(contributor).get(IMAGES).status_code == 200


def test_an_answer_to_an_upload_says_how_many_are_left(contributor, two_uploads_an_hour):
    for seed, status in ((0, 201), (0, 200)):
        response = upload(contributor, seed)
        assert response.status_code == status
        assert response["RateLimit-Policy"] == '"uploads";q=2;w=3600'
        left, seconds = re.fullmatch(r'"uploads";r=(\d+);t=(\d+)', response["RateLimit"]).groups()
        assert left == ("1" if status == 201 else "0")
        assert 3500 < int(seconds) <= 3600
    assert "RateLimit" not in client_of(contributor).get(IMAGES)


def test_by_default_a_person_has_ten_thousand_an_hour(contributor):
    assert upload(contributor, 0)["RateLimit"] == '"uploads";r=9999;t=3600'


def test_uploads_by_a_form_count_too(client, contributor, two_uploads_an_hour):
    client.force_login(contributor)
    files = [form(seed)["file"] for seed in range(3)]
    page = client.post("/upload", {"files": files, "visibility": "public"}).content.decode()
    assert "throttled" in page
    assert Image.objects.count() == 2


def test_uploads_are_counted_by_person(contributor, editor, two_uploads_an_hour):
    assert [upload(contributor, seed).status_code for seed in range(3)] == [201, 201, 429]
    assert upload(editor, 3).status_code == 201


def test_when_its_window_is_over_everything_is_left_again(contributor, two_uploads_an_hour, monkeypatch):
    assert [upload(contributor, seed).status_code for seed in range(3)] == [201, 201, 429]
    later = time.time() + limits.HOUR
    monkeypatch.setattr(counts.time, "time", lambda: later)
    assert [upload(contributor, seed).status_code for seed in range(3)] == [200, 200, 429]


def test_counting_a_render_is_one_statement_and_none_of_the_catalogues_file(client, image):
    client.get(url(image, NOT_STORED))  # the first of a window also forgets old ones
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url(image, NOT_STORED)).status_code == 200
    written = [query["sql"] for query in asked.captured_queries if not query["sql"].startswith("SELECT")]
    assert len(written) == (1 if connection.vendor == "postgresql" else 0), written


# --- A database that somebody else holds -----------------------------------------------------------


@pytest.fixture
def locked_catalogue(transactional_db, image):
    """Another process is writing to the catalogue, and does not end."""
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL locks rows, and those of the counts are nobody's else")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.close()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_locked_catalogue_holds_up_no_render(client, image, locked_catalogue):
    started = time.monotonic()
    assert client.get(url(image, NOT_STORED)).status_code == 200
    assert time.monotonic() - started < 3 * 1


@pytest.mark.drill
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_locked_catalogue_holds_an_upload_for_five_seconds(contributor, locked_catalogue):
    started = time.monotonic()
    assert problem(upload(contributor, 1)) == (503, "busy")
    assert time.monotonic() - started < 3 * 5


# --- Counts that cannot be kept --------------------------------------------------------------------


@pytest.fixture
def needs_file():
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no file of counts")


def lock():
    """Hold the count of this caller, or all of them, until the yielded connection is closed."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(settings.IMAGELIB_DATA_DIR / "counts.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = connection.get_new_connection(connection.get_connection_params())
        other.execute("LOCK TABLE imagelib_counts")
    return other


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_counts_that_somebody_locks_refuse_nobody(client, image, contributor, caplog):
    assert client.get(url(image, NOT_STORED)).status_code == 200
    other = lock()
    try:
        started = time.monotonic()
        assert client.get(url(image, NOT_STORED)).status_code == 200
        assert upload(contributor, 1).status_code == 201
        assert time.monotonic() - started < 3 * 2 * counts.TIMEOUT
    finally:
        other.close()
    assert "renders are not counted" in caplog.text
    assert "uploads are not counted" in caplog.text
    assert client.get(url(image, NOT_STORED)).status_code == 200


def test_a_damaged_file_refuses_nobody(client, image, data_dir, caplog, needs_file):
    (data_dir / "counts.sqlite3").write_bytes(b"no database at all, as after a disk went bad")
    assert client.get(url(image, NOT_STORED)).status_code == 200
    assert "renders are not counted" in caplog.text


def test_a_full_disk_refuses_nobody(client, image, needs_file):
    assert client.get(url(image, NOT_STORED)).status_code == 200
    (file,) = counts._files.values()
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    file.execute(f"PRAGMA max_page_count = {pages}")  # then SQLite says that the disk is full
    with pytest.raises(Uncounted, match="full"):
        counts.hit("somebody with a name that is longer than a page" * 100, 3600)
    assert client.get(url(image, NOT_STORED), REMOTE_ADDR="192.0.2.7").status_code == 200


def test_a_thread_that_holds_the_file_holds_up_nobody_for_long(client, image, monkeypatch, needs_file):
    monkeypatch.setattr(counts, "TIMEOUT", 0.05)
    with counts._lock:
        assert client.get(url(image, NOT_STORED)).status_code == 200
