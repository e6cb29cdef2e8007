"""What a new row says when its sender says nothing: what the file says, else its name."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image as PillowImage

from images.catalogue.tags import tag_names
from images.imaging.sandbox import inspect_image
from images.ingest import pipeline
from images.ingest.words import words_of
from images.models import Image
from tests.clients.api import IMAGES, client_of
from tests.clients.api import form as upload_form
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

WORDS = {
    "title": "Snake River",
    "headline": "The Tetons",
    "description": "From the overlook\nin the evening",
    "alt_text": "A river before mountains",
    "author": "Ansel Adams",
    "credit": "National Park Service",
    "copyright": "Public domain",
    "licence": "CC0-1.0",
    "source_url": "https://example.org/tetons",
    "keywords": ["river", "mountains"],
}
SAID = {name: word for name, word in WORDS.items() if name not in ("headline", "keywords")} | {
    "tags": ["mountains", "river"]
}


def file_says(monkeypatch, words=None, **facts) -> None:
    """Let the child read this of every file."""

    def inspect(file, *args):
        found = inspect_image(file, *args)
        told = found.metadata | ({} if words is None else {"words": words})
        return replace(found, metadata=told, **facts)

    monkeypatch.setattr(pipeline, "inspect_image", inspect)


def said(image: Image) -> dict:
    return {name: tag_names(image) if name == "tags" else getattr(image, name) for name in SAID}


def taken(image: Image) -> tuple:
    image.refresh_from_db()
    return image.taken_at, image.taken_offset, image.taken_day, image.taken_from


def test_empty_words_are_filled_from_the_file_and_what_it_said_is_remembered(monkeypatch):
    file_says(monkeypatch, WORDS)
    image = add_image()
    assert said(image) == SAID
    image.refresh_from_db()
    assert said(image) == SAID
    assert image.metadata["words"] == WORDS


def test_a_file_says_it_from_end_to_end(contributor):
    """What a camera with an owner writes, through the child and the API."""
    exif = PillowImage.Exif()
    exif.update({0x010E: "The Tetons", 0x013B: "Ansel Adams", 0x8298: "Public domain"})
    exif.get_ifd(0x8769).update({0x9003: "2019:08:03 00:30:00", 0x9011: "+03:00", 0x9291: "25"})
    file = SimpleUploadedFile("IMG_20200101_101010.jpg", make_image(exif=exif))
    answer = client_of(contributor).post(IMAGES, {"file": file}).json()
    assert answer["description"] == "The Tetons"
    assert (answer["author"], answer["copyright"]) == ("Ansel Adams", "Public domain")
    assert (answer["taken_at"], answer["taken_offset"]) == ("2019-08-02T21:30:00.250000Z", 180)
    assert (answer["taken_day"], answer["taken_from"]) == ("2019-08-03", "file")


def test_of_a_file_that_tells_the_day_alone_no_time_is_made_up(contributor):
    exif = PillowImage.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2019:08:03"
    image = add_image(make_image(exif=exif), filename="IMG_20200101_101010.jpg")
    assert taken(image) == (None, None, date(2019, 8, 3), "file")


def test_what_the_sender_says_stays_and_an_empty_field_says_nothing(monkeypatch, contributor):
    file_says(monkeypatch, WORDS)
    sent = {"title": "Mine", "tags": ["mine"], "author": "", "licence": "MIT"}
    answer = client_of(contributor).post(IMAGES, upload_form() | sent).json()
    assert answer["title"] == "Mine"
    assert answer["tags"] == ["mine"]
    assert answer["licence"] == "MIT"
    assert answer["author"] == "Ansel Adams"


def test_a_headline_is_the_title_where_there_is_none(monkeypatch):
    file_says(monkeypatch, WORDS | {"title": " "})
    assert add_image().title == "The Tetons"


def test_a_decorative_image_gets_no_alternative_text(monkeypatch):
    file_says(monkeypatch, WORDS)
    image = add_image(decorative=True)
    assert (image.decorative, image.alt_text, image.title) == (True, "", "Snake River")


def test_of_what_a_stranger_wrote_only_what_a_row_takes_is_taken():
    found = words_of(
        {
            "words": {
                "title": "a\0b\u202e" + "x" * 300,
                "description": "y" * 20_000,
                "alt_text": 7,
                "author": ["somebody"],
                "copyright": None,
                "licence": "All rights reserved",
                "source_url": "javascript:alert(1)",
                "keywords": [*map(str, range(200)), "z" * 200, 7, None, "\0"],
            }
        }
    )
    tags = found.pop("tags")
    assert tags == [str(number) for number in range(100)]
    Image(**found, hash="0" * 64, mime_type="image/png", size=1, width=1, height=1, filename="a").full_clean()
    assert found == dict.fromkeys(SAID.keys() - {"tags"}, "") | {
        "title": "ab" + "x" * 198,
        "description": "y" * 10_000,
    }


@pytest.mark.parametrize("words", [[], "words", None, {"keywords": "river"}, {"keywords": {"a": 1}}])
def test_what_is_no_table_of_words_says_nothing(words):
    assert not any(words_of({"words": words}).values())


AT = datetime(2019, 8, 2, 21, 30, tzinfo=UTC)


def test_when_it_was_taken_is_what_the_file_says_before_its_name(monkeypatch):
    file_says(monkeypatch, taken_at=AT, taken_offset=180)
    image = add_image(filename="IMG_20200101_101010.jpg")
    assert taken(image) == (AT, 180, date(2019, 8, 3), "file")


def test_else_what_its_name_says(monkeypatch):
    image = add_image(filename="IMG_20200101_101010.jpg")
    assert taken(image) == (datetime(2020, 1, 1, 10, 10, 10, tzinfo=UTC), None, date(2020, 1, 1), "name")


def test_else_nothing():
    assert taken(add_image()) == (None, None, None, "")


@pytest.mark.parametrize("facts", [{"taken_at": datetime(1, 1, 1, tzinfo=UTC)}, {"taken_offset": 10**9}])
def test_a_clock_that_was_never_set_says_nothing(monkeypatch, facts):
    file_says(monkeypatch, **{"taken_at": AT, "taken_offset": None} | facts)
    assert taken(add_image()) == (None, None, None, "")


def test_what_the_sender_says_of_it_stays(monkeypatch, contributor):
    file_says(monkeypatch, taken_at=AT)
    sent = upload_form() | {"taken_at": "1942-05-01T18:00:00"}
    answer = client_of(contributor).post(IMAGES, sent).json()
    assert (answer["taken_at"], answer["taken_from"]) == ("1942-05-01T18:00:00Z", "upload")


def test_known_bytes_stay_as_they_are(monkeypatch):
    image = add_image(make_image())
    file_says(monkeypatch, WORDS, taken_at=AT)
    again, is_new = pipeline.ingest(io.BytesIO(make_image()), filename="20200101_101010.jpg")[:2]
    assert (again, is_new, again.title) == (image, False, "")
    assert taken(again) == (None, None, None, "")
