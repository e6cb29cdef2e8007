"""Makes the derived images of the whole library ahead of their first view."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from images.concurrency.threads import in_threads
from images.errors import Unrenderable
from images.iiif.pyramid import listed_sizes, tiles
from images.iiif.requests import PREFERRED_FORMATS, RenditionSpec
from images.imaging import sandbox
from images.models import Image
from images.renditions.store import prepare
from storage.errors import CorruptObject, ObjectNotFound

THREADS = 2  # for each child, so that it need not wait while a rendition is stored
TIMEOUT = 600  # seconds of waiting for a child: the others are all at work for this command

PROBLEMS = {ObjectNotFound: "missing", CorruptObject: "damaged", Unrenderable: "unrenderable"}


@dataclass(frozen=True)
class Outcome:
    """How many renditions were `made` of an image. `problem`: its original is missing or damaged, or it is
    unrenderable.
    """

    image_id: UUID
    made: int = 0
    problem: str = ""


def images_outside_trash() -> list[UUID]:
    """Return the ids of all images that can be seen by somebody, the newest first."""
    return list(Image.objects.filter(deleted_at=None).values_list("pk", flat=True))


def prepare_all(ids: list[UUID], jobs: int, with_tiles: bool) -> Iterator[Outcome]:
    """Make all listed sizes that are missing, and with `with_tiles` all tiles, with `jobs` children at work.

    Yields an outcome for each image. Raises StorageUnavailable or Busy, after which it can be run again: what
    was made is not made twice.
    """
    sandbox.pool.grow(jobs)
    return in_threads(partial(_prepare, with_tiles=with_tiles), ids, THREADS * jobs)


def _prepare(image_id: UUID, with_tiles: bool) -> Outcome:
    try:
        image = Image.objects.get(pk=image_id)
        return Outcome(image_id, prepare(image, _wanted(image, with_tiles), timeout=TIMEOUT))
    except Image.DoesNotExist:  # purged since
        return Outcome(image_id)
    except tuple(PROBLEMS) as error:
        return Outcome(image_id, problem=PROBLEMS[type(error)])


def _wanted(image: Image, with_tiles: bool) -> Iterator[RenditionSpec]:
    yield from listed_sizes(image.width, image.height)
    if with_tiles:
        for format_ in PREFERRED_FORMATS:
            yield from tiles(image.width, image.height, format_)
