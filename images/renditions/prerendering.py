"""Makes derived images ahead of their first view: soon after an upload, and for the whole library."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django_tasks import task

from images.catalogue.walks import walk
from images.concurrency.threads import in_threads
from images.errors import Unrenderable
from images.iiif.pyramid import listed_sizes, tiles
from images.iiif.requests import PREFERRED_FORMATS, RenditionSpec
from images.imaging import sandbox
from images.models import Image, Undrawn
from images.renditions.drawing import draw
from images.renditions.store import find_missing, store_rendition
from storage.errors import CorruptObject, ObjectNotFound

BATCH = 32  # drawn of one decoding: tiles of the largest image as many at once would take a child too long
GALLERY = 640  # pixels, the longer side: up to this the pages of many images show them
THREADS = 2  # for each child, so that it need not wait while a rendition is stored
COMMAND_TIMEOUT = 600  # seconds that renderimages waits for a child: all of them are at work for it


Problem = Undrawn.Problem
PROBLEMS = {
    ObjectNotFound: Problem.MISSING,
    CorruptObject: Problem.DAMAGED,
    Unrenderable: Problem.UNRENDERABLE,
}


@dataclass(frozen=True)
class Outcome:
    """What became of one image: how many renditions were `made` of it, or the `problem` with it."""

    image_id: UUID
    made: int = 0
    problem: Problem | None = None


def prepare(image: Image, specs: Iterable[RenditionSpec], timeout: float = sandbox.TIMEOUT) -> int:
    """Make those of the canonical `specs` that are missing, many of one decoding; return how many there were.

    Raises Unrenderable, StorageError, Image.DoesNotExist when the image is purged meanwhile, or Busy after
    `timeout` seconds.
    """
    missing = find_missing(image, specs)
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        for spec, data in zip(batch, draw(image, batch, timeout), strict=True):
            store_rendition(image, spec, data)
    return len(missing)


@task()
def prepare_for_gallery(image_id: str) -> None:
    """Make what the pages of many images show of an image and is not there, so that no view of them draws.

    A task, since what is not made yet is made when it is first asked for. Raises what `prepare` raises.
    """
    with suppress(Image.DoesNotExist), _noted(image_id) as image:  # purged since
        prepare(image, for_gallery(image))


def for_gallery(image: Image) -> Iterator[RenditionSpec]:
    """Yield the canonical specs of what the pages of many images show of an image."""
    return listed_sizes(image.width, image.height, GALLERY)


def images_outside_trash() -> Iterator[UUID]:
    """Yield the ids of all images that can be seen by somebody, the newest first, as they are asked for."""
    shown = Image.objects.filter(deleted_at=None).only("pk", "created_at")
    return (image.pk for image in walk(shown, "-created_at"))


def prepare_all(ids: Iterable[UUID], jobs: int, with_tiles: bool) -> Iterator[Outcome]:
    """Make all listed sizes that are missing, and with `with_tiles` all tiles, with `jobs` children at work.

    Yields an outcome for each image. Raises StorageUnavailable or Busy, after which it can be run again: what
    was made is not made twice.
    """
    sandbox.pool.grow(jobs)
    return in_threads(partial(_prepare, with_tiles=with_tiles), ids, THREADS * jobs)


def _prepare(image_id: UUID, with_tiles: bool) -> Outcome:
    try:
        with _noted(image_id) as image:
            return Outcome(image_id, prepare(image, _wanted(image, with_tiles), timeout=COMMAND_TIMEOUT))
    except Image.DoesNotExist:  # purged since
        return Outcome(image_id)
    except tuple(PROBLEMS) as error:
        return Outcome(image_id, problem=PROBLEMS[type(error)])


@contextmanager
def _noted(image_id: UUID | str) -> Iterator[Image]:
    """Give the image, of which a row says why nothing can be drawn of it, as long as that is so."""
    image = Image.objects.select_related("undrawn").get(pk=image_id)
    try:
        yield image
    except tuple(PROBLEMS) as error:
        Undrawn.objects.update_or_create(image=image, defaults={"problem": PROBLEMS[type(error)]})
        raise
    if hasattr(image, "undrawn"):
        image.undrawn.delete()


def _wanted(image: Image, with_tiles: bool) -> Iterator[RenditionSpec]:
    yield from listed_sizes(image.width, image.height)
    if with_tiles:
        for format_ in PREFERRED_FORMATS:
            yield from tiles(image.width, image.height, format_)
