"""Changes of many images go back together, in few statements: each as it goes back by itself."""

import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from images.catalogue import undoing, undone
from images.catalogue.album_curation import create
from images.catalogue.curation import (
    act,
    editing,
    filing,
    put,
    restoring,
    shifting_dates,
    showing,
    tagging,
    trashing,
    unfiling,
)
from images.catalogue.history import history_of, recorded, states
from images.catalogue.tags import set_tags, tag_names
from images.catalogue.undoing import undo
from images.catalogue.undone_images import undo_images
from images.errors import Busy
from images.maintenance.recounting import recount
from images.models import Change, Image
from tests.factories import add_image, add_rows, make_image
from tests.files.located import photo
from tests.integration.catalogue.test_undoing import ANY, alike

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    """Six: every other one is the contributor's, and two say where they were taken."""
    return [
        add_image(
            photo(seed=seed) if seed < 2 else make_image(seed=seed),
            tags=["sea", "sky"][: seed % 3],
            location="keep" if seed else "",
            filename=f"2026-03-0{seed + 1} {seed}.jpg",
            uploaded_by=contributor if seed % 2 else None,
        )
        for seed in range(6)
    ]


def do_something(user, ids, chance: random.Random) -> None:
    """Do something to some images, or undo what was done."""
    there = list(Change.objects.order_by("at", "target"))
    if there and chance.random() < 0.2:
        change = chance.choice(there)
        with suppress(Change.DoesNotExist):  # of what this person does not see
            undo(user, chance.choice([change.pk, change.action]))
        return
    words = {chance.choice(["title", "description", "alt_text"]): chance.choice(["", "a", "b"])}
    tags = chance.sample(["sea", "sky", "été"], 2)
    what = chance.choice(
        [
            *(tagging(add=tags), tagging(remove=tags), tagging(add=tags[:1], remove=tags[1:])),
            *(showing("private"), showing("public"), showing("public", "keep")),
            *(trashing(), restoring(), restoring("keep")),
            *(editing(lambda image: put(image, words)), shifting_dates(timedelta(minutes=9))),
        ]
    )
    act(user, what, chance.sample(ids, chance.randint(1, len(ids))))


def outcome(user, batches: Sequence[Sequence[Change]]) -> dict:
    """Return what becomes of changes that are undone in these batches: told, said, and written."""
    with alike():
        before = set(Change.objects.values_list("pk", flat=True))
        results = [result for batch in batches for result in undo_images(user, batch, uuid4())]
        written = Change.objects.exclude(pk__in=before).order_by("target")
        assert recount() == 0
        return {
            "told": {result.change.pk: (sorted(result.undone), result.left) for result in results},
            "said": states(Image.objects.values_list("pk", flat=True)),
            "found": sorted(Image.objects.values_list("pk", "search_text", "dated_at")),
            "written": list(written.values_list("by", "target", "what", "undoes", "before", "after")),
        }


@ANY
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_of_many_becomes_what_becomes_of_one_after_the_other(
    contributor, editor, stranger, images, chance, steps
):
    with alike():
        ids = [image.pk for image in images]
        for _ in range(steps):
            do_something(chance.choice([contributor, editor]), ids, chance)
        of_each = [list(history_of(Change.Kind.IMAGE, pk)) for pk in ids]
        for user in (contributor, editor, stranger):
            changes = [chance.choice(there) for there in of_each if there]
            if changes:
                assert outcome(user, [changes]) == outcome(user, [[change] for change in changes])


def test_who_has_too_many_tags_by_now_keeps_them_and_others_do_not(editor, images, monkeypatch):
    for image in images[:2]:
        set_tags(image, ["sea", "sky"])
    done = act(editor, tagging(remove=["sea", "sky"]), [image.pk for image in images[:2]])
    monkeypatch.setattr("images.catalogue.tag_names.MAX_KEYWORDS", 3)
    act(editor, tagging(add=["a", "b"]), [images[0].pk])
    codes = {result.change.target: result.left for result in undo(editor, done.action).results}
    assert codes == {
        str(images[0].pk): {"tag:sea": "conflict", "tag:sky": "conflict"},
        str(images[1].pk): {},
    }
    assert [tag_names(image) for image in images[:2]] == [["a", "b"], ["sea", "sky"]]
    assert recount() == 0


def test_of_one_image_that_an_action_changed_twice_the_later_goes_back_first(editor, images):
    action = uuid4()
    for title in ("A", "B"):
        with transaction.atomic(), recorded(editor, [image.pk for image in images], action):
            for image in images:
                image.title = title
                image.write("title")
    undone_ = undo(editor, action)
    assert {result.code for result in undone_.results} == {""}
    assert set(Image.objects.values_list("title", flat=True)) == {""}
    undo(editor, undone_.action)
    assert set(Image.objects.values_list("title", flat=True)) == {"B"}


def test_what_was_changed_very_often_since_is_looked_through_in_halves(editor, images, monkeypatch):
    monkeypatch.setattr(undone, "MOST_ROWS", 4)
    monkeypatch.setattr(undone, "MOST", 5)
    ids = [image.pk for image in images]
    done = act(editor, tagging(add=["new"]), ids)
    for number in range(6):
        act(editor, editing(lambda image, n=number: put(image, {"title": f"{n}"})), ids[:1])
    act(editor, tagging(remove=["new"]), ids[1:2])
    act(editor, tagging(add=["new"]), ids[1:2])
    codes = {UUID(result.change.target): result.code for result in undo(editor, done.action).results}
    assert codes == {pk: "conflict" if pk in ids[:2] else "" for pk in ids}


def test_what_takes_too_long_is_gone_on_with(editor, images, monkeypatch):
    monkeypatch.setattr(undoing, "BATCH", 2)
    done = act(editor, editing(lambda image: put(image, {"title": "A"})), [image.pk for image in images])
    for left in (4, 2):
        with pytest.raises(Busy):
            undo(editor, done.action, seconds=0)
        assert Image.objects.filter(title="A").count() == left
    assert len(undo(editor, done.action, seconds=0).results) == 6
    assert set(Change.objects.filter(undoes__isnull=False).values_list("target", flat=True)) == {
        str(image.pk) for image in images
    }
    assert Change.objects.filter(undoes__isnull=False).count() == 6


ACTS = {
    "hide": lambda user, album: showing("private"),
    "words": lambda user, album: editing(lambda image: put(image, {"title": "A", "author": "B"})),
    "dates": lambda user, album: shifting_dates(timedelta(days=31)),
    "trash": lambda user, album: trashing(),
    "restore": lambda user, album: restoring(),
    "tag": lambda user, album: tagging(add=["new", "newer"]),
    "untag": lambda user, album: tagging(remove=["sea", "sky"]),
    "file": filing,
    "unfile": unfiling,
}


def prepare(name: str, user, count: int) -> UUID:
    """Do this to so many images of a new library; return the action."""
    ids = [image.pk for image in add_rows(count, taken_day=date(2026, 5, 5))]
    act(user, tagging(add=["sea", "sky"]), ids)
    album = create(user, "Kites")
    if name == "unfile":
        act(user, filing(user, album), ids)
    if name == "restore":
        act(user, trashing(), ids)
    recount()
    changes = act(user, ACTS[name](user, album), ids)
    assert len(changes.images) == count
    return changes.action


@pytest.mark.parametrize("name", ACTS)
def test_the_statements_are_no_more_for_more(editor, name):
    """But those that insert rows, of which SQLite takes a hundred at once."""
    numbers = []
    for count in (50, 200):
        with alike():
            action = prepare(name, editor, count)
            with CaptureQueriesContext(connection) as asked:
                undone_ = undo(editor, action)
            assert {result.code for result in undone_.results} == {""}
            assert recount() == 0
            numbers.append(sum(not query["sql"].startswith("INSERT") for query in asked.captured_queries))
    assert numbers[0] == numbers[1]
