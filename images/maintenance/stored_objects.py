"""Objects as the store holds them now, fetched to be checked."""

import hashlib
import tempfile
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from storage import get_storage
from storage.backend import chunks_of
from storage.keys import RENDITIONS, key_digest


class Copy(NamedTuple):
    """What the store holds under a key: a file without a name, its SHA-256 in hex, its size in bytes."""

    file: IO[bytes]
    digest: str
    size: int


@contextmanager
def copied(key: str) -> Iterator[Copy]:
    """Fetch the object as the store holds it now; it is for the caller to compare. Raises StorageError."""
    sha256, size = hashlib.sha256(), 0
    with get_storage().open_unverified(key) as reader, tempfile.TemporaryFile() as file:
        for chunk in chunks_of(reader):
            sha256.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        file.seek(0)
        yield Copy(file, sha256.hexdigest(), size)


class StoredRenditions(Container[str]):
    """The digests of the renditions that the store holds now, by the first eight bytes of each: in a large
    library there are millions. Of two that begin alike one may be missing; it is made again like any other.
    """

    def __init__(self) -> None:
        listed = get_storage().list(RENDITIONS)  # in key order
        self._beginnings = array("Q", (_beginning(key_digest(stored.key)) for stored in listed))

    def __contains__(self, digest: object) -> bool:
        beginning = _beginning(str(digest))
        place = bisect_left(self._beginnings, beginning)
        return place < len(self._beginnings) and self._beginnings[place] == beginning


def _beginning(digest: str) -> int:
    return int(digest[:16], 16)
