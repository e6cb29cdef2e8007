"""manage.py verifystorage --reinspect: rows get the words, moment and place that their files say."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from images.catalogue.trash import trash
from images.imaging.sandbox import inspect_image
from images.maintenance import verification
from images.models import Image
from images.models.indexing import reindex
from tests.clients.commands import run
from tests.factories import add_image, make_image, said_of
from tests.files.located import photo
from tests.queries import matching

pytestmark = pytest.mark.django_db

AT = datetime(2019, 8, 2, 21, 30, tzinfo=UTC)
TAKEN = ("taken_at", "taken_offset", "taken_day", "taken_from")
FILE = (AT, 180, date(2019, 8, 3), "file")
WORDS = {"title": "Snake River", "author": "Ansel Adams", "keywords": ["river"]}


@pytest.fixture
def say(monkeypatch):
    """Let today's inspection read this of every file."""

    def say(words=None, **facts) -> None:
        def inspect(file, *args):
            found = inspect_image(file, *args)
            told = found.metadata | ({} if words is None else {"words": words})
            return replace(found, metadata=told, **facts)

        monkeypatch.setattr(verification, "inspect_image", inspect)

    return say


def values(*names: str) -> tuple:
    return Image.objects.values_list(*names).get()


def test_an_older_row_gets_the_words_of_its_file(say):
    image = add_image()
    say(WORDS | {"headline": "Tetons"})
    result = run("verifystorage", "--reinspect")
    assert result.lines == [
        f"updated: {image.hash} (image {image.pk}): author, metadata, tags, title",
        "Whole: 3. Problems: none. Brought up to date: 1 (author 1, metadata 1, tags 1, title 1).",
    ]
    assert said_of(image, *WORDS.keys() - {"keywords"}, "tags") == {
        "title": "Snake River",
        "author": "Ansel Adams",
        "tags": ["river"],
    }
    assert values("metadata")[0]["words"] == WORDS | {"headline": "Tetons"}
    assert run("verifystorage", "--reinspect", "--json").summary["updated"] == 0


def test_what_people_say_stays(say):
    image = add_image(title="Mine", tags=["mine"], decorative=True)
    say(WORDS | {"alt_text": "A river"})
    run("verifystorage", "--reinspect")
    assert values("title", "author", "alt_text") == ("Mine", "Ansel Adams", "")
    assert said_of(image, "tags") == {"tags": ["mine"]}


def test_a_word_that_a_person_emptied_stays_empty(say):
    """What was read once is remembered; only what a later reading finds besides is filled in."""
    add_image()
    say({"title": "Snake River"})
    run("verifystorage", "--reinspect")
    Image.objects.update(title="")
    say({"title": "The Snake River", "author": "Ansel Adams"})
    result = run("verifystorage", "--reinspect", "--json")
    assert values("title", "author") == ("", "Ansel Adams")
    assert result.summary["fields"] == {"author": 1, "metadata": 1}


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ((None, None, None, ""), FILE),
        ((datetime(2001, 1, 1, tzinfo=UTC), None, date(2001, 1, 1), "file"), FILE),
        ((datetime(2001, 1, 1, tzinfo=UTC), None, date(2001, 1, 1), "name"), FILE),
        ((None, None, date(2001, 1, 1), "name"), FILE),
        ((datetime(2001, 1, 1, tzinfo=UTC), None, date(2001, 1, 1), "upload"), None),
        ((datetime(2001, 1, 1, tzinfo=UTC), 60, date(2001, 1, 1), "hand"), None),
        ((None, None, None, "hand"), None),  # somebody said that it is not known
    ],
)
def test_the_moment_is_the_files_unless_a_person_said_it(say, former, now):
    add_image()
    Image.objects.update(**dict(zip(TAKEN, former, strict=True)))
    say(taken_at=AT, taken_offset=180)
    run("verifystorage", "--reinspect")
    assert values(*TAKEN) == (now or former)


def test_where_the_file_does_not_say_the_moment_is_that_of_the_name():
    add_image(filename="IMG_20190802_213000.jpg")
    Image.objects.update(taken_at=None, taken_day=None, taken_from="")
    run("verifystorage", "--reinspect")
    assert values(*TAKEN) == (AT, None, date(2019, 8, 2), "name")


@pytest.mark.parametrize("stripped", ["at the door", "a copy"])
def test_a_stripped_file_takes_nothing_from_what_was_read_of_the_one_that_was_sent(say, stripped):
    """It says nothing any more. Whether it does say where, today's reading alone knows."""
    original = add_image(make_image(seed=1))
    image = add_image(filename="IMG_20200101_101010.jpg")
    stripping = {"source_hash": "0" * 64} if stripped == "at the door" else {"derived_from": original}
    metadata = {"camera": "X100V", "words": {"title": "Read before"}, "color": "#000000"}
    rows = Image.objects.filter(pk=image.pk)
    rows.update(metadata=metadata, **stripping, **dict(zip(TAKEN, FILE, strict=True)))
    say()
    run("verifystorage", "--reinspect")
    kept = rows.values("metadata", "title", *TAKEN).get()
    assert tuple(kept[name] for name in TAKEN) == FILE
    assert kept["metadata"] == metadata | {"color": kept["metadata"]["color"]}
    assert kept["metadata"]["color"] != "#000000"
    assert kept["title"] == ""
    say(has_location=True)
    run("verifystorage", "--reinspect")
    assert rows.get().has_location


WARNING = "2 public images say where they were taken, and nobody said to publish that. "


def test_public_images_that_say_where_are_named_and_counted():
    known, found = add_image(photo(1)), add_image(photo(2))
    Image.objects.update(visibility="public")
    Image.objects.filter(pk=found.pk).update(has_location=False)  # as a reading of before had it
    result = run("verifystorage", "--reinspect")
    assert set(result.lines[:2]) == {
        f"says where: {known.hash} (image {known.pk})",
        f"updated, says where: {found.hash} (image {found.pk}): has_location",
    }
    assert result.lines[-1].startswith(WARNING)
    assert result.code == 0
    as_json = run("verifystorage", "--reinspect", "--json")
    assert as_json.summary["say_where"] == 2
    assert all(one["says_where"] is True for one in as_json.objects)


@pytest.mark.parametrize("why", ["private", "in the trash", "somebody said so", "the policy says so"])
def test_others_that_say_where_are_not(why, settings):
    image = add_image(photo())
    Image.objects.update(visibility="private" if why == "private" else "public")
    Image.objects.update(location_kept=why == "somebody said so")
    if why == "in the trash":
        image.refresh_from_db()
        trash(image)
    if why == "the policy says so":
        settings.IMAGELIB_LOCATIONS = "keep"
    result = run("verifystorage", "--reinspect", "--json")
    assert (result.objects, result.summary["say_where"]) == ([], 0)


def test_what_is_read_is_found_by_the_next_search():
    image = add_image(photo())
    Image.objects.update(metadata={}, title="Kite")  # as a version read it that knew no cameras
    reindex([image.pk])
    assert not matching(["x100v"]).exists()
    assert run("verifystorage", "--reinspect").code == 0
    image.refresh_from_db()
    assert (image.camera, image.search_text) == ("X100V", " kite \n photo jpg \n x100v ")
    assert matching(["x100v"]).get() == image.pk
