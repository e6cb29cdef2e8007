"""Many images at once: each becomes what it becomes by itself, and in few statements."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from images.catalogue import curation
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.curation import (
    act,
    filing,
    restoring,
    shifting_dates,
    showing,
    tagging,
    trashing,
    unfiling,
)
from images.catalogue.search import ImageFilter
from images.catalogue.tags import add_tags, tag_names
from images.catalogue.trash import purge, trash
from images.errors import LocationUndecided
from images.maintenance.recounting import recount
from images.models import Image
from tests.factories import add_image, make_image
from tests.files.located import photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(contributor) -> list[Image]:
    return [
        add_image(
            make_image(seed=n),
            filename=f"2026-0{n + 1}-07 {n}.jpg",
            uploaded_by=contributor,
            tags=["coast", f"n{n}"][: n % 3],
            visibility="private" if n % 2 else "public",
        )
        for n in range(6)
    ]


def rows() -> list[dict]:
    return list(
        Image.objects.order_by("filename").values("filename", "visibility", "deleted_at", "taken_day")
    )


def tags() -> list[list[str]]:
    return [tag_names(image) for image in Image.objects.order_by("filename")]


ACTS = {
    "hide": showing("private"),
    "publish": showing("public"),
    "tag": tagging(add=["Coast", "new", "newer"]),
    "untag": tagging(remove=["coast", "n5", "nowhere"]),
    "both": tagging(add=["new"], remove=["coast"]),
    "dates": shifting_dates(timedelta(days=31)),
}


@pytest.mark.parametrize("name", ACTS)
def test_of_many_at_once_becomes_what_becomes_of_one_after_the_other(contributor, mine, name, monkeypatch):
    monkeypatch.setattr(curation, "BATCH", 4)
    before = rows(), tags()
    changes = act(contributor, ACTS[name], [image.pk for image in mine])
    at_once = rows(), tags()
    assert (list(changes.images), changes.refusals) == ([image.pk for image in mine], {})
    assert at_once != before
    assert recount() == 0
    for image in mine:
        trash(image)
        purge(image)
    again = [
        add_image(make_image(seed=n), filename=image.filename, uploaded_by=contributor, visibility=was)
        for n, (image, was) in enumerate(zip(mine, ["public", "private"] * 3, strict=True))
    ]
    for n, image in enumerate(again):
        add_tags(image, ["coast", f"n{n}"][: n % 3])
        act(contributor, ACTS[name], [image.pk])
    assert (rows(), tags()) == at_once
    assert recount() == 0


def test_to_the_trash_and_back(contributor, mine):
    ids = [image.pk for image in mine]
    assert list(act(contributor, trashing(), ids).images) == ids
    assert all(image.deleted_at for image in Image.objects.all())
    assert recount() == 0
    assert list(act(contributor, restoring(), ids).images) == ids
    assert not any(image.deleted_at for image in Image.objects.all())
    assert recount() == 0


def test_of_every_other_it_is_said_why(contributor, editor, mine):
    theirs = add_image(make_image(seed=7), uploaded_by=editor)
    located = add_image(photo(), uploaded_by=contributor, visibility="private")
    absent = uuid4()
    ids = [theirs.pk, absent, located.pk, mine[1].pk]
    changes = act(contributor, showing("public"), ids)
    assert list(changes.images) == [mine[1].pk]
    assert {pk: type(error) for pk, error in changes.refusals.items()} == {
        theirs.pk: PermissionDenied,
        absent: Image.DoesNotExist,
        located.pk: LocationUndecided,
    }
    assert set(changes.refused) == {theirs.pk, located.pk}


def test_what_cannot_be_done_to_one_is_done_to_the_others(contributor, mine):
    add_tags(mine[0], [f"tag {n}" for n in range(100)])
    changes = act(contributor, tagging(add=["new"]), [image.pk for image in mine])
    assert [type(error) for error in changes.refusals.values()] == [ValidationError]
    assert list(changes.refusals) == [mine[0].pk]
    assert all("new" in of for of in tags()[1:])
    assert recount() == 0


def test_what_comes_back_private_is_told(contributor):
    located = add_image(photo(), uploaded_by=contributor, visibility="public", location="keep")
    Image.objects.update(location_kept=False)
    act(contributor, trashing(), [located.pk])
    changes = act(contributor, restoring(), [located.pk])
    assert list(changes.images) == list(changes.notices) == [located.pk]
    assert Image.objects.get().visibility == "private"


def test_into_an_album_and_out(contributor, mine, monkeypatch):
    monkeypatch.setattr(curation, "BATCH", 4)
    album, ids = create(contributor, "Kites"), [image.pk for image in reversed(mine)]
    assert list(act(contributor, filing(contributor, album), ids).images) == ids
    assert list(album.entries.order_by("position").values_list("image", flat=True)) == ids
    act(contributor, unfiling(contributor, album), ids[:5])
    assert list(album.entries.values_list("image", flat=True)) == ids[5:]
    assert recount() == 0


def test_an_album_takes_as_many_as_it_can(contributor, mine, monkeypatch):
    monkeypatch.setattr("images.catalogue.album_entries.MOST", 3)
    album = create(contributor, "Kites")
    file(contributor, album, [mine[0].pk])
    monkeypatch.setattr(curation, "BATCH", 3)
    changes = act(contributor, filing(contributor, album), [image.pk for image in mine[1:]])
    assert list(changes.images) == [mine[1].pk, mine[2].pk]
    assert len(changes.refusals) == 3


@pytest.mark.parametrize("name", [*ACTS, "trash"])
def test_the_statements_are_no_more_for_more(contributor, name):
    """But those that write a column of each row, which are one statement prepared once."""
    images = [add_image(make_image(seed=n), uploaded_by=contributor, tags=["coast"]) for n in range(12)]
    Image.objects.update(taken_day="2026-05-05")
    one = ACTS | {"trash": trashing()}
    act(contributor, one["tag"], [image.pk for image in images])  # the tags are there, and the months
    act(contributor, one[name], [image.pk for image in images[:2]])
    numbers = []
    for some in (images[2:4], images[4:]):
        Image.objects.filter(pk__in=[image.pk for image in some]).update(
            visibility="public" if name == "hide" else "private"
        )
        with CaptureQueriesContext(connection) as asked:
            assert len(act(contributor, one[name], [image.pk for image in some]).images) == len(some)
        numbers.append(
            sum("UPDATE" not in query["sql"] or " IN (" in query["sql"] for query in asked.captured_queries)
        )
    assert numbers[1] <= numbers[0]


def test_the_ids_of_a_search(contributor, viewer, mine):
    found = ImageFilter({"search": "tag:coast"})
    assert found.is_valid()
    newest_first = [image.pk for image in reversed(mine) if "coast" in tag_names(image)]
    assert found.images(contributor).ids(10) == newest_first
    assert found.images(viewer).ids(1) is None
    everything = ImageFilter({})
    assert everything.is_valid()
    for user in (viewer, contributor):
        assert everything.images(user).ids(6) == [image.pk for image in reversed(mine)]
        assert everything.images(user).ids(5) is None
