"""The figures of an album follow its images, as those of their tags do."""

import pytest
from django.db import connection

from images.catalogue.curation import hide, publish
from images.catalogue.trash import purge, restore, trash
from images.maintenance.recounting import recount
from images.models import Album, AlbumEntry, Image
from tests.clients.commands import run
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


def figures() -> list[tuple[int, int]]:
    return list(Album.objects.order_by("key").values_list("public", "all"))


@pytest.fixture
def images() -> list[Image]:
    """Three, of which the first is in two albums and the second in one."""
    images = [add_image(make_image(seed=seed)) for seed in range(3)]
    for key, filed in (("a", images[:1]), ("b", images[:2])):
        album = Album.objects.create(slug=key, title=key, key=key, public=len(filed), all=len(filed))
        AlbumEntry.objects.bulk_create(AlbumEntry(album=album, image=image, position=0) for image in filed)
    return images


def test_they_follow_what_is_hidden_published_trashed_restored_and_purged(images):
    for change, found in (
        (hide, [(0, 1), (1, 2)]),
        (publish, [(1, 1), (2, 2)]),
        (trash, [(0, 0), (1, 1)]),
        (restore, [(1, 1), (2, 2)]),
        (trash, [(0, 0), (1, 1)]),
        (purge, [(0, 0), (1, 1)]),
    ):
        change(Image.objects.get(pk=images[0].pk))
        assert figures() == found, change
        assert recount() == 0
    assert AlbumEntry.objects.count() == 1


def test_an_image_in_no_album_touches_none(images):
    trash(images[2])
    assert figures() == [(1, 1), (2, 2)]


def test_they_are_counted_afresh(images):
    hide(images[1])
    Album.objects.update(public=7, all=9)
    assert run("recountfigures", "--json").summary["corrected"] == 2
    assert figures() == [(1, 1), (1, 2)]
    assert recount() == 0


def test_a_purged_cover_leaves_the_album_without(images):
    Album.objects.update(cover=images[0])
    trash(images[0])
    purge(images[0])
    assert list(Album.objects.values_list("cover", flat=True)) == [None, None]


def test_entries_are_read_in_their_order_by_an_index(images):
    entries = AlbumEntry.objects.filter(album=Album.objects.first(), position__gt=5).order_by(
        "position", "pk"
    )
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which reads a table of three rows as it is
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
    explained = entries.explain()
    assert "album_position" in explained
    assert "TEMP B-TREE" not in explained
