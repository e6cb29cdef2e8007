"""emptytrash: delete for good what has been in the trash for long."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.catalogue.trash import empty_trash, trashed_before
from images.management.arguments import duration
from images.management.reporting import ReportingCommand


class Command(ReportingCommand):
    help = "Delete the images that were moved to the trash long ago. Their objects go with prunestorage."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=duration,
            default=timedelta(days=30),
            metavar="30d",
            help="how long an image stays in the trash (default: 30d)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many, and delete none")

    def handle(self, *, older_than: timedelta, dry_run: bool, **options: Any) -> None:
        if dry_run:
            images, size = trashed_before(timezone.now() - older_than)
            self.summarize(
                f"Would delete for good: {images} images, {size} bytes.", would_delete=images, bytes=size
            )
            return
        images = 0
        for image in empty_trash(timezone.now() - older_than):
            images += 1
            self.report(f"{image.pk} {image}", image=image.pk, key=image.storage_key)
        self.summarize(f"Deleted for good: {images} images.", images=images)
