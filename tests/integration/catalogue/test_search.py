"""A search costs the database no more than it is given: few words, a capped count, a deadline."""

import re
import time

import pytest
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.test.utils import CaptureQueriesContext

from images.catalogue import counts, search
from images.catalogue.access import visible_images
from images.models import Image
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import make_user, sha256
from tests.resilience.slow_queries import FOREVER

pytestmark = pytest.mark.django_db

ADMIN = "/admin/images/image/"
NINE = "one two three four five six seven eight nine"
SENTENCE = "A search has at most 8 different words and phrases."


@pytest.fixture(autouse=True)
def dots(db) -> Image:
    return Image.objects.create(
        hash=sha256(b"dots"), mime_type="image/jpeg", size=1, width=3, height=2, filename="a.b.jpg"
    )


@pytest.fixture
def curator(client):
    client.force_login(make_user("curator", "Editors", is_staff=True))
    return client


@pytest.fixture
def conditions():
    """Return the function that tells how many words the database was asked while it called another."""

    def count(call) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert call().status_code == 200
        return max(len(re.findall("LIKE |MATCH ", query["sql"])) for query in asked.captured_queries)

    return count


@pytest.fixture
def slow(monkeypatch):
    """Have every list of images take the database for ever, and the deadline pass soon."""

    def slow_images(user):
        return visible_images(user).filter(RawSQL(f"{FOREVER} > 0", (), BooleanField()))  # noqa: S611

    monkeypatch.setattr(search, "DEADLINE", 0.2)
    monkeypatch.setattr("images.admin.images.listed_images", slow_images)
    base = property(lambda conditions: slow_images(conditions.user))
    monkeypatch.setattr("images.catalogue.conditions.Conditions.base", base)


def test_the_api_tells_the_place_of_what_it_does_not_understand():
    response = client_of().get(IMAGES, {"search": "  kite colour:red"})
    assert problem(response) == (400, "validation_error")
    assert response.json()["offset"] == 7
    assert list(response.json()["errors"]) == ["search"]
    assert "offset" not in client_of().get(IMAGES, {"type": "bmp"}).json()


def test_the_page_shows_nothing_of_what_it_does_not_understand(client):
    assert "a.b.jpg" in client.get("/", {"search": "a.b"}).content.decode()
    for query in ({"search": "a.b colour:red"}, {"search": "a.b", "type": "bmp"}):
        page = client.get("/", query)
        assert page.status_code == 200
        assert '"/images/' not in page.content.decode()


def test_the_admin_searches_for_no_more_than_eight_words_and_says_so(curator):
    page = curator.get(ADMIN, {"q": NINE}).content.decode()
    assert SENTENCE in page
    assert "a.b.jpg" not in page
    assert SENTENCE not in curator.get(ADMIN, {"q": f'{NINE[:-5]} "one"'[:-6]}).content.decode()


@pytest.mark.parametrize("path", [IMAGES, "/", ADMIN])
def test_a_word_said_a_hundred_times_is_one(curator, conditions, path):
    name = "q" if path == ADMIN else "search"
    once, often = (
        conditions(lambda text=text: curator.get(path, {name: text})) for text in ("a.b", "a.b " * 100)
    )
    assert once == often > 0


def test_the_gallery_counts_no_further_than_it_says(client, monkeypatch):
    monkeypatch.setattr(counts, "MAX_COUNT", 2)
    monkeypatch.setattr("images.pages.gallery.MAX_COUNT", 2)
    assert "1 image<" in client.get("/").content.decode()
    for number in range(3):
        Image.objects.create(
            hash=sha256(b"%d" % number), mime_type="image/jpeg", size=1, width=3, height=2, filename="a.jpg"
        )
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    with CaptureQueriesContext(connection) as asked:
        assert "More than 2 images<" in client.get("/").content.decode()
    (counted,) = [query["sql"] for query in asked.captured_queries if "COUNT(" in query["sql"]]
    assert "LIMIT 3" in counted


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_list_that_takes_too_long_is_busy(slow):
    started = time.monotonic()
    response = client_of().get(IMAGES, {"search": "-kite"})
    assert problem(response) == (503, "busy")
    assert int(response["Retry-After"]) > 0
    assert time.monotonic() - started < 3 * 0.2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("path", ["/?search=-kite", f"{ADMIN}?q=-kite"])
def test_a_page_that_takes_too_long_is_busy(curator, slow, path):
    started = time.monotonic()
    response = curator.get(path)
    assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
    assert int(response["Retry-After"]) > 0
    assert "takes too long to answer" in response.content.decode()
    assert time.monotonic() - started < 3
