"""A file on its way in: its digest, and what it is without its metadata."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from images.errors import RefusedFile, Unstrippable
from images.http.room import full_disk_is_no_room, require_room
from images.imaging.formats import too_many_bytes
from images.imaging.inspection import ImageFacts
from images.imaging.sandbox import inspect_image, strip
from images.models import Image

CHUNK = 2**20


class Stripped(NamedTuple):
    """A file without its metadata, its SHA-256 (hex), size (bytes) and frames."""

    file: IO[bytes]
    digest: str
    size: int
    frames: int


def measure(file: IO[bytes]) -> tuple[str, int]:
    """Return SHA-256 (hex) and size (bytes) of all of `file`. Raises ImageTooLarge past the limit."""
    hasher, size = hashlib.sha256(), 0
    limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
    file.seek(0)
    while chunk := file.read(CHUNK):
        size += len(chunk)
        if size > limit:
            raise too_many_bytes(limit)
        hasher.update(chunk)
    return hasher.hexdigest(), size


@contextmanager
def stripped(file: IO[bytes], size: int, like: ImageFacts | Image) -> Iterator[Stripped]:
    """Yield `file`, of `size` bytes and known to be `like` this, without its metadata. Nothing is left of it
    when the block ends, nor when the process is killed.

    It is looked at like any other file: what comes in its place says nothing of where it was taken. It has as
    many frames, but of a JPEG the first alone: what cameras put behind it says where as well, as a rule.

    Raises Unstrippable, or Busy when no child is free or a disk is nearly full.
    """
    require_room(2 * size)  # for the temporary file, and for the object
    with tempfile.TemporaryFile() as output:
        with full_disk_is_no_room():
            strip(file, output)
            output.flush()
        try:
            facts = inspect_image(output)
        except RefusedFile:
            facts = None
        if (
            facts is None
            or facts.has_location
            or (facts.mime_type, facts.width, facts.height, facts.frames) != _as_stripped(like)
        ):
            raise Unstrippable(_("The metadata of this file cannot be taken out without loss."))
        yield Stripped(output, *measure(output), facts.frames)


def _as_stripped(like: ImageFacts | Image) -> tuple[str, int, int, int]:
    frames = 1 if like.mime_type == "image/jpeg" else like.frames
    return like.mime_type, like.width, like.height, frames
