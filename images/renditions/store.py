"""Derived images that are stored: found, else drawn from the original and stored.

A stored rendition is an object under the SHA-256 of its bytes and a row, bytes first: a crash leaves an
orphan that prunestorage collects, never a row without its object.
"""

import hashlib
import io
import logging
import time
from collections.abc import Iterable
from typing import IO

from django.db import IntegrityError, transaction

from images.catalogue import storing
from images.concurrency.locks import key_lock, locked, render_lock
from images.concurrency.standby import is_read_only
from images.errors import Busy
from images.http.room import shortage
from images.iiif.pyramid import block
from images.iiif.requests import RenditionSpec
from images.imaging.formats import EXTENSIONS
from images.imaging.sandbox import TIMEOUT
from images.models import Image, Rendition
from images.renditions.drawing import TOO_MANY, audience_now, draw_for_viewer, viewers
from images.renditions.stored import StoredRendition, UnkeptRendition, rendition_filename
from storage.errors import StorageError, StorageUnavailable
from storage.keys import rendition_key

logger = logging.getLogger(__name__)


def get_rendition(image: Image, spec: RenditionSpec) -> StoredRendition:
    """Return what a canonical `spec` that info.json lists makes of `image`, and store it. What the store does
    not take is returned all the same: to look at images needs no room.

    Raises Busy when nobody could draw it for ten seconds or too many wait, Unrenderable, StorageError, or
    Image.DoesNotExist when the image is purged meanwhile.
    """
    row, data, audience = _find(image, spec), b"", image.audience
    if row is None:
        row, data = _make(image, spec)
        audience = audience_now(image)
    name = rendition_filename(image.filename, row.spec)
    facts = (image.pk, row.spec, row.hash, row.mime_type, row.size, name, audience)
    return UnkeptRendition(*facts, data) if data else StoredRendition(*facts)


def is_storable(image: Image, spec: RenditionSpec) -> bool:
    """Whether the rendition is stored, or there is room to store it and a database to say so."""
    return not (shortage() or is_read_only()) or _find(image, spec) is not None


def find_missing(image: Image, specs: Iterable[RenditionSpec]) -> list[RenditionSpec]:
    """Return those of `specs` that are not stored, each once and in their order."""
    known = set(image.renditions.values_list("spec", flat=True))
    return [spec for spec in dict.fromkeys(specs) if str(spec) not in known]


def store_rendition(image: Image, spec: RenditionSpec, data: bytes) -> Rendition:
    """Store what `spec` made of `image`; return its row, or the one that somebody else made meanwhile.

    The bytes come first, then the row: under the lock of the key no pruning comes between the two. Raises
    StorageError, Image.DoesNotExist when the image was purged, or Busy when its geometry is another by now.
    """
    row = _row_of(image, spec, data)
    facts = {"size": row.size, "width": row.width, "height": row.height}
    return keep(image, row.spec, io.BytesIO(data), row.hash, mime_type=row.mime_type, **facts)


def _row_of(image: Image, spec: RenditionSpec, data: bytes) -> Rendition:
    """Return the row that `data` has once it is stored."""
    width, height = spec.job(image.width, image.height).size
    return Rendition(
        image=image,
        spec=str(spec),
        hash=hashlib.sha256(data).hexdigest(),
        mime_type=EXTENSIONS[spec.format].mime_type,
        size=len(data),
        width=width,
        height=height,
    )


def keep(image: Image, spec: str, file: IO[bytes], digest: str, *, mime_type: str, **facts: int) -> Rendition:
    """Store a `file` of this SHA-256 that was made of `image`, and its row with these facts, as
    store_rendition does.
    """
    with key_lock(digest):
        storing.put(rendition_key(digest), file, mime_type)
        try:
            with transaction.atomic():
                _hold(image)
                return Rendition.objects.create(
                    image=image, spec=spec, hash=digest, mime_type=mime_type, **facts
                )
        except IntegrityError:  # made by somebody else meanwhile, or there is no such image any more
            made = Rendition.objects.filter(image=image, spec=spec).first()
            if made:
                return made
            raise Image.DoesNotExist from None


def _hold(image: Image) -> None:
    """Lock the row of `image`, as it was when the rendition was drawn, until the transaction ends."""
    rows = Image.objects.filter(pk=image.pk)
    if not locked(rows.filter(width=image.width, height=image.height)).values("pk"):
        if rows.exists():
            raise Busy("The image was looked at anew just now. Please try again in a moment.")
        raise Image.DoesNotExist


def forget(stored: StoredRendition) -> None:
    """Have the rendition made again when it is asked for: its object is missing or damaged."""
    logger.error("%s of image %s has no whole object: it is made again", stored.spec, stored.image_id)
    Rendition.objects.filter(image=stored.image_id, spec=stored.spec, hash=stored.hash).delete()


def _find(image: Image, spec: RenditionSpec) -> Rendition | None:
    return Rendition.objects.filter(image=image, spec=str(spec)).first()


def _make(image: Image, spec: RenditionSpec) -> tuple[Rendition, bytes]:
    """Draw and store the rendition, a tile with its block, unless somebody else does: then wait for it.

    Return its row; where the store did not take it, one that is not saved, with the bytes.
    """
    deadline = time.monotonic() + TIMEOUT
    together = block(spec, image.width, image.height)
    with viewers.turn(TOO_MANY), render_lock(f"{image.pk}/{together[0]}", TIMEOUT):
        row = _find(image, spec)
        if row:
            return row, b""
        others = find_missing(image, (other for other in together if other != spec))
        data, *more = draw_for_viewer(image, [spec, *others], deadline)
        try:
            row = store_rendition(image, spec, data)
        except StorageUnavailable:
            return _row_of(image, spec, data), data
        try:
            for other, its_data in zip(others, more, strict=True):
                store_rendition(image, other, its_data)
        except StorageError:
            logger.warning("not all tiles around %s of image %s were stored", spec, image.pk, exc_info=True)
        return row, b""
