"""Objects as the store holds them now, fetched to be checked."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.core.files.uploadedfile import TemporaryUploadedFile

from storage import get_storage
from storage.backend import chunks_of


class Copy(NamedTuple):
    """What the store holds under a key: a temporary file, its SHA-256 in hex, its size in bytes."""

    file: TemporaryUploadedFile
    digest: str
    size: int


@contextmanager
def copied(key: str) -> Iterator[Copy]:
    """Fetch the object as the store holds it now; it is for the caller to compare. Raises StorageError."""
    sha256, size = hashlib.sha256(), 0
    with get_storage().open_unverified(key) as reader, TemporaryUploadedFile("copy", "", 0, None) as file:
        for chunk in chunks_of(reader):
            sha256.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        file.seek(0)
        yield Copy(file, sha256.hexdigest(), size)
