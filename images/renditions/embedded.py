"""Copies of originals with what the library says of them written into the file. They are kept nowhere."""

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import BinaryIO

from images.catalogue.tags import tag_names
from images.errors import NoRoom
from images.http.room import shortage
from images.imaging import sandbox
from images.imaging.words.licences import address_of
from images.imaging.words.words import Words
from images.models import Image
from images.renditions.drawing import TOO_MANY, render_slot, viewers

TEXTS = ("title", "description", "alt_text", "author", "credit", "copyright", "source_url")
SAID = (
    *(*TEXTS, "licence", "metadata"),
    *("taken_at", "taken_offset", "taken_from", "source_hash", "derived_from_id"),
)


@dataclass(frozen=True)
class Copy:
    """A copy as what can be served: its bytes are in `file`, which has no name."""

    file: BinaryIO
    hash: str
    size: int
    mime_type: str
    filename: str
    audience: str = "private"  # made for whoever asks, and for nobody else

    def open(self) -> BinaryIO:
        """Return a reader of its own, which the caller closes; only one is read at a time."""
        reader = os.fdopen(os.dup(self.file.fileno()), "rb")
        reader.seek(0)
        return reader

    def read(self) -> bytes:
        with self.open() as reader:
            return reader.read()


@contextmanager
def embedded(image: Image) -> Iterator[Copy]:
    """Yield a copy of the original, the library's words in it, the same bytes while these are the same.

    Raises Busy, Unrenderable, StorageError, or Image.DoesNotExist when the image was purged meanwhile.
    """
    if shortage(image.size):
        raise NoRoom("The library's disk is nearly full, so no copy can be made. Please try again later.")
    image.refresh_from_db(fields=SAID)
    deadline = time.monotonic() + sandbox.TIMEOUT
    with tempfile.TemporaryFile() as file:
        with viewers.turn(TOO_MANY), render_slot(deadline), image.open() as original:
            sandbox.embed(original, file, words_of(image), deadline - time.monotonic())
        file.flush()
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield Copy(file, digest, size, image.mime_type, image.filename)


def words_of(image: Image) -> Words:
    """Return what a copy of `image` says.

    A word that is empty in the library and that the file was read to have was taken out by somebody; one
    that nobody read there is left as the file has it.
    """
    words = image.metadata.get("words")
    known = words if isinstance(words, Mapping) else {}  # it may come from a manifest
    texts = {name: getattr(image, name) or ("" if name in known else None) for name in TEXTS}
    licence = address_of(image.licence) or ("" if "licence" in known else None)
    keywords = tuple(tag_names(image)) or (() if "keywords" in known else None)
    return Words(**texts, licence=licence, keywords=keywords, taken=_moment(image))


def _moment(image: Image) -> datetime | None:
    """Return when it was taken by the camera's clock, where the file says otherwise or nothing."""
    is_stripped = image.source_hash is not None or image.derived_from_id is not None
    by_people = image.taken_from in (Image.TakenFrom.UPLOAD, Image.TakenFrom.HAND)
    if image.taken_at is None or not (by_people or is_stripped):
        return None
    if image.taken_offset is None:
        return image.taken_at.astimezone(UTC).replace(tzinfo=None)
    return image.taken_at.astimezone(timezone(timedelta(minutes=image.taken_offset)))
