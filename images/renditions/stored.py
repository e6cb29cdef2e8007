"""A stored rendition as what can be served."""

import io
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from storage import get_storage
from storage.keys import rendition_key


@dataclass(frozen=True)
class StoredRendition:
    """What serving needs of a Rendition and its image; no model, for making one costs more than the query."""

    image_id: UUID
    spec: str
    hash: str
    mime_type: str
    size: int
    filename: str
    audience: str

    def open(self) -> BinaryIO:
        """Return a reader of the bytes; the caller closes it. Raises StorageError."""
        return get_storage().open(rendition_key(self.hash))

    def read(self) -> bytes:
        """Return the bytes. Raises StorageError."""
        return get_storage().get(rendition_key(self.hash))


@dataclass(frozen=True)
class UnkeptRendition(StoredRendition):
    """One that the store did not take, as it was drawn."""

    data: bytes

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def read(self) -> bytes:
        return self.data


def rendition_filename(filename: str, spec: str) -> str:
    """Return `harbour-full-320,240.webp` for `harbour.jpg` and `full/320,240/0/default.webp`."""
    region, size, _, last = spec.split("/")
    return f"{filename.rpartition('.')[0] or filename}-{region}-{size}.{last.rpartition('.')[2]}"
