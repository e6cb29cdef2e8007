"""Albums of a manifest: words, addresses, and images in their order. Figures are counted when all rows are
there.
"""

from typing import IO, Any

from django.contrib.auth import get_user_model
from django.db import transaction

from images.catalogue.album_curation import set_address
from images.catalogue.album_entries import GAP
from images.maintenance.manifest_form import entries
from images.models import Album, AlbumEntry, AlbumSlug, Image


def restore_albums(file: IO[bytes]) -> None:
    """Restore the albums that are not there, with those of their images that are."""
    people = dict(get_user_model().objects.values_list("username", "pk"))
    for entry in entries(file, "album"):
        if not Album.objects.filter(pk=entry["id"]).exists():
            with transaction.atomic():
                _restore(entry, people.get(entry["made_by"]))


def _restore(entry: dict[str, Any], made_by_id: int | None) -> None:
    there = set(Image.objects.filter(pk__in=entry["images"]).values_list("pk", flat=True))
    fields = [field for field in Album._meta.concrete_fields if field.attname in entry]
    album = Album(**{field.attname: field.to_python(entry[field.attname]) for field in fields})
    album.made_by_id = made_by_id
    album.cover_id = album.cover_id if album.cover_id in there else None
    # An address that is another's by now stays so.
    slugs = [AlbumSlug(slug=slug, album=album) for slug in entry["slugs"]]
    AlbumSlug.objects.bulk_create(slugs, ignore_conflicts=True)
    set_address(album, keep=AlbumSlug.objects.filter(slug=album.slug, album=album.pk).exists())
    album.save_base(raw=True, force_insert=True)  # raw: the times are not those of now
    ids = [pk for pk in map(AlbumEntry._meta.get_field("image").to_python, entry["images"]) if pk in there]
    AlbumEntry.objects.bulk_create(
        AlbumEntry(album=album, image_id=pk, position=GAP * number) for number, pk in enumerate(ids, 1)
    )
