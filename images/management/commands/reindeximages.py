"""reindeximages: re-make what images are found and ordered by."""

from typing import Any

from django.core.management.base import CommandParser

from images.maintenance.reindexing import reindex_all
from images.management.reporting import ReportingCommand
from images.models import Image


class Command(ReportingCommand):
    help = (
        "Re-make what images are found and ordered by, from what they and their tags say. Every change of an "
        "image does so itself; an earlier version that ran beside this one did not. Run it again after an "
        "interruption: what is right is not written."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--missing", action="store_true", help="only of images that an earlier version added: quick"
        )

    def handle(self, *, missing: bool, **options: Any) -> None:
        images = Image.objects.filter(search_key=None) if missing else Image.objects.all()
        looked_at = written = 0
        for is_written in self.track(reindex_all(missing), "Looked at", images.count()):
            looked_at += 1
            written += is_written
        line = f"Looked at: {looked_at} images. Written: {written}."
        self.summarize(line, images=looked_at, written=written)
