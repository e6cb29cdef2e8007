"""Albums: who sees which and what of it, their addresses, what is filed in them, and in which order."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.catalogue import album_entries
from images.catalogue.album_curation import create, delete, describe
from images.catalogue.album_entries import FIRST, file, unfile
from images.catalogue.albums import (
    count_of,
    covers,
    may_change_album,
    may_make_albums,
    seen_entries,
    visible_album,
    visible_albums,
)
from images.catalogue.curation import hide, publish
from images.catalogue.lists import ImageList
from images.catalogue.query import Field, Text
from images.catalogue.trash import purge, restore, trash
from images.maintenance.recounting import recount
from images.models import Album, AlbumEntry, Image
from tests.factories import add_image, make_image, make_user
from tests.resilience.races import start

pytestmark = pytest.mark.django_db

NOBODY = AnonymousUser()


@pytest.fixture
def images() -> list[Image]:
    """Five; the last is private."""
    added = [add_image(make_image(seed=seed), filename=f"{seed}.jpg") for seed in range(5)]
    hide(added[4])
    return added


@pytest.fixture
def album(contributor, images) -> Album:
    """All of them, in an album that is public."""
    made = create(contributor, "Summer in Porto", visibility="public")
    file(contributor, made, [image.pk for image in images])
    return made


def order(user, album: Album) -> str:
    """Return the names of the images that `user` sees, in their order."""
    return "".join(entry.image.filename[0] for entry in seen_entries(user, album))


def ids(images: list[Image], numbers: str) -> list:
    return [images[int(number)].pk for number in numbers]


# --- Who sees which ---


def test_a_private_album_is_seen_by_who_made_it_and_who_sees_private_images(
    contributor, viewer, editor, stranger
):
    made = create(contributor, "Hidden")
    other = create(editor, "Shown", visibility="public")
    for person in (contributor, viewer, editor):
        assert set(visible_albums(person)) == {made, other}
    for person in (NOBODY, stranger):
        assert set(visible_albums(person)) == {other}
        with pytest.raises(Album.DoesNotExist):
            visible_album(person, "hidden")
    contributor.groups.clear()
    assert visible_album(type(contributor).objects.get(pk=contributor.pk), "hidden") == made


def test_who_uploads_makes_albums_and_who_made_one_or_edits_changes_it(
    contributor, viewer, editor, stranger, album
):
    assert [may_make_albums(user) for user in (contributor, editor, viewer, stranger, NOBODY)] == [
        *(True, True),
        *(False, False, False),
    ]
    other = make_user("other", "Contributors")
    may = [may_change_album(user, album) for user in (contributor, editor, other, viewer, stranger, NOBODY)]
    assert may == [True, True, False, False, False, False]


def test_people_see_of_an_album_what_they_see_anyway(contributor, stranger, album, images):
    assert (order(contributor, album), count_of(contributor, album)) == ("01234", 5)
    for person in (NOBODY, stranger):
        assert (order(person, album), count_of(person, album)) == ("0123", 4)
    trash(images[1])
    assert (order(NOBODY, album), order(contributor, album)) == ("023", "0234")
    restore(Image.objects.get(pk=images[1].pk))
    assert order(NOBODY, album) == "0123"


def test_nobody_is_shown_a_cover_that_they_do_not_see(contributor, album, images, django_assert_num_queries):
    empty = create(contributor, "Empty", visibility="public")
    with django_assert_num_queries(2):
        assert covers(contributor, [album, empty]) == {album.pk: images[0]}
    describe(contributor, album, cover_id=images[4].pk)
    assert covers(contributor, [album]) == {album.pk: images[4]}
    assert covers(NOBODY, [album]) == {album.pk: images[0]}
    trash(images[0])
    assert covers(NOBODY, [album]) == {album.pk: images[1]}
    for image in images[1:4]:
        hide(image)
    assert covers(NOBODY, [album]) == {}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="it has the statistics to know better")
def test_covers_and_pages_come_by_the_entries_and_not_by_all_public_images(contributor, album):
    with CaptureQueriesContext(connection) as asked:
        covers(NOBODY, [album])
        list(seen_entries(NOBODY, album)[:3])
    with connection.cursor() as cursor:
        for query in asked.captured_queries:
            cursor.execute(f"EXPLAIN QUERY PLAN {query['sql'].replace('%', '%%')}", [])
            plan = "\n".join(row[3] for row in cursor.fetchall())
            assert "image_visibility" not in plan, plan
            assert "SCAN" not in plan, plan


# --- Addresses and words ---


def test_an_address_is_made_of_the_title_and_leads_there_for_ever(contributor):
    album = create(contributor, "Été à  Porto!")
    assert (album.slug, album.key) == ("ete-a-porto", "ete a porto!")
    describe(contributor, album, title="Winter")
    other = create(contributor, "Ete a Porto")
    assert (album.slug, other.slug) == ("winter", "ete-a-porto-2")
    assert visible_album(contributor, "ete-a-porto") == album
    describe(contributor, album, title="été à Porto")
    assert album.slug == "ete-a-porto"
    assert visible_album(contributor, "winter") == album
    assert [create(contributor, title).slug for title in ("!!!", "***", "山 川")] == [
        "album",
        "album-2",
        "山-川",
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [("summer-in-porto", 5), ("winter", 5), ("WINTER", 5), ("summer in porto", 0), ("porto", 0)],
)
def test_a_search_finds_it_by_its_title_and_each_of_its_addresses(contributor, album, name, found):
    describe(contributor, album, title="Winter")
    nodes = (Field("album", Text(name, is_whole=True)),)
    assert len(ImageList(contributor, nodes).page().rows) == found
    assert len(ImageList(NOBODY, nodes).page().rows) == max(0, found - 1)


def test_the_same_title_in_other_letters_keeps_the_address(contributor):
    first, second = create(contributor, "Porto"), create(contributor, "Porto")
    delete(first)
    describe(contributor, second, title="PORTO")
    assert (second.slug, second.title) == ("porto-2", "PORTO")
    assert create(contributor, "Porto").slug == "porto"


@pytest.mark.parametrize("title", ["", " \n", "a\0b", "\u200b\u200d", "x" * 201, "ﷺ" * 200])
def test_what_is_no_title_is_refused_in_words(contributor, title):
    with pytest.raises(ValidationError) as refused:
        create(contributor, title)
    assert list(refused.value.message_dict) == ["title"]
    album = create(contributor, "Porto")
    with pytest.raises(ValidationError):
        describe(contributor, album, title=title)
    assert Album.objects.values_list("title", "slug").get() == ("Porto", "porto")


def test_a_cover_is_an_image_of_the_album(contributor, album, images):
    describe(contributor, album, cover_id=images[2].pk, description="Two\nlines", ordering="-taken_at")
    assert (album.cover, album.description, album.ordering) == (images[2], "Two\nlines", "-taken_at")
    unfile(contributor, album, [images[2].pk])
    assert album.cover is None
    with pytest.raises(ValidationError):
        describe(contributor, album, cover_id=images[2].pk)


def test_images_outlive_their_album(contributor, album):
    delete(album)
    delete(album)
    assert (Album.objects.count(), AlbumEntry.objects.count(), Image.objects.count()) == (0, 0, 5)
    with pytest.raises(Album.DoesNotExist):
        file(contributor, album, [])


# --- What is filed, and in which order ---


@pytest.mark.parametrize(
    ("moved", "before", "after"),
    [
        ("4", "0", "40123"),
        ("0", "4", "12304"),
        ("31", "4", "02314"),
        ("2", "2", "01234"),
        ("0123", "4", "01234"),
        ("42", FIRST, "42013"),
        ("0", FIRST, "01234"),
        ("42", None, "01234"),
    ],
)
def test_images_move_before_another_and_to_the_front(contributor, album, images, moved, before, after):
    place = images[int(before)].pk if before and before != FIRST else before
    file(contributor, album, ids(images, moved), place)
    assert order(contributor, album) == after


def test_new_ones_come_last_or_before_another(contributor, images):
    album = create(contributor, "Porto")
    file(contributor, album, ids(images, "31"))
    file(contributor, album, ids(images, "1304"))
    assert order(contributor, album) == "3104"
    file(contributor, album, ids(images, "24"), before=images[1].pk)
    assert order(contributor, album) == "32410"
    unfile(contributor, album, [*ids(images, "41"), uuid4()])
    assert (order(contributor, album), album.all) == ("320", 3)


def test_to_move_one_image_writes_one_row(contributor, album, images):
    before = dict(AlbumEntry.objects.values_list("image", "position"))
    file(contributor, album, ids(images, "4"), before=images[2].pk)
    after = dict(AlbumEntry.objects.values_list("image", "position"))
    assert [pk for pk in before if before[pk] != after[pk]] == [images[4].pk]


def test_where_a_gap_is_used_up_positions_are_written_anew(contributor, album, images):
    for number in range(40):
        file(contributor, album, ids(images, "34"[number % 2]), before=images[1].pk)
    assert order(contributor, album) == "03412"
    positions = list(AlbumEntry.objects.order_by("position").values_list("position", flat=True))
    assert len(set(positions)) == 5


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_any_moves_are_those_of_a_list(contributor, album, images, chance: random.Random, steps):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(album_entries, "GAP", 4)
        expected = order(contributor, album)
        for _ in range(steps):
            moved, before = chance.sample("01234", chance.randint(1, 4)), chance.choice([FIRST, *"01234"])
            at = 0 if before == FIRST else expected.index(before)
            rest = [[name for name in part if name not in moved] for part in (expected[:at], expected[at:])]
            file(contributor, album, ids(images, moved), FIRST if before == FIRST else ids(images, before)[0])
            expected = "".join([*rest[0], *moved, *rest[1]])
            assert order(contributor, album) == expected


def test_nobody_files_what_they_do_not_see_and_then_nothing_is_filed(stranger, images):
    album = Album.objects.create(slug="a", key="a", title="a", made_by=stranger)
    trash(images[0])
    for missing in (images[4].pk, images[0].pk, uuid4()):
        with pytest.raises(ValidationError) as refused:
            file(stranger, album, [images[1].pk, missing])
        assert str(missing) in str(refused.value.message_dict["images"])
    with pytest.raises(ValidationError) as refused:
        file(stranger, album, [images[1].pk], before=images[2].pk)
    assert list(refused.value.message_dict) == ["before"]
    assert not AlbumEntry.objects.exists()


def test_an_image_is_in_so_many_albums(contributor, album, images, monkeypatch):
    monkeypatch.setattr(album_entries, "MAX_ALBUMS", 1)
    other = create(contributor, "Other")
    with pytest.raises(ValidationError) as refused:
        file(contributor, other, [images[0].pk])
    assert list(refused.value.message_dict) == ["images"]
    file(contributor, album, [images[4].pk], before=FIRST)
    assert order(contributor, album) == "40123"


def test_an_album_and_an_action_have_a_bound(contributor, images, monkeypatch):
    monkeypatch.setattr(album_entries, "MOST", 3)
    album = create(contributor, "Porto")
    for act in (file, unfile):
        with pytest.raises(ValidationError):
            act(contributor, album, ids(images, "0123"))
    file(contributor, album, ids(images, "012"))
    file(contributor, album, ids(images, "210"), before=FIRST)
    with pytest.raises(ValidationError):
        file(contributor, album, ids(images, "3"))
    assert order(contributor, album) == "210"


# --- Figures ---


def counted() -> dict:
    entries = AlbumEntry.objects.filter(image__deleted_at=None).select_related("image")
    return {
        album.pk: (
            len([entry for entry in entries if entry.album_id == album.pk and entry.image.is_public]),
            len([entry for entry in entries if entry.album_id == album.pk]),
        )
        for album in Album.objects.all()
    }


def kept() -> dict:
    return {album.pk: (album.public, album.all) for album in Album.objects.all()}


def act_on(user, name: str, seed: int) -> None:
    """Do this to the image of this seed; what is only done in the trash or out of it, there."""
    image, album = Image.objects.order_by("filename")[seed], Album.objects.get()
    if name in ("file", "unfile"):
        if not image.deleted_at:
            (file if name == "file" else unfile)(user, album, [image.pk])
    elif name in ("hide", "publish") or (name == "restore") == bool(image.deleted_at):
        {"hide": hide, "publish": publish, "trash": trash, "restore": restore}[name](image)


ACTS = st.tuples(
    st.sampled_from(["file", "unfile", "hide", "publish", "trash", "restore"]), st.integers(0, 4)
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(ACTS, min_size=1, max_size=12))
def test_after_anything_that_is_done_they_are_those_of_a_count(contributor, album, acts):
    for name, seed in acts:
        act_on(contributor, name, seed)
    assert kept() == counted()
    assert recount() == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_is_done_at_once_counts_once_each(contributor, album, images):
    pairs = [
        (("unfile", 0), ("trash", 0)),
        (("restore", 0), ("file", 1)),
        (("file", 0), ("hide", 0)),
        (("hide", 1), ("unfile", 1)),
        (("publish", 0), ("file", 1)),
    ]
    for pair in pairs * 2:
        together = Barrier(2)
        with ThreadPoolExecutor(2) as pool:
            for done in [start(pool, lambda a=act: act_on(contributor, *a), together) for act in pair]:
                done.result(60)
        assert kept() == counted(), pair


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_who_name_an_album_alike_get_addresses_of_their_own(contributor):
    together = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        made = [start(pool, lambda: create(contributor, "Porto"), together) for _ in range(4)]
        slugs = sorted(one.result(60).slug for one in made)
    assert slugs == ["porto", "porto-2", "porto-3", "porto-4"]


def test_a_purged_image_leaves_its_albums(contributor, album, images):
    trash(images[0])
    purge(images[0])
    assert order(contributor, album) == "1234"
    assert kept() == counted()
