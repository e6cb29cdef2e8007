"""recountfigures: count what pages do not count themselves, and look for what an earlier version wrote."""

from typing import Any

from django.utils import timezone

from images.catalogue.figures import keep_figures
from images.catalogue.history import KEPT, drop_before
from images.catalogue.tag_curation import finish_merges
from images.maintenance.recounting import recount, tag_earlier_rows
from images.maintenance.reindexing import reindex_all
from images.management.reporting import ReportingCommand
from images.models import Image


class Command(ReportingCommand):
    help = (
        "Count the figures of tags, of albums, of months and of the admin's start page, which a large "
        "library keeps, make images ready to be found that an earlier version wrote, and drop the history "
        "of more than a year ago. For every night."
    )

    def handle(self, **options: Any) -> None:
        tagged = tag_earlier_rows()
        missing = Image.objects.filter(search_key=None).count()
        indexed = sum(self.track(reindex_all(only_missing=True), "Made ready to be found", missing))
        finish_merges()
        corrected = recount()
        counted = keep_figures()
        dropped = drop_before(timezone.now() - KEPT)
        self.summarize(
            f"Counted: {counted.images} images, {counted.trashed} in the trash, {counted.size} bytes. "
            f"Made ready to be found: {indexed + tagged}. Corrected: {corrected} tags, albums and months. "
            f"Dropped: {dropped} changes of more than a year ago.",
            images=counted.images,
            trashed=counted.trashed,
            bytes=counted.size,
            indexed=indexed + tagged,
            corrected=corrected,
            dropped=dropped,
        )
