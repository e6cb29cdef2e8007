"""A stranger's spider finds nothing of what is not public: no id, name or figure, in either gallery.

It crawls a library of public images, and crawls it again once others are between them: not a byte differs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from unittest import mock

import pytest

from images.catalogue import cursors, tags
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.favourites import favour
from images.catalogue.sharing import make_share
from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.models import Album, Image, Library
from images.models.figure import followed
from images.pages import albums as albums_page
from images.pages import tags as tags_page
from tests.factories import add_image, brand, make_image, make_user
from tests.integration.access.spider import crawl

pytestmark = [pytest.mark.django_db, pytest.mark.drill]

BEGUN = datetime(2026, 3, 1, 12, tzinfo=UTC)
PUBLIC = ("harbour", "kite", "meadow", "orchard")
HIDDEN = {"unlisted": ("quokka", "zephyr"), "private": ("mistral", "walrus"), "trashed": ("thimble", "yucca")}
WORDS = ("kite", "quokka", "mistral", "thimble", "vault", "zacharias", "1931")  # of which it asks beginnings
PLACES = (  # and all of these it comes to
    *("/albums/summer", "/albums/coasts?cursor=", "/albums?cursor=", "/tags?", "/tags/coast?", "/?cursor="),
    *("/?search=tag%3Acoast", "month=", "/images?cursor=", "/iiif/3/", "/info.json", "/full/max/0/"),
    *("/api/v1/albums/", "/api/v1/tags?cursor=", "/api/v1/timeline", "/download", "?metadata=embedded"),
)
YEARS = dict(zip((word for words in HIDDEN.values() for word in words), count(1931), strict=False))


@pytest.fixture(autouse=True)
def short_pages(monkeypatch):
    """Lists have several pages, though there is little in them."""
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    monkeypatch.setattr(albums_page, "ALBUMS_ON_A_PAGE", 1)
    monkeypatch.setattr(tags_page, "TAGS_ON_A_PAGE", 2)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be this moment for what is written meanwhile."""
    with mock.patch("django.utils.timezone.now", return_value=moment):
        yield


def add(word: str, seed: int, moment: datetime, visibility: str, **said) -> Image:
    with at(moment):
        image = add_image(
            make_image(seed=seed),
            filename=f"{word}.jpg",
            title=word,
            alt_text=f"The {word}",
            author=f"{word} studio",
            visibility="public" if visibility == "trashed" else visibility,
            **said,
        )
        image.metadata = {"camera": f"{word} camera", "lens": f"{word} lens"}
        with followed([image]):
            image.save()
    return image


@pytest.fixture
def images(db) -> list[Image]:
    """The public library: images an hour apart, some in albums and with tags."""
    person = make_user("quentin", "Contributors")
    images = [
        add(word, seed, BEGUN + timedelta(hours=seed), "public", uploaded_by=person, tags=["coast", word])
        for seed, word in enumerate(PUBLIC)
    ]
    with at(BEGUN):
        for title, search in (("Summer", ""), ("Coasts", "tag:coast")):
            album = create(person, title, visibility="public", search=search)
            if not search:
                file(person, album, [image.pk for image in images[:4]])
    brand(name="The harbour's", logo=None)
    return images


@dataclass
class Hidden:
    """What was put between the public images, and by what it is known."""

    images: list[Image]
    traces: list[str]


def hide(images: list[Image]) -> Hidden:
    """Put others between the images and around them, and into what has these."""
    person, summer, seeds = make_user("zacharias", "Editors"), Album.objects.get(slug="summer"), count(1000)
    hidden, traces = [], ["zacharias"]
    for visibility, words in HIDDEN.items():
        for place, word in enumerate(words):
            seed = next(seeds)
            moment = BEGUN + timedelta(hours=2 * place, minutes=seed % 60 - 20)
            image = add(word, seed, moment, visibility, uploaded_by=person)
            with followed([image]):
                image.taken_day, image.description = date(YEARS[word], 5, 5), f"{word} and kite"
                image.save()
            set_tags(image, ["coast", "kite", f"{word}s"])
            Image.objects.filter(pk=images[place].pk).update(derived_from=image)
            hidden.append(image)
            traces += traces_of(image)
    with at(BEGUN):  # not later: that somebody changed an album, and when, is told with it
        file(person, summer, [image.pk for image in hidden], before=images[0].pk)
        Album.objects.filter(pk=summer.pk).update(cover=hidden[0])
        for title, visibility in (("Nearby", "unlisted"), ("Vault", "private")):
            album = create(person, title, visibility=visibility, description=f"The {title} of it")
            file(person, album, [image.pk for image in (*hidden, *images)])
            traces += [str(album.pk), title, f"/{album.slug}"]
            make_share(person, album, note="for zacharias")
    favour(person, [*hidden, *images])
    for image in hidden:
        if image.title in HIDDEN["trashed"]:
            trash(image)
    Library.objects.update(logo=hidden[0])
    return Hidden(hidden, traces)


def traces_of(image: Image) -> list[str]:
    year = YEARS[image.title]
    return [str(image.pk), image.hash, image.title, image.title.title(), f"{year}-05", f">{year}<"]


def found(traces: list[str], answers: dict[str, str]) -> list[tuple[str, str]]:
    """Return what answers tell of these, and at which addresses."""
    return [(trace, address) for address, text in answers.items() for trace in traces if trace in text]


def test_it_finds_nothing_that_is_hidden_and_no_figure_that_counts_it(images):
    before = crawl(WORDS)
    hidden = hide(images)
    after = crawl(WORDS)
    assert found(hidden.traces, after) == []
    assert found(["quentin"], after) == []  # whose the public ones are
    assert sorted(after.keys() ^ before.keys()) == []
    assert [address for address in after if after[address] != before[address]] == []
    reached = {place for place in PLACES if any(place in address for address in after)}
    assert reached == {*PLACES}
    for image in images:
        assert {image.get_absolute_url(), image.get_file_url(), f"/api/v1/images/{image.pk}"} <= after.keys()


def test_in_a_library_of_members_it_finds_the_images_that_it_knows_and_no_other(images, settings):
    settings.IMAGELIB_GALLERY = "members"
    known = images[1].get_absolute_url()
    before = crawl(WORDS, [known])
    hidden = hide(images)
    after = crawl(WORDS, [known])
    others = [str(image.pk) for image in images if image != images[1]]
    assert found([*hidden.traces, *others, "Summer", "Coasts", "quentin"], after) == []
    assert before == after
    assert images[1].get_file_url() in after


@pytest.mark.parametrize("gallery", ["public", "members"])
def test_who_has_the_address_of_one_unlisted_image_finds_no_other(images, settings, gallery):
    settings.IMAGELIB_GALLERY = gallery
    hidden = hide(images)
    one = hidden.images[0]
    after = crawl((), [one.get_absolute_url(), f"/api/v1/images/{one.pk}"])
    own = {trace for trace, address in found(hidden.traces, after)}
    assert own <= {*traces_of(one)}
    assert one.get_file_url() in after


def test_it_would_find_what_is_told(images, monkeypatch):
    """Were all tags everybody's."""
    hidden = hide(images)
    monkeypatch.setattr(tags, "sees_all", lambda user: True)
    assert {trace for trace, _ in found(hidden.traces, crawl(()))} == {*YEARS}
