"""backuplibrary and restorelibrary: albums, their addresses, their order and their figures come back."""

import pytest

from images.catalogue.album_curation import create, delete, describe
from images.catalogue.album_entries import FIRST, file
from images.catalogue.trash import trash
from images.maintenance.recounting import recount
from images.models import Album, AlbumEntry, AlbumSlug, Image
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.database_loss import lose_the_database

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def albums() -> list[dict]:
    """Return all that is said of albums, and their images in their order."""
    return [
        album
        | {
            "made_by": Album.objects.get(pk=album["id"]).made_by.username,
            "made_by_id": None,
            "slugs": sorted(AlbumSlug.objects.filter(album=album["id"]).values_list("slug", flat=True)),
            "images": order(album["id"]),
        }
        for album in Album.objects.order_by("key").values()
    ]


def order(album) -> list:
    entries = AlbumEntry.objects.filter(album=album).order_by("position")
    return list(entries.values_list("image__filename", flat=True))


def backup(tmp_path) -> str:
    path = tmp_path / "backup"
    run("backuplibrary", f"--output={path}")
    return str(path)


@pytest.fixture
def album(contributor, tmp_path) -> Album:
    """Four images, of which one is private and one in the trash, in an order; the album had another name."""
    images = [
        add_image(make_image(seed=seed), filename=f"{seed}.jpg", visibility="public" if seed else "private")
        for seed in range(4)
    ]
    made = create(contributor, "Summer", visibility="public", description="a\nb", ordering="-taken_at")
    file(contributor, made, [image.pk for image in images])
    file(contributor, made, [images[3].pk], before=FIRST)
    describe(contributor, made, title="Winter", cover_id=images[1].pk)
    trash(images[2])
    create(contributor, "Empty")
    create(contributor, "Search", search="tag:coast sort:title", visibility="public")
    return Album.objects.get(pk=made.pk)


def test_they_come_back_as_they_were(album, tmp_path):
    before = albums()
    assert before.pop(1)["search"] == "tag:coast sort:title"
    assert [said["images"] for said in before] == [[], ["3.jpg", "0.jpg", "1.jpg", "2.jpg"]]
    assert before[1]["slugs"] == ["summer", "winter"]
    assert (before[1]["public"], before[1]["all"]) == (2, 3)
    path = backup(tmp_path)
    lose_the_database()
    assert run("restorelibrary", path).code == 0
    there = albums()
    assert there.pop(1)["search"] == "tag:coast sort:title"
    assert there == before
    assert recount() == 0


def test_what_is_there_stays_and_what_is_lost_leaves_no_gap(album, contributor, tmp_path):
    path = backup(tmp_path)
    delete(album)
    lost = album.cover_id
    Image.objects.filter(pk=lost).delete()
    other = create(contributor, "Winter")  # which has the address now
    assert run("restorelibrary", path, "--merge").code == 0
    restored = Album.objects.get(pk=album.pk)
    assert (restored.slug, other.slug, restored.cover_id) == ("winter-2", "winter", lost)
    assert order(restored.pk) == ["3.jpg", "0.jpg", "1.jpg", "2.jpg"]
    describe(contributor, restored, description="newer")
    assert run("restorelibrary", path, "--merge").code == 0
    assert Album.objects.get(pk=album.pk).description == "newer"
    assert recount() == 0


def test_an_image_that_gets_its_former_id_again_stays_in_the_albums_of_today(album, contributor, tmp_path):
    path = backup(tmp_path)
    Image.objects.get(filename="1.jpg").delete()
    again = add_image(make_image(seed=1), filename="1.jpg")
    today = create(contributor, "Today")
    file(contributor, today, [again.pk])
    describe(contributor, today, cover_id=again.pk)
    assert run("restorelibrary", path, "--merge").code == 0
    today.refresh_from_db()
    assert order(today.pk) == ["1.jpg"]
    assert today.cover_id != again.pk
    assert today.cover.filename == "1.jpg"
    assert recount() == 0
