"""Re-makes what images are found and ordered by, of the whole library."""

import time
from collections.abc import Iterator
from itertools import islice

from images.catalogue.walks import walk
from images.models import Image
from images.models.indexing import BATCH, reindex


def reindex_all(only_missing: bool = False) -> Iterator[bool]:
    """Re-make the derived columns of all rows, or of those alone that an earlier version added; yield of each
    whether it said otherwise. Stopped in between, the next run writes only what is not right yet.

    In the order of the uploads, so that rows that are written together lie together. After each batch it
    pauses for as long as that took, and others get to write.
    """
    images = Image.objects.only("created_at")
    rows = walk(images.filter(search_key=None) if only_missing else images, "created_at")
    while batch := [image.pk for image in islice(rows, BATCH)]:
        started = time.monotonic()
        written = reindex(batch)
        pause = time.monotonic() - started
        yield from [True] * written + [False] * (len(batch) - written)
        time.sleep(pause)
