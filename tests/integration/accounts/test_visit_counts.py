"""Visits of share links: a write a minute, and so that no request fails or waits."""

from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.accounts import last_seen, visit_counts
from images.accounts.last_seen import this_hour
from images.accounts.visit_counts import write_visits
from images.catalogue.sharing import make_share
from images.models import ShareLink
from tests.factories import add_image, make_image, make_user
from tests.resilience.unwritable import SOON, another_writes, read_only

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def none_noted():
    visit_counts._noted.clear()


@pytest.fixture
def at(monkeypatch):
    """Return the function that sets the clock of this process to a number of seconds."""

    def set_clock(seconds: float) -> None:
        monkeypatch.setattr(visit_counts.time, "monotonic", lambda: 1e6 + seconds)

    set_clock(0)
    return set_clock


@pytest.fixture
def secret() -> str:
    maker = make_user("maker", "Contributors")
    image = add_image(make_image(seed=1), uploaded_by=maker, visibility="private")
    return make_share(maker, image)[1]


def row() -> tuple:
    return ShareLink.objects.values_list("visits", "last_visit_at").get()


def test_the_first_visit_is_written_at_once(client, secret):
    assert row() == (0, None)
    assert client.get(f"/s/{secret}").status_code == 200
    assert row() == (1, this_hour())


def test_those_that_follow_are_written_once_a_minute(client, secret, at):
    client.get(f"/s/{secret}")
    at(59)
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/s/{secret}")
        client.get(f"/s/{secret}")
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []
    assert row()[0] == 1
    at(60)
    client.get(f"/s/{secret}")
    assert row()[0] == 4


def test_what_nobody_visits_again_is_written_when_the_house_is_kept(client, secret, at):
    client.get(f"/s/{secret}")
    client.get(f"/s/{secret}")
    write_visits()
    assert row()[0] == 1  # not a minute ago
    at(60)
    write_visits()
    assert row()[0] == 2
    assert visit_counts._noted
    at(120)
    write_visits()
    assert not visit_counts._noted


def test_the_last_visit_stays_the_last(client, secret, at, monkeypatch):
    later = this_hour() + timedelta(hours=2)
    ShareLink.objects.update(last_visit_at=later)
    client.get(f"/s/{secret}")
    assert row() == (1, later)
    after = later + timedelta(hours=1)
    monkeypatch.setattr(visit_counts, "this_hour", lambda: after)
    at(60)
    client.get(f"/s/{secret}")
    assert row() == (2, after)
    assert last_seen.this_hour() < later


@pytest.mark.parametrize("method", ["head", "post"])
def test_what_is_no_visit(client, secret, method):
    getattr(client, method)(f"/s/{secret}")
    assert row() == (0, None)


def test_a_question_and_a_further_page_are_no_visits(client, secret):
    ShareLink.objects.update(password="plain$x")
    assert client.get(f"/s/{secret}").status_code == 200
    ShareLink.objects.update(password="")
    client.get(f"/s/{secret}?cursor=")
    client.get(f"/s/{secret}/x")
    assert row() == (0, None)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("unwritable", [another_writes, read_only])
def test_a_database_that_takes_no_writes_neither_fails_nor_holds_up_a_visit(client, secret, at, unwritable):
    ShareLink.objects.count()  # connected
    with unwritable("images_sharelink"):
        started = monotonic()
        assert client.get(f"/s/{secret}").status_code == 200
        assert monotonic() - started < SOON
    assert row() == (0, None)
    at(60)
    client.get(f"/s/{secret}")
    assert row() == (2, this_hour())
