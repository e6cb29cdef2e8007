"""Derived images: found where they are stored, else drawn from the original; the listed ones are stored.

A stored rendition is an object under the SHA-256 of its bytes and a row, bytes first: a crash leaves an
orphan that prunestorage collects, never a row without its object.
"""

import hashlib
import io
import logging
import time
from collections.abc import Iterable
from typing import BinaryIO

from django.db import IntegrityError, transaction

from images.concurrency.locks import key_lock, render_lock
from images.iiif.pyramid import block, listed_sizes
from images.iiif.requests import RenditionSpec
from images.imaging.formats import EXTENSIONS
from images.imaging.sandbox import TIMEOUT
from images.models import Image, Rendition
from images.renditions.drawing import draw, draw_for_viewer, is_public_now
from images.renditions.stored import StoredRendition, rendition_filename
from storage import get_storage
from storage.errors import StorageError
from storage.keys import rendition_key

logger = logging.getLogger(__name__)

BATCH = 32  # drawn of one decoding: tiles of the largest image as many at once would take a child too long
GALLERY = 640  # pixels, the longer side: up to this the pages of many images show them


def get_rendition(image: Image, spec: RenditionSpec) -> StoredRendition:
    """Return what a canonical `spec` that info.json lists makes of `image`, and store it.

    Raises Busy when nobody could draw it for ten seconds, Unrenderable, StorageError, or Image.DoesNotExist
    when the image is purged meanwhile.
    """
    row, is_public = _find(image, spec), image.is_public
    if row is None:
        row, is_public = _make(image, spec), is_public_now(image)
    name = rendition_filename(image.filename, row.spec)
    return StoredRendition(image.pk, row.spec, row.hash, row.mime_type, row.size, name, is_public)


def prepare(
    image: Image,
    specs: Iterable[RenditionSpec],
    file: BinaryIO | None = None,
    timeout: float = TIMEOUT,
) -> int:
    """Make those of the canonical `specs` that are missing, many of one decoding; return how many there were.

    `file` is the original when the caller has it. Raises as get_rendition does, Busy after `timeout` seconds.
    """
    missing = _missing(image, specs)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        for spec, data in zip(batch, draw(image, batch, timeout, file), strict=True):
            _store(image, spec, data)
    return len(missing)


def prepare_for_gallery(image: Image, file: BinaryIO) -> None:
    """Make what the pages of many images show of `image` and is not there, so that no view of them draws.

    What cannot be made now is left to the first view: the image itself is safe.
    """
    try:
        prepare(image, listed_sizes(image.width, image.height, GALLERY), file)
    except Exception:  # of whatever kind: the image is safe, and its sender is not told otherwise
        logger.warning("not all renditions of image %s were made", image.pk, exc_info=True)


def forget(stored: StoredRendition) -> None:
    """Have the rendition made again when it is asked for: its object is missing or damaged."""
    logger.error("%s of image %s has no whole object: it is made again", stored.spec, stored.image_id)
    Rendition.objects.filter(image=stored.image_id, spec=stored.spec, hash=stored.hash).delete()


def _find(image: Image, spec: RenditionSpec) -> Rendition | None:
    return Rendition.objects.filter(image=image, spec=str(spec)).first()


def _make(image: Image, spec: RenditionSpec) -> Rendition:
    """Draw and store the rendition, a tile with its block, unless somebody else does: then wait for it."""
    deadline = time.monotonic() + TIMEOUT
    together = block(spec, image.width, image.height)
    with render_lock(f"{image.pk}/{together[0]}", TIMEOUT):
        row = _find(image, spec)
        if row:
            return row
        others = _missing(image, (other for other in together if other != spec))
        data, *more = draw_for_viewer(image, [spec, *others], deadline)
        row = _store(image, spec, data)
        try:
            for other, its_data in zip(others, more, strict=True):
                _store(image, other, its_data)
        except StorageError:
            logger.warning("not all tiles around %s of image %s were stored", spec, image.pk, exc_info=True)
        return row


def _missing(image: Image, specs: Iterable[RenditionSpec]) -> list[RenditionSpec]:
    """Return those of `specs` that are not stored, each once and in their order."""
    known = set(image.renditions.values_list("spec", flat=True))
    return [spec for spec in dict.fromkeys(specs) if str(spec) not in known]


def _store(image: Image, spec: RenditionSpec, data: bytes) -> Rendition:
    """Store the bytes, then the row. Under the lock of the key no pruning comes between the two."""
    digest = hashlib.sha256(data).hexdigest()
    mime_type = EXTENSIONS[spec.format].mime_type
    width, height = spec.job(image.width, image.height).size
    facts = {"hash": digest, "mime_type": mime_type, "size": len(data), "width": width, "height": height}
    with key_lock(digest):
        get_storage().put(rendition_key(digest), io.BytesIO(data), mime_type)
        try:
            with transaction.atomic():
                return Rendition.objects.create(image=image, spec=str(spec), **facts)
        except IntegrityError:  # made by somebody else meanwhile, or there is no such image any more
            made = _find(image, spec)
            if made:
                return made
            raise Image.DoesNotExist from None
