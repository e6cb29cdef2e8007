"""How far the renditions of an upload are, for the person who sent it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from images.models import Image, Rendition, Undrawn
from images.renditions.prerendering import for_gallery


class Progress(NamedTuple):
    """How many images are `waiting` to be drawn, and the `undrawn`, of which nothing could be."""

    waiting: int
    undrawn: list[Image]


def progress_of(images: Sequence[Image]) -> Progress:
    """Return how far what the gallery shows of the images of one page is."""
    stored = defaultdict[UUID, set[str]](set)
    rows = Rendition.objects.filter(image__in=images, spec__startswith="full/")  # the tiles are many more
    for image_id, spec in rows.values_list("image", "spec"):
        stored[image_id].add(spec)
    lacking = [image for image in images if not set(map(str, for_gallery(image))) <= stored[image.pk]]
    problems = set(Undrawn.objects.filter(image__in=lacking).values_list("image", flat=True))
    undrawn = [image for image in lacking if image.pk in problems]
    return Progress(len(lacking) - len(undrawn), undrawn)
