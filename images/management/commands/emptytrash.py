"""emptytrash: delete for good what has been in the trash for long."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.catalogue.trash import empty_trash
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

    def handle(self, *, older_than: timedelta, **options: Any) -> None:
        images = 0
        for image in empty_trash(timezone.now() - older_than):
            images += 1
            self.report(f"{image.pk} {image}", image=image.pk, key=image.storage_key)
        self.summarize(f"Deleted for good: {images} images.", images=images)
