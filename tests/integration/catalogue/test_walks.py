"""catalogue/walks.py: every row once, by an index from wherever a batch starts, with a few rows in memory."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue import walks
from images.catalogue.walks import walk
from images.imaging.inspection import INSPECTION_VERSION
from images.maintenance import outdated, verification
from images.models import Image
from images.renditions import prerendering
from tests.factories import sha256

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("drawn")]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def images(monkeypatch) -> list[Image]:
    """Rows of which several share a moment, some never verified."""
    monkeypatch.setattr(walks, "BATCH", 3)
    for number in range(20):
        moment = BEGAN + timedelta(days=number // 5)
        facts = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "filename": "a.jpg"}
        image = Image.objects.create(hash=sha256(f"{number}".encode()), **facts)
        Image.objects.filter(pk=image.pk).update(
            created_at=moment,
            verified_at=moment if number % 2 else None,
            inspection_version=INSPECTION_VERSION - 1 if number % 2 else None,
        )
    return list(Image.objects.all())


@pytest.mark.parametrize("ordering", ["created_at", "-created_at", "id"])
def test_every_row_comes_once_in_order(images, ordering):
    sign = "-" * ordering.startswith("-")
    expected = Image.objects.order_by(ordering, f"{sign}pk")
    assert list(walk(Image.objects.all(), ordering)) == list(expected)


@pytest.mark.parametrize("ordering", ["verified_at", "-verified_at"])
def test_a_field_that_all_lack_is_no_hindrance(images, ordering):
    sign = "-" * ordering.startswith("-")
    never = Image.objects.filter(verified_at=None)
    assert list(walk(never, ordering)) == list(never.order_by(f"{sign}pk"))


def test_rows_are_read_as_they_are_needed(images):
    with CaptureQueriesContext(connection) as asked:
        rows = walk(Image.objects.all(), "created_at")
        next(rows)
        assert len(asked) == 1
        list(rows)
    assert len(asked) == 8


def plans(run) -> list[str]:
    """Return how the database finds the images that `run` reads."""
    with CaptureQueriesContext(connection) as asked:
        run()
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table of a few rows as it is
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        for query in asked:
            cursor.execute(explain + query["sql"])
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


@pytest.mark.parametrize(
    ("run", "index"),
    [
        (lambda: list(verification._longest_unverified(BEGAN + timedelta(days=9))), "image_verified"),
        (
            lambda: [list(walk(rows, "inspection_version")) for rows in outdated._outdated()],
            "image_inspection",
        ),
        (lambda: list(prerendering.images_outside_trash()), "image_created_at"),
    ],
    ids=["verifystorage", "reinspectimages", "renderimages"],
)
def test_a_command_sorts_nothing_wherever_it_is(images, run, index, monkeypatch):
    monkeypatch.setattr(outdated, "INSPECTION_VERSION", INSPECTION_VERSION + 1)  # for rows that say none
    found = plans(run)
    assert len(found) >= 7
    for plan in found:
        # To PostgreSQL the index of all by upload costs as much as that of what is listed, in an empty table.
        assert index in plan or "image_newest_first" in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan
