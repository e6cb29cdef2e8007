"""What of the store may go: objects that no row refers to. While the database may have lost rows: those of
them that were purged by name.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import islice

from images.catalogue import storing
from images.concurrency.locks import key_lock
from images.maintenance.losses import Kind, find_losses
from images.maintenance.manifest import has_come, newest_first
from images.models import Image, KnownManifest, Purged, Rendition
from storage import get_storage
from storage.backend import StoredObject
from storage.keys import MANIFESTS, RENDITIONS, key_digest, rendition_key

BATCH = 500  # objects looked up at once

Watch = Callable[[Iterable[StoredObject]], Iterator[StoredObject]]


def doubt() -> str:
    """Return a sentence that says why rows may be missing in this database, nothing when none are.

    Raises NotAManifest when the newest backup is damaged, or StorageError.
    """
    if not Image.objects.exists() and not Purged.objects.exists():
        return "The library has no image at all. If its database was lost, restore that first."
    with closing(find_losses(strict=True)) as losses:
        if any(loss.kind != Kind.DAMAGED for loss in losses):
            return "This database may have lost images: backuplibrary says which."
    return ""


def find_garbage(
    before: datetime,
    *,
    manifests: int | None = None,
    force: bool = False,
    only_purged: bool = False,
    watch: Watch = iter,
) -> Iterator[StoredObject]:
    """Yield the objects last written before then that no row refers to; a trashed image's row does.

    With `only_purged`, only the originals that were purged since they were written. Otherwise manifests too:
    all but the newest so many, when `manifests` is given. One that the store says it will get is not counted,
    and stays unless by `force`. All objects pass through `watch` as they are looked at.
    """
    old = (stored for stored in unreferenced(watch) if stored.modified < before)
    if only_purged:
        while batch := list(islice(old, BATCH)):
            yield from _purged(batch)
        return
    yield from old
    if manifests is not None:
        everything = newest_first()
        come = [stored for stored in everything if has_come(stored)]
        yield from (stored for stored in come[manifests:] if stored.modified < before)
        if force and come:  # if none has come, it is this clock that is wrong
            yield from (stored for stored in everything if not has_come(stored))


def _purged(batch: Sequence[StoredObject]) -> Iterator[StoredObject]:
    """Yield the objects that have a tombstone, and did not come in again after it."""
    purged = Purged.objects.filter(hash__in=[stored.key for stored in batch])
    times = dict(purged.values_list("hash", "time"))
    return (stored for stored in batch if stored.key in times and stored.modified <= times[stored.key])


def remove_garbage(key: str) -> bool:
    """Delete the object unless a row has come to refer to it, or somebody is at it; return whether it was."""
    with key_lock(key_digest(key)):
        if is_referenced(key) or storing.may_be_deleted(key):
            return False
        storing.delete(key)
        KnownManifest.objects.filter(key=key).delete()
        return True


def unreferenced(watch: Watch = iter) -> Iterator[StoredObject]:
    """Yield the objects that no row refers to, manifests apart. The row of one may be about to be made."""
    objects = watch(stored for stored in get_storage().list() if not stored.key.startswith(MANIFESTS))
    while batch := list(islice(objects, BATCH)):
        known = _referenced([stored.key for stored in batch])
        yield from (stored for stored in batch if stored.key not in known)


def _referenced(keys: Sequence[str]) -> set[str]:
    """Return those of `keys` that a row refers to."""
    derived = [key_digest(key) for key in keys if key.startswith(RENDITIONS)]
    renditions = Rendition.objects.filter(hash__in=derived).values_list("hash", flat=True)
    images = Image.objects.filter(hash__in=keys).values_list("hash", flat=True)
    return {*images, *(rendition_key(digest) for digest in renditions)}


def wanted_digests(digests: Sequence[str]) -> set[str]:
    """Return those of `digests` that a row refers to, be it of an original or of a rendition."""
    images = Image.objects.filter(hash__in=digests).values_list("hash", flat=True)
    return {*images, *Rendition.objects.filter(hash__in=digests).values_list("hash", flat=True)}


def is_referenced(key: str) -> bool:
    """Return whether a row refers to the object."""
    return key in _referenced([key])
