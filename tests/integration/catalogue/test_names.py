"""The different names of cameras, lenses and licences."""

from collections import Counter

import pytest

from images.catalogue import conditions, names
from images.catalogue.names import counts_of, listed_names, public_names, trashed_names
from images.catalogue.search import ImageFilter
from images.models import Image
from images.models.search import needle
from tests.factories import make_user, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows(db) -> None:
    for number, (camera, visibility, is_trashed) in enumerate(
        [
            ("", "public", False),
            ("Alpha", "public", False),
            ("Alpha", "private", False),
            ("Beta", "private", False),
            ("Gamma", "public", False),
            ("Gamma", "public", False),
            ("Omega", "public", True),
        ]
    ):
        image = Image.objects.create(
            hash=sha256(b"%d" % number),
            mime_type="image/jpeg",
            size=1,
            width=3,
            height=2,
            filename="a.jpg",
            metadata={"camera": camera},
            visibility=visibility,
        )
        if is_trashed:
            Image.objects.filter(pk=image.pk).update(deleted_at=image.created_at)


def test_names_are_those_of_what_is_listed_or_public_or_in_the_trash():
    assert listed_names("camera") == ["Alpha", "Beta", "Gamma"]
    assert public_names("camera") == ["Alpha", "Gamma"]
    assert trashed_names("camera") == ["Omega"]
    assert listed_names("lens") == public_names("lens") == []


def test_images_are_counted_by_name():
    asked = ["Alpha", "Beta", "Omega", "none"]
    assert counts_of("camera", asked, is_public=False) == {"Alpha": 2, "Beta": 1, "Omega": 0, "none": 0}
    assert counts_of("camera", asked, is_public=True) == {"Alpha": 1, "Beta": 0, "Omega": 0, "none": 0}
    assert counts_of("camera", [], is_public=True) == {}


def test_of_too_many_names_there_is_one_more(monkeypatch):
    monkeypatch.setattr(names, "NAMES", names.NAMES.replace(f"<= {names.MAX_NAMES}", "<= 1"))
    assert listed_names("camera") == ["Alpha", "Beta"]
    assert public_names("camera") == ["Alpha"]


def test_what_is_looked_for_among_names_is_read_once_for_all_of_them(monkeypatch):
    """To read a long text takes milliseconds, there may be thousands of names, and a list asks repeatedly."""
    read = Counter()

    def counting(text: str, is_whole: bool) -> str:
        read[text] += 1
        return needle(text, is_whole)

    monkeypatch.setattr(conditions, "needle", counting)
    for number in range(20):
        make_user(f"person {number}")
    filters = ImageFilter({"search": "camera:alp or -camera:bet or by:pers or by:person"})
    assert filters.is_valid()
    images = filters.images(make_user("ana", "Viewers"))
    page = images.page()
    assert (len(page.rows), images.count(page)) == (5, 5)
    assert [read[text] for text in ("alp", "bet", "pers", "person")] == [1, 1, 1, 1]
    assert max(read.values()) == 1
