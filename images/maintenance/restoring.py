"""Rebuilds the catalogue from a manifest and the originals. What people did since stays as it is."""

from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import IO, Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from images.catalogue.history import forget, rename
from images.catalogue.publishing import Location
from images.catalogue.tags import tag_names
from images.catalogue.trash import note_purged
from images.concurrency.locks import key_lock
from images.errors import DigestMismatch, InUse, NotAManifest, RefusedFile
from images.ingest.pipeline import ingest
from images.maintenance.garbage import unreferenced
from images.maintenance.lines import image_of, link_copies, tags_of
from images.maintenance.manifest import newest_first, opened
from images.maintenance.manifest_form import check, entries
from images.maintenance.merging import is_in_use, is_sample, merge
from images.maintenance.recounting import recount
from images.maintenance.restored_people import restore_groups
from images.maintenance.restored_tags import insert
from images.maintenance.stored_objects import StoredRenditions, copied
from images.maintenance.verification import WHOLE, look_at
from images.models import (
    Album,
    AlbumEntry,
    Favourite,
    Image,
    KnownManifest,
    Library,
    Purged,
    Rendition,
    Restoration,
    SharedImage,
    ShareLink,
)
from storage import get_storage
from storage.errors import ObjectNotFound
from storage.keys import is_original

# An upload may have put its object just before the manifest was begun and made its row just after, and the
# store has a clock of its own.
MARGIN = timedelta(hours=1)

BATCH = 500  # tombstones compared at once


class Kind(StrEnum):
    """What can become of an image."""

    RESTORED = "restored"
    PRESENT = "present"  # it was there
    MERGED = "merged"  # its bytes were there under another id, which gave way
    ADOPTED = "adopted"  # newer than the manifest, so private now
    MISSING = "missing"  # no object: no row either
    DAMAGED = "damaged"  # restored all the same: uploading the file again repairs it
    REFUSED = "refused"  # newer than the manifest, and no image
    PURGED = "purged"  # it has a tombstone, so it does not come back


@dataclass(frozen=True)
class Outcome:
    """What became of one image; `former_id` is the one that it had here until now."""

    kind: Kind
    key: str
    image_id: UUID | None = None
    former_id: UUID | None = None

    def __str__(self) -> str:
        ids = " → ".join(str(image_id) for image_id in (self.former_id, self.image_id) if image_id)
        return f"{self.kind}: {self.key}" + (f" (image {ids})" if ids else "")


@contextmanager
def restoration(name: str, file: IO[bytes], into_used: bool) -> Iterator[None]:
    """Mark the library as unfinished from before the first row until all are there.

    Groups come with the mark: only a library that nobody used yet takes those that it has from the manifest.
    Raises InUse when it is used, unless `into_used` or not finished before.
    """
    into_used = into_used or Restoration.objects.exists()
    if not into_used and is_in_use():
        raise InUse(
            "This library is in use: it has people, groups or images beyond those of a first start. With "
            "--merge they stay as they are, and what the manifest says is added."
        )
    with transaction.atomic():
        Restoration.objects.create(manifest=name)
        restore_groups(file, only_new=into_used)
    yield
    recount()
    for stored in newest_first()[:1]:
        KnownManifest.objects.get_or_create(key=stored.key)
    Restoration.objects.all().delete()


def restore_tombstones(file: IO[bytes]) -> Iterator[Outcome]:
    """Restore the tombstones that this database lacks, and purge the rows that are older than theirs."""
    tombstones = entries(file, "purged")
    while batch := list(islice(tombstones, BATCH)):
        times = {entry["hash"]: datetime.fromisoformat(entry["time"]) for entry in batch}
        there = dict(Purged.objects.filter(hash__in=times).values_list("hash", "time"))
        there |= dict(Image.objects.filter(hash__in=times).values_list("hash", "created_at"))
        times = {key: time for key, time in times.items() if key not in there or there[key] < time}
        for key in Image.objects.filter(hash__in=times).values_list("hash", flat=True):
            yield _purge_again(key, times.pop(key))
        note_purged(times)


def restore_newer_tombstones(name: str) -> Iterator[Outcome]:
    """Restore those of the newest whole manifest, unless it is this one: it knows what was purged since."""
    for stored in newest_first():
        if stored.key == name:
            return
        with suppress(NotAManifest), opened(stored.key) as file:
            check(file)
            yield from restore_tombstones(file)
            return


def _purge_again(key: str, time: datetime) -> Outcome:
    with key_lock(key), transaction.atomic():
        forget(older := Image.objects.filter(hash=key, created_at__lt=time))
        older.delete()
        note_purged({key: time})
    return Outcome(Kind.PURGED, key)


def restore_images(file: IO[bytes], verify: bool = False) -> Iterator[Outcome]:
    """Restore the row of each image whose object is there, with `verify` looking into the object too."""
    people = dict(get_user_model().objects.values_list("username", "pk"))
    renditions = StoredRenditions()
    for entry in entries(file, "image"):
        outcome = _restore_image(entry, people, verify)
        if outcome.kind in (Kind.RESTORED, Kind.MERGED) and outcome.image_id:
            _restore_renditions(outcome.image_id, entry.get("renditions", ()), renditions)
        yield outcome
    link_copies(file)


def adopt_newer(created_at: datetime) -> Iterator[Outcome]:
    """Make private images of the originals without row and tombstone that came after the manifest of that
    time. Older ones had been deleted, or another manifest names them.
    """
    for stored in unreferenced():
        if not is_original(stored.key) or stored.modified < created_at - MARGIN:
            continue
        purged = Purged.objects.filter(hash=stored.key).first()
        if purged:
            # Written since: with its whole bucket, copied back, or uploaded again. A person can tell.
            if purged.time < stored.modified:
                yield Outcome(Kind.PURGED, stored.key)
            continue
        try:
            yield _adopt(stored.key, stored.modified)
        except ObjectNotFound:  # pruned since
            continue
        except DigestMismatch:
            yield Outcome(Kind.DAMAGED, stored.key)
        except RefusedFile:
            yield Outcome(Kind.REFUSED, stored.key)


def _restore_image(entry: dict[str, Any], people: dict[str, int], verify: bool) -> Outcome:
    image, tags = image_of(entry, people.get(entry["uploaded_by"])), tags_of(entry)
    key, former_id = image.storage_key, None
    with key_lock(key):  # no pruning between looking for the object and making the row
        if Purged.objects.filter(hash=key, time__gte=image.created_at).exists():
            return Outcome(Kind.PURGED, key, image.pk)
        if not get_storage().exists(key):
            return Outcome(Kind.MISSING, key, image.pk)
        if Image.objects.filter(pk=image.pk).exists():
            kind = Kind.PRESENT
        else:
            former_id = _insert(image, tags)
            kind = Kind.MERGED if former_id else Kind.RESTORED
    if verify and look_at(key, image.size).problem not in (None, *WHOLE):
        kind = Kind.DAMAGED
    return Outcome(kind, key, image.pk, former_id)


def _restore_renditions(image_id: UUID, facts: Iterable[dict[str, Any]], stored: Container[str]) -> None:
    """Restore the rows of those whose object is there; the others are made again when they are asked for."""
    rows = (Rendition(image_id=image_id, **fact) for fact in facts if fact["hash"] in stored)
    Rendition.objects.bulk_create(rows, ignore_conflicts=True)  # a viewer may have had one made


def _insert(image: Image, tags: list[str]) -> UUID | None:
    """Insert the row as it is, or merged with the one that the same bytes got since. That one gives way, for
    the id of the manifest is in people's links; return its id. Figures are counted when all rows are there.
    """
    with transaction.atomic():
        newer, former_id = Image.objects.select_for_update().filter(hash=image.hash).first(), None
        copies: list[UUID] = []
        if newer:
            former_id = newer.pk  # which delete takes away
            copies += newer.copies.values_list("pk", flat=True)
            if not is_sample(newer):
                merge(image, newer)
                tags = tag_names(newer) or tags
            for rows in (AlbumEntry.objects, Favourite.objects, SharedImage.objects, ShareLink.objects):
                rows.filter(image=newer).update(image=image.pk)
            rename(newer, image)
            Album.objects.filter(cover=newer).update(cover=image.pk)
            Library.objects.filter(logo=newer).update(logo=image.pk)
            newer.delete()
        Purged.objects.filter(hash=image.hash).delete()
        insert(image, tags)
        Image.objects.filter(pk__in=copies).update(derived_from=image)
    return former_id


def _adopt(key: str, modified: datetime) -> Outcome:
    with copied(key) as copy:
        # This file as it is: an image that was made of it, stripped, is another.
        private, keep = Image.Visibility.PRIVATE, Location.KEEP
        image = ingest(copy.file, filename="", sha256=key, visibility=private, location=keep).image
    image.created_at = modified
    image.write("created_at")
    return Outcome(Kind.ADOPTED, key, image.pk)
