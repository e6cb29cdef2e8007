"""Draws derived images from the original. Stores nothing."""

import hashlib
import io
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from django.conf import settings
from prometheus_client import Counter

from images.catalogue.access import open_images
from images.concurrency.turns import Turns
from images.errors import Busy
from images.iiif.requests import RenditionSpec
from images.imaging.formats import EXTENSIONS
from images.imaging.sandbox import CHILDREN, TIMEOUT, render
from images.models import Image
from images.renditions.stored import rendition_filename

RENDERS = Counter("imagelib_renders_total", "Images that were drawn of originals.")

# Renders for viewers at once, in each process. One child is left to uploads: who only looks must not keep
# others from bringing something in.
_render_slots = threading.BoundedSemaphore(CHILDREN - 1)

# Viewers that draw or wait for it hold half of the threads at most: the others answer what is drawn already.
viewers = Turns(settings.IMAGELIB_THREADS // 2)
TOO_MANY = "Too many images are being made just now. Please try again in a moment."


@dataclass(frozen=True)
class Drawn:
    """A derived image that is not stored: what `serve` needs, the bytes in memory."""

    data: bytes
    mime_type: str
    filename: str
    audience: str
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hash", hashlib.sha256(self.data).hexdigest())

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def read(self) -> bytes:
        return self.data


def draw_once(image: Image, spec: RenditionSpec) -> Drawn:
    """Return what a canonical `spec` makes of `image`. Raises Busy, Unrenderable or StorageError."""
    with viewers.turn(TOO_MANY):
        (data,) = draw_for_viewer(image, [spec], time.monotonic() + TIMEOUT)
    filename = rendition_filename(image.filename, str(spec))
    return Drawn(data, EXTENSIONS[spec.format].mime_type, filename, audience_now(image))


def draw_for_viewer(image: Image, specs: Sequence[RenditionSpec], deadline: float) -> list[bytes]:
    """Do what `draw` does, in a render slot. Raises Busy at `deadline`, a moment of time.monotonic."""
    with render_slot(deadline):
        return draw(image, specs, deadline - time.monotonic())


@contextmanager
def render_slot(deadline: float) -> Iterator[None]:
    """Hold one of the children that viewers may have at work. Raises Busy at `deadline`."""
    if not _render_slots.acquire(timeout=max(0, deadline - time.monotonic())):
        raise Busy(TOO_MANY)
    try:
        yield
    finally:
        _render_slots.release()


def draw(image: Image, specs: Sequence[RenditionSpec], timeout: float) -> list[bytes]:
    """Return what each of `specs` makes of `image`.

    Raises Unrenderable, StorageError, or Busy after `timeout` seconds.
    """
    jobs = [spec.job(image.width, image.height) for spec in specs]
    with image.open() as original:
        drawn = render(original, jobs, timeout)
    RENDERS.inc(len(drawn))
    return drawn


def audience_now(image: Image) -> str:
    """Return who sees the image: drawing takes long enough for people to change their minds."""
    visibility = open_images().filter(pk=image.pk).values_list("visibility", flat=True).first()
    return visibility or Image.Visibility.PRIVATE
