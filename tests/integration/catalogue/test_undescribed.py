"""The images that lack their words, one after another, for who may write them; found by an index alone."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.catalogue import undescribed
from images.catalogue.access import may_edit, visible_images
from images.catalogue.cursors import Cursor
from images.catalogue.sources import NEWEST
from images.catalogue.undescribed import count_undescribed, undescribed_from
from images.models import Image
from tests.factories import make_user, sha256

pytestmark = pytest.mark.django_db

ROWS = 96
GROUPS = {
    "nobody": None,
    "stranger": (),
    "viewer": ("Viewers",),
    "contributor": ("Contributors",),
    "editor": ("Editors",),
}


@pytest.fixture
def people() -> dict:
    made = {
        name: AnonymousUser() if groups is None else make_user(name, *groups)
        for name, groups in GROUPS.items()
    }
    made["curator"] = make_user("curator")  # who changes all images, and sees the public ones
    made["curator"].user_permissions.add(Permission.objects.get(codename="change_image"))
    return made


@pytest.fixture
def library(people) -> None:
    """Images of each sort, some uploaded at the same moment."""
    owners = (None, *(people[name] for name in ("stranger", "contributor", "curator")))
    now = timezone.now()
    rows = [
        Image(
            mime_type="image/jpeg",
            size=1,
            width=3,
            height=2,
            hash=sha256(b"%d" % number),
            filename=f"{number}.jpg",
            uploaded_by=owners[number % 4],
            visibility="private" if number % 3 else "public",
            alt_text="" if number % 5 else "A kite.",
            decorative=number % 7 == 0,
            deleted_at=now if number % 11 == 0 else None,
        )
        for number in range(ROWS)
    ]
    for number, image in enumerate(Image.objects.bulk_create(rows)):
        Image.objects.filter(pk=image.pk).update(created_at=now - timedelta(days=number // 2))


def meant(user) -> list[Image]:
    lacking = visible_images(user).filter(alt_text="", decorative=False).order_by("-created_at", "-pk")
    return [image for image in lacking if may_edit(user, image)]


def walked(user, *, backwards: bool = False) -> list[Image]:
    """Return what the walk comes by, one after another, or from its end back."""
    found, place = [], None
    if backwards:
        place = Cursor(NEWEST, "1970-01-01T00:00:00+00:00", "00000000-0000-0000-0000-000000000000", True)
    while image := undescribed_from(user, place):
        found.append(image)
        place = Cursor.beside(image, NEWEST, backwards=backwards)
    return found


@pytest.mark.parametrize("who", [*GROUPS, "curator"])
def test_the_walk_comes_by_each_once_and_counts_them(library, people, who):
    user = people[who]
    expected = meant(user)
    assert bool(expected) == (who not in ("nobody", "viewer"))
    assert walked(user) == expected
    assert walked(user, backwards=True) == expected[::-1]
    assert count_undescribed(user) == len(expected)


def test_more_than_so_many_are_not_counted(library, people, monkeypatch):
    monkeypatch.setattr(undescribed, "MAX_COUNT", 5)
    assert count_undescribed(people["editor"]) == 6


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
@pytest.mark.parametrize(
    ("who", "index"), [("contributor", "image_own_undescribed"), ("editor", "image_undescribed")]
)
def test_a_step_and_the_count_read_ranges_of_one_index(library, people, who, index):
    user = people[who]
    place = Cursor.beside(undescribed_from(user, None), NEWEST, backwards=False)
    for ask, number in ((lambda: undescribed_from(user, place), 1), (lambda: count_undescribed(user), 3)):
        with CaptureQueriesContext(connection) as asked:
            ask()
        assert len(asked) == number
        explained = "\n".join(plan(query["sql"]) for query in asked.captured_queries)
        assert explained.count(f"INDEX {index} ") == 3  # one for each visibility
        assert "image_newest_first" not in explained


def plan(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"), [])
        return "\n".join(row[3] for row in cursor.fetchall())
