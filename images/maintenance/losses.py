"""Has this database lost a part: what manifests name has a row, or a tombstone that says it was purged."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from typing import IO, Any

from images.errors import NotAManifest
from images.maintenance.manifest import newest_first, opened
from images.maintenance.manifest_form import check, entries
from images.models import Image, KnownManifest, Purged, Restoration

BATCH = 500  # entries compared at once
ROUNDING = timedelta(seconds=1)  # of times in a dump: dumpdata cuts microseconds off


class Kind(StrEnum):
    """What can be said of an image, or of a manifest."""

    LOST = "lost"  # named by a manifest of a time when purging left a tombstone
    UNEXPLAINED = "unexplained"  # named by older manifests alone: purged, or lost
    UNKNOWN = "unknown"  # the newest manifest, when this database did not write it: it is older, or another
    DAMAGED = "damaged"  # a manifest: what it names cannot be told


@dataclass(frozen=True)
class Loss:
    """An image with neither row nor tombstone since its upload, and the newest manifest that names it; or a
    manifest alone.
    """

    kind: Kind
    manifest: str
    key: str = ""
    image_id: str = ""
    since: datetime | None = None

    def __str__(self) -> str:
        image = f"{self.key} (image {self.image_id}, {self.manifest})"
        return f"{self.kind}: {image if self.key else self.manifest}"


def find_losses(strict: bool = False) -> Generator[Loss, None, None]:
    """Yield what the manifests in the store, the newest first, name and this database cannot account for.

    The newest is read each time, the others until they were accounted for once. Raises StorageError, and
    NotAManifest when `strict` and the newest is damaged.
    """
    told: set[str] = set()
    known = set(KnownManifest.objects.values_list("key", flat=True))
    for number, key in enumerate(stored.key for stored in newest_first()):
        if number and key in known:
            continue
        losses = 0
        try:
            with opened(key) as file:
                for loss in _losses_of(key, file, may_be_strange=not number and key not in known):
                    losses += 1
                    if loss.key not in told:
                        told.add(loss.key)
                        yield loss
        except NotAManifest:
            if strict and not number:
                raise
            yield Loss(Kind.DAMAGED, key)
            continue
        if not losses:
            KnownManifest.objects.get_or_create(key=key)


def _losses_of(key: str, file: IO[bytes], may_be_strange: bool) -> Iterator[Loss]:
    facts = check(file)
    if may_be_strange and facts.has_tombstones:
        yield Loss(Kind.UNKNOWN, key)
    kind = Kind.LOST if facts.has_tombstones else Kind.UNEXPLAINED
    images = entries(file, "image")
    while batch := list(islice(images, BATCH)):
        missing = _unaccounted(batch)
        # Asked again, for between its two questions a purged image may have come in again.
        for entry in _unaccounted(missing):
            yield Loss(kind, key, entry["hash"], entry["id"], _uploaded_at(entry))


def _unaccounted(batch: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the images of which this database says nothing as late as the manifest does."""
    digests = [entry["hash"] for entry in batch]
    last = dict(Purged.objects.filter(hash__in=digests).values_list("hash", "time"))
    last |= dict(Image.objects.filter(hash__in=digests).values_list("hash", "created_at"))
    return [
        entry
        for entry in batch
        if entry["hash"] not in last or last[entry["hash"]] + ROUNDING < _uploaded_at(entry)
    ]


def _uploaded_at(entry: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(entry["created_at"])


def unfinished_restoration() -> str:
    """Return a sentence that says so when a restoration was begun and not finished, nothing otherwise."""
    begun = Restoration.objects.order_by("pk").last()
    if begun is None:
        return ""
    return f"A restoration is not finished. Run `restorelibrary {begun.manifest}` to its end first."
