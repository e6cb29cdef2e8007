"""Searches that are kept as albums: what fills them, who sees what of it, and what they are not."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError

from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import FIRST, file, move, unfile
from images.catalogue.album_pages import album_page, found_by
from images.catalogue.albums import count_of, covers
from images.catalogue.curation import hide
from images.catalogue.lists import ImageList
from images.catalogue.query import conjuncts, parse
from images.catalogue.tags import set_tags
from images.models import Album, Image
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


@pytest.fixture
def images(contributor) -> list[Image]:
    """Four by title; the last is private, and all but the first have a tag."""
    added = [
        add_image(make_image(seed=seed), title="dcba"[seed], filename=f"{seed}.jpg", uploaded_by=contributor)
        for seed in range(4)
    ]
    for image in added[1:]:
        set_tags(image, ["coast"])
    hide(added[3])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    return create(contributor, "Coast", visibility="public", search="tag:coast sort:title")


def shown(user, album: Album) -> str:
    return "".join(image.title for image in album_page(user, album).rows)


def found(user, text: str) -> str:
    rows = ImageList(user, conjuncts(parse(text).tree), ordering="title").page().rows
    return "".join(image.title for image in rows)


def test_it_is_always_of_what_its_search_finds_for_each_person(album, images, contributor, stranger):
    assert (shown(contributor, album), shown(NOBODY, album), shown(stranger, album)) == ("abc", "bc", "bc")
    set_tags(images[0], ["coast"])
    set_tags(images[1], [])
    assert (shown(contributor, album), shown(NOBODY, album)) == ("abd", "bd")
    assert found_by(NOBODY, album).count(found_by(NOBODY, album).page()) == 2
    assert count_of(contributor, album) is None


def test_it_has_an_order_of_its_own_or_that_of_the_search(album, contributor):
    describe(contributor, album, ordering="filename")
    assert shown(contributor, album) == "cba"
    describe(contributor, album, ordering="hand", search="tag:coast")
    assert shown(contributor, album) == "abc"  # the newest first


def test_no_image_is_filed_in_it_moved_or_taken_out(album, images, contributor):
    for act in (
        lambda: file(contributor, album, [images[0].pk]),
        lambda: file(contributor, album, [images[0].pk], before=FIRST),
        lambda: unfile(contributor, album, [images[1].pk]),
        lambda: move(contributor, album, images[1].pk, "first"),
    ):
        with pytest.raises(ValidationError):
            act()
    assert not album.entries.exists()


def test_an_album_of_images_is_no_search(contributor, images):
    album = create(contributor, "By hand")
    file(contributor, album, [images[0].pk])
    with pytest.raises(ValidationError) as refused:
        describe(contributor, album, search="tag:coast")
    assert list(refused.value.message_dict) == ["search"]
    unfile(contributor, album, [images[0].pk])
    describe(contributor, album, search="tag:coast")
    assert shown(NOBODY, album) == "bc"
    describe(contributor, album, search="")
    file(contributor, album, [images[0].pk])
    assert shown(NOBODY, album) == "d"


@pytest.mark.parametrize("search", ["colour:red", "(", "sort:title", "is:trashed", "coast -is:trashed"])
def test_what_fills_no_album_is_refused_in_words(contributor, search):
    with pytest.raises(ValidationError) as refused:
        create(contributor, "Coast", search=search)
    assert list(refused.value.message_dict) == ["search"]
    assert not Album.objects.exists()


def test_its_cover_is_the_first_that_visitors_see_or_one_that_it_finds(album, images, contributor):
    assert covers(NOBODY, [album]) == {album.pk: images[2]}
    describe(contributor, album, cover_id=images[3].pk)
    assert covers(contributor, [album]) == {album.pk: images[3]}
    assert covers(NOBODY, [album]) == {}
    with pytest.raises(ValidationError):
        describe(contributor, album, cover_id=images[0].pk)


@pytest.mark.parametrize(
    ("text", "of_all", "of_nobody"),
    [
        ("album:coast", "abc", "bc"),
        ("album:coast -b", "ac", "c"),
        ("-album:coast", "d", "d"),
        ("album:coast or d", "abcd", "bcd"),
        ("album:coast album:by-hand", "b", "b"),
        ("album:coast or album:by-hand", "abcd", "bcd"),
        ("album:within", "bd", "bd"),
    ],
)
def test_a_search_finds_by_its_name_what_it_finds(album, images, contributor, text, of_all, of_nobody):
    by_hand = create(contributor, "By hand", visibility="public")
    file(contributor, by_hand, [images[0].pk, images[2].pk])
    create(contributor, "Within", visibility="public", search="album:by-hand")
    assert (found(contributor, text), found(NOBODY, text)) == (of_all, of_nobody)


def test_two_that_name_each_other_end(contributor, images):
    create(contributor, "One", search="album:two")
    create(contributor, "Two", search="album:one or d")
    assert (found(contributor, "album:one"), found(contributor, "album:two")) == ("", "d")


def test_a_private_one_fills_nothing_for_those_who_do_not_see_it(album, contributor):
    describe(contributor, album, visibility="private")
    assert (found(NOBODY, "album:coast"), found(contributor, "album:coast")) == ("", "abc")


def test_a_search_of_another_version_finds_nothing(album, contributor):
    Album.objects.update(search="colour:red")
    album.refresh_from_db()
    assert shown(contributor, album) == found(contributor, "album:coast") == ""
