"""What a query text and filters find, and in which order."""

import itertools
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.search import ImageFilter
from images.models import Image, Tag, Tagging
from images.text import folded
from tests.factories import make_user

pytestmark = pytest.mark.django_db

numbers = itertools.count(1)


def row(**fields) -> Image:
    """Return a new row; nothing here looks at bytes, so there are none."""
    created_at = fields.pop("created_at", None)
    facts = {"mime_type": "image/jpeg", "size": 1000, "width": 64, "height": 48, "filename": "photo.jpg"}
    image = Image.objects.create(hash=f"{next(numbers):064x}", **facts | fields)
    if created_at:
        Image.objects.filter(pk=image.pk).update(created_at=created_at)
    return image


def rows(query: str) -> list[Image]:
    """Return what the parameters of a query string find for somebody who sees all."""
    filters = ImageFilter(QueryDict(query))
    assert filters.is_valid(), filters.errors
    return filters.images(User(is_superuser=True)).page().rows


def found(query: str) -> list[str]:
    """Return the titles of what they find."""
    return [image.title for image in rows(query)]


def finds(text: str) -> bool:
    return bool(rows(urlencode({"search": text})))


def errors(query: str) -> dict:
    return ImageFilter(QueryDict(query)).errors


@pytest.mark.parametrize("field", ["title", "description", "alt_text", "filename"])
def test_search_looks_into_every_text(field):
    image = row(**{field: "A lighthouse at dusk"})
    row(**{field: "A harbour at dusk"})
    assert rows("search=lighthouse") == [image]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("dusk lighthouse", True),
        ("lighthouse harbour", False),
        ("LIGHTHOUSE", True),
        ("light", True),
        ("lighthouse keeper.png", True),
        ("  lighthouse\t ", True),
        ("ÉTRETAT", True),
        ("étretat", True),
        ("E\u0301tretat", True),
        ("100%", True),
        ("%", True),
        ("_", True),
        ("l.ghthouse", False),
        ("é.retat", False),
        ("", True),
    ],
)
def test_search_needs_all_words_in_any_field_whatever_their_case(text, is_found):
    row(title="Lighthouse at dusk", description="100% of Étretat", filename="Keeper.PNG")
    assert finds(text) is is_found


def test_type_takes_the_media_type_or_its_short_name():
    row(title="photo")
    row(title="drawing", mime_type="image/png")
    assert found("type=image/png") == found("type=png") == ["drawing"]
    assert found("type=image/jpeg") == found("type=jpeg") == ["photo"]


def test_visibility_filter():
    row(title="open")
    row(title="hidden", visibility="private")
    assert found("visibility=private") == ["hidden"]


def test_upload_time_is_from_after_until_before():
    for day in (1, 2, 3):
        row(title=f"day {day}", created_at=datetime(2024, 5, day, tzinfo=UTC))
    assert found("uploaded_after=2024-05-02") == ["day 3", "day 2"]
    assert found("uploaded_before=2024-05-02") == ["day 1"]
    assert found("uploaded_after=2024-05-02T00:00:00Z&uploaded_before=2024-05-03T00:00:00Z") == ["day 2"]
    assert found("uploaded_after=2024-05-02T23:00:00-02:00") == []


def test_day_taken_is_from_after_until_before_by_the_cameras_clock():
    """Two hours east of UTC it was the second already."""
    for day in (1, 2, 3):
        taken_at = datetime(2024, 5, day, 22, tzinfo=UTC) - timedelta(days=1)
        row(title=f"day {day}", taken_at=taken_at, taken_offset=120, taken_day=date(2024, 5, day))
    row(title="undated")
    assert sorted(found("taken_after=2024-05-02")) == ["day 2", "day 3"]
    assert found("taken_before=2024-05-02") == ["day 1"]
    assert found("taken_after=2024-05-02&taken_before=2024-05-03") == ["day 2"]
    assert len(found("taken_after=&taken_before=")) == 4


@pytest.mark.parametrize(
    ("orientation", "size"), [("landscape", (3, 2)), ("portrait", (2, 3)), ("square", (2, 2))]
)
def test_orientation_filter(orientation, size):
    for title, (width, height) in {"landscape": (3, 2), "portrait": (2, 3), "square": (2, 2)}.items():
        row(title=title, width=width, height=height)
    assert found(f"orientation={orientation}") == [orientation]


def test_min_width_includes_the_width_itself():
    for width in (99, 100, 101):
        row(title=str(width), width=width)
    assert sorted(found("min_width=100")) == ["100", "101"]
    assert found("min_width=99999999999999999999") == []


def test_hash_filter_takes_either_case():
    image = row(title="one")
    row(title="other")
    assert found(f"hash={image.hash}") == found(f"hash={image.hash.upper()}") == ["one"]


def test_filters_are_combined_and_empty_ones_do_nothing():
    row(title="wide", width=100)
    row(title="wide drawing", width=100, mime_type="image/png")
    row(title="drawing", mime_type="image/png")
    assert found("search=wide&type=png&min_width=100") == ["wide drawing"]
    assert (
        len(found("search=&type=&visibility=&uploaded_after=&orientation=&min_width=&hash=&ordering=")) == 3
    )


def test_newest_come_first_unless_told_otherwise():
    row(title="old", created_at=datetime(2020, 1, 1, tzinfo=UTC))
    row(title="new")
    assert found("") == found("ordering=-created_at") == ["new", "old"]
    assert found("ordering=created_at") == ["old", "new"]


@pytest.mark.parametrize("field", ["size", "width", "height", "title", "filename"])
def test_ordering_by_a_field_and_backwards(field):
    small, large = {"size": 1, "width": 1, "height": 1}, {"size": 2, "width": 2, "height": 2}
    row(title="b", filename="b", **large)
    row(title="a", filename="a", **small)
    assert found(f"ordering={field}") == ["a", "b"]
    assert found(f"ordering=-{field}") == ["b", "a"]


def test_ties_keep_one_order():
    images = [row() for _ in range(5)]
    forward, backward = rows("ordering=size"), rows("ordering=-size")
    assert forward == sorted(images, key=lambda image: image.pk) == backward[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("type=bmp", "type"),
        ("type=image/", "type"),
        ("visibility=secret", "visibility"),
        ("uploaded_after=yesterday", "uploaded_after"),
        ("uploaded_before=2024-13-01", "uploaded_before"),
        ("uploaded_after=02/03/2024", "uploaded_after"),
        ("uploaded_after=9999-12-31T23:59:59-12:00", "uploaded_after"),
        ("uploaded_before=0001-01-01T00:00:00%2B12:00", "uploaded_before"),
        ("taken_after=yesterday", "taken_after"),
        ("taken_after=02/03/2024", "taken_after"),
        ("taken_before=2024-02-30", "taken_before"),
        ("taken_before=2024-05-02T10:00:00Z", "taken_before"),
        ("taken_before=0000-01-01", "taken_before"),
        ("orientation=upside-down", "orientation"),
        ("min_width=wide", "min_width"),
        ("min_width=-1", "min_width"),
        ("min_width=1e9", "min_width"),
        ("hash=abc", "hash"),
        ("trashed=maybe", "trashed"),
        ("ordering=hash", "ordering"),
        ("ordering=--size", "ordering"),
        ("ordering=size&search=sort:taken", "ordering"),
        ("tag=a&tag=b%00", "tag"),
        ("album=a%00", "album"),
        ("album=" + "a" * 1001, "album"),
        ("search=colour:red", "search"),
        ("search=a+or+is:trashed", "search"),
        ("search=-(a+is:trashed)", "search"),
        ("search=a%00b", "search"),
        ("search=" + "a" * 1001, "search"),
    ],
)
def test_a_bad_value_is_an_error_of_its_field(query, field):
    assert list(errors(query)) == [field]


def test_the_place_of_an_error_in_a_search_is_told():
    filters = ImageFilter(QueryDict("search=++boat+colour:red"))
    assert (filters.is_valid(), filters.search_offset) == (False, 7)
    assert ImageFilter(QueryDict("search=boat")).search_offset is None


def test_tags_are_found_by_name_in_any_case_all_of_them():
    both, one = row(title="both"), row(title="one")
    for name, images in {"Coast": (both, one), "Black & white": (both,)}.items():
        tag = Tag.objects.create(name=name, key=folded(name), slug=name[:1], public=1, all=1)
        Tagging.objects.bulk_create(Tagging(tag=tag, image=image) for image in images)
    assert found("tag=COAST") == ["one", "both"]
    assert found("tag=coast&tag=black+%26+white&tag=") == ["both"]
    assert found("tag=coa") == []


def test_an_album_is_found_by_its_address_or_its_id_by_those_who_see_it():
    row(title="other")
    image, editor = row(title="in it"), make_user("eva", "Editors")
    album, hidden = create(editor, "Summer", visibility="public"), create(editor, "Winter")
    for one in (album, hidden):
        file(editor, one, [image.pk])
    assert (
        found("album=summer") == found(f"album={album.pk}") == found(f"search=album:{album.pk}") == ["in it"]
    )
    for nothing in ("00000000-0000-4000-8000-000000000000", "autumn"):
        assert found(f"album={nothing}") == []
    for name in ("winter", hidden.pk):
        filters = ImageFilter(QueryDict(f"album={name}"))
        assert filters.is_valid()
        assert filters.images(AnonymousUser()).page().rows == []


def test_an_order_is_said_by_the_search_or_beside_it():
    row(title="new", taken_at=datetime(2020, 1, 1, tzinfo=UTC), taken_day=date(2020, 1, 1))
    row(title="old", taken_at=datetime(2019, 1, 1, tzinfo=UTC), taken_day=date(2019, 1, 1))
    for query in ("search=sort:-taken", "ordering=-taken_at", "search=sort:-taken&ordering=-taken_at"):
        assert found(query) == ["new", "old"]
    assert found("ordering=taken_at") == ["old", "new"]


def test_the_trash_is_listed_by_the_parameter_or_the_word():
    row(title="there")
    row(title="in the trash", deleted_at=datetime(2024, 1, 1, tzinfo=UTC))
    assert found("trashed=1") == found("search=is:trashed") == ["in the trash"]
    assert found("") == found("trashed=0") == found("search=-is:trashed") == ["there"]
    assert found("trashed=0&search=is:trashed") == []
