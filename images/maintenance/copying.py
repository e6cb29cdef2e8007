"""Copies the objects of one store into another: a library moves, or has a copy elsewhere."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, takewhile

from images.concurrency.threads import in_threads
from images.models import Image, Rendition
from storage.backend import StorageBackend, StoredObject, chunks_of
from storage.errors import CorruptObject, ObjectNotFound
from storage.keys import MANIFESTS, RENDITIONS, is_original, key_digest

OTHER = "application/octet-stream"


@dataclass(frozen=True)
class Outcome:
    """What became of one object that the other store lacked."""

    key: str
    size: int
    is_copied: bool  # False: damaged, or deleted since it was listed
    is_damaged: bool = False


def copy_objects(source: StorageBackend, target: StorageBackend, jobs: int) -> Iterator[Outcome]:
    """Copy what `target` has not, or not in its full length, each object verified on its way, with `jobs` at
    once: originals and renditions, then backups in the order in which `source` got them, by which the newest
    is known. An object never changes, so an interrupted copy goes on, and a later one brings what came since.

    Raises StorageUnavailable.
    """
    copy = partial(_copy, source, target)
    lacking = chain(_lacking(source, target, ""), _lacking(source, target, RENDITIONS))
    yield from in_threads(copy, lacking, jobs)
    backups = sorted(_lacking(source, target, MANIFESTS), key=lambda stored: (stored.modified, stored.key))
    yield from map(copy, backups)


def count_lacking(source: StorageBackend, target: StorageBackend) -> int:
    """Return how many objects `copy_objects` would copy now."""
    return sum(1 for folder in ("", RENDITIONS, MANIFESTS) for _ in _lacking(source, target, folder))


def _lacking(source: StorageBackend, target: StorageBackend, folder: str) -> Iterator[StoredObject]:
    """Yield what `source` has in `folder` and `target` has not. Both list in the order of keys, so neither
    list is held.
    """
    there = _listed(target, folder)
    other = next(there, None)
    for stored in _listed(source, folder):
        while other and other.key < stored.key:
            other = next(there, None)
        if not (other and (other.key, other.size) == (stored.key, stored.size)):
            yield stored


def _listed(store: StorageBackend, folder: str) -> Iterator[StoredObject]:
    """Yield the objects in `folder`: of the one without a name the originals, whose keys come first."""
    listed = store.list(folder)
    return listed if folder else takewhile(lambda stored: is_original(stored.key), listed)


def _copy(source: StorageBackend, target: StorageBackend, stored: StoredObject) -> Outcome:
    try:
        with source.open_unverified(stored.key) as reader, tempfile.TemporaryFile() as file:
            for chunk in chunks_of(reader):
                file.write(chunk)
            target.put(stored.key, file, _content_type(stored.key))  # which verifies
    except ObjectNotFound:
        return Outcome(stored.key, stored.size, is_copied=False)
    except CorruptObject:
        return Outcome(stored.key, stored.size, is_copied=False, is_damaged=True)
    return Outcome(stored.key, stored.size, is_copied=True)


def _content_type(key: str) -> str:
    """Return what the catalogue says; nothing goes by it but people who look into a bucket."""
    model = Image if is_original(key) else Rendition
    found = model.objects.filter(hash=key_digest(key)).values_list("mime_type", flat=True).first()
    return found or OTHER
