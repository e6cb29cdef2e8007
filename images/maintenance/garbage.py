"""What of the store may go: objects that neither a row nor the newest backup refers to."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from images.concurrency.locks import key_lock
from images.maintenance import manifest
from images.models import Image, Rendition
from storage import get_storage
from storage.backend import StoredObject
from storage.keys import MANIFESTS, RENDITIONS, key_digest, rendition_key

BATCH = 500  # objects looked up at once


def find_garbage(
    before: datetime, *, manifests: int | None = None, force: bool = False
) -> Iterator[StoredObject]:
    """Return the objects last written before then that no row refers to; a trashed image's row does.

    Originals that the newest backup names stay, for a database that was lost would make garbage of all;
    `force` returns those as well. All manifests stay, or the newest so many when `manifests` is given.
    Raises NotAManifest when the newest backup is damaged, or StorageError.
    """
    spared = {} if force else manifest.named_by_newest()
    surplus = [] if manifests is None else list(get_storage().list(MANIFESTS))[:-manifests]
    return (
        stored
        for source in (unreferenced(), surplus)
        for stored in source
        if stored.modified < before and stored.key not in spared
    )


def remove_garbage(key: str) -> bool:
    """Delete the object unless a row has come to refer to it; return whether it was deleted."""
    with key_lock(key_digest(key)):
        if is_referenced(key):
            return False
        get_storage().delete(key)
        return True


def unreferenced() -> Iterator[StoredObject]:
    """Yield the objects that no row refers to, manifests apart. The row of one may be about to be made."""
    objects = (stored for stored in get_storage().list() if not stored.key.startswith(MANIFESTS))
    while batch := list(islice(objects, BATCH)):
        known = _referenced([stored.key for stored in batch])
        yield from (stored for stored in batch if stored.key not in known)


def _referenced(keys: Sequence[str]) -> set[str]:
    """Return those of `keys` that a row refers to."""
    derived = [key_digest(key) for key in keys if key.startswith(RENDITIONS)]
    renditions = Rendition.objects.filter(hash__in=derived).values_list("hash", flat=True)
    images = Image.objects.filter(hash__in=keys).values_list("hash", flat=True)
    return {*images, *(rendition_key(digest) for digest in renditions)}


def is_referenced(key: str) -> bool:
    """Return whether a row refers to the object."""
    return key in _referenced([key])
