"""Objects as the store holds them now, fetched to be checked."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from storage import get_storage
from storage.backend import chunks_of


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
