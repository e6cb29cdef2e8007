"""Copies of originals that say where they were taken, without their metadata: for people to whom that is not
told. One is made when it is first asked for, and stored as renditions are.
"""

import time

from images.concurrency.locks import render_lock
from images.imaging.sandbox import TIMEOUT
from images.ingest.files import stripped
from images.models import Image, Rendition
from images.renditions.drawing import TOO_MANY, render_slot, viewers
from images.renditions.store import keep
from images.renditions.stored import StoredRendition

SPEC = "unlocated"  # which no address of a rendition is


def unlocated(image: Image) -> StoredRendition:
    """Return the copy of `image` without its metadata.

    Raises Unstrippable where it cannot be taken out without loss; Busy when nobody could do it for ten
    seconds or too many wait; StorageError; Image.DoesNotExist when the image was purged.
    """
    deadline = time.monotonic() + TIMEOUT
    found = Rendition.objects.filter(image=image, spec=SPEC)
    row = found.first()
    if row is None:
        with viewers.turn(TOO_MANY), render_lock(f"{image.pk}/{SPEC}", TIMEOUT):
            row = found.first() or _make(image, deadline)
    return StoredRendition(image.pk, SPEC, row.hash, row.mime_type, row.size, image.filename, "private")


def _make(image: Image, deadline: float) -> Rendition:
    with render_slot(deadline), image.open() as original, stripped(original, image.size, image) as copy:
        copy.file.seek(0)
        facts = {"size": copy.size, "width": image.width, "height": image.height}
        return keep(image, SPEC, copy.file, copy.digest, mime_type=image.mime_type, **facts)
