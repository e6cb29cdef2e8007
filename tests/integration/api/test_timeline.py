"""GET /api/v1/timeline."""

from datetime import datetime

import pytest
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from images.catalogue import counts, sources
from images.catalogue.access import visible_images
from images.catalogue.taken import Taken
from images.catalogue.trash import trash
from images.models import Image
from tests.clients.api import client_of, problem
from tests.factories import add_image, make_image
from tests.resilience.slow_queries import FOREVER

pytestmark = pytest.mark.django_db

TIMELINE = "/api/v1/timeline"
MOMENTS = [  # by the camera's clock, and its offset
    (datetime(2026, 3, 31, 23, 30), -120),
    (datetime(2026, 3, 1, 0, 30), 120),
    (datetime(2026, 1, 5), None),
    (datetime(1999, 12, 31), None),
    (datetime(2001, 1, 1), None),
]


@pytest.fixture(autouse=True)
def images() -> list[Image]:
    """Two of March, one of them private; one of January, one of the last century, and one in the trash."""
    added = []
    for seed, (moment, offset) in enumerate(MOMENTS):
        image = add_image(make_image(seed=seed), title=f"Kite {seed}")
        image.write(*Taken.at(moment, offset, Image.TakenFrom.HAND).put(image))
        added.append(image)
    added[1].visibility = "private"
    added[1].write("visibility")
    trash(added[4])
    return added


def months(person=None, query: str = "") -> dict:
    response = client_of(person).get(TIMELINE + query)
    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= set(response["Vary"].split(", "))
    told = [(month["month"], month["count"]) for month in response.json()["months"]]
    assert told == sorted(told, reverse=True)
    return dict(told)


def test_months_have_counts_by_the_cameras_clocks(viewer, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert months() == {"2026-03": 1, "2026-01": 1, "1999-12": 1}
    assert months(viewer) == {"2026-03": 2, "2026-01": 1, "1999-12": 1}


def test_one_who_uploaded_a_private_image_is_told_of_public_ones_alone(stranger):
    Image.objects.update(uploaded_by=stranger)
    assert months(stranger) == {"2026-03": 1, "2026-01": 1, "1999-12": 1}


def test_a_search_has_the_months_of_what_it_finds(viewer, django_assert_num_queries):
    assert months(viewer, "?search=kite") == {"2026-03": 2, "2026-01": 1, "1999-12": 1}
    assert months(None, "?search=kite") == {"2026-03": 1, "2026-01": 1, "1999-12": 1}
    assert months(None, "?search=kite 2") == {"2026-01": 1}
    assert months(None, "?search=nothing") == {}


@pytest.mark.parametrize("bound", ["MAX_COUNT", "WINDOW"])
def test_where_it_finds_many_nothing_is_counted_and_no_month_is_left_out(monkeypatch, bound):
    monkeypatch.setattr(sources, "FEW", 1)
    monkeypatch.setattr(counts, bound, 2)
    assert months(None, "?search=kite") == {"2026-03": None, "2026-01": None, "1999-12": None}
    assert months(None, "?search=nothing") == {}


def test_a_search_that_is_an_order_alone_finds_all(viewer):
    assert months(viewer, "?search=sort:taken") == {"2026-03": 2, "2026-01": 1, "1999-12": 1}


def test_the_trash_has_months_of_its_own(editor):
    assert months(editor, "?search=is:trashed") == {"2001-01": 1}


def test_what_is_no_search_is_refused():
    assert problem(client_of().get(f"{TIMELINE}?search=" + "x" * 10_000)) == (400, "validation_error")
    assert problem(client_of().get(f"{TIMELINE}?search=%00")) == (400, "validation_error")
    response = client_of().get(f"{TIMELINE}?search=kite (")
    assert (response.status_code, response.json()["offset"]) == (400, 5)


def test_a_search_that_takes_too_long_is_busy(monkeypatch):
    slow = RawSQL(f"{FOREVER} > 0", (), BooleanField())  # noqa: S611
    base = property(lambda conditions: visible_images(conditions.user).filter(slow))
    monkeypatch.setattr("images.catalogue.conditions.Conditions.base", base)
    monkeypatch.setattr("images.catalogue.search.DEADLINE", 0.2)
    response = client_of().get(f"{TIMELINE}?search=kite")
    assert problem(response) == (503, "busy")
