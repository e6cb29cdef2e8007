"""emptytrash: delete for good what has been in the trash for long."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.utils import timezone

from images.catalogue.trash import empty_trash, purged, trashed_before
from images.management.arguments import duration
from images.management.reporting import Problems, ReportingCommand, Unfinished
from images.models import Image


class Command(ReportingCommand):
    help = (
        "Delete the images that were moved to the trash long ago, or those that are named. Their objects go "
        "with prunestorage."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--older-than",
            type=duration,
            default=timedelta(days=30),
            metavar="30d",
            help="how long an image stays in the trash (default: 30d)",
        )
        which.add_argument(
            "--image",
            dest="named",
            action="append",
            type=UUID,
            metavar="ID",
            help="this image of the trash, however short it is there (may be repeated)",
        )
        parser.add_argument("--dry-run", action="store_true", help="say how many, and delete none")

    def handle(
        self, *, older_than: timedelta, named: list[UUID] | None, dry_run: bool, **options: Any
    ) -> None:
        if dry_run and named:
            raise Unfinished("--dry-run says what is old enough to go; it takes no --image.")
        if dry_run:
            images, size = trashed_before(timezone.now() - older_than)
            self.summarize(
                f"Would delete for good: {images} images, {size} bytes.", would_delete=images, bytes=size
            )
            return
        images = 0
        for image in self.named(named) if named else empty_trash(timezone.now() - older_than):
            images += 1
            self.report(f"{image.pk} {image}", image=image.pk, key=image.storage_key)
        self.summarize(f"Deleted for good: {images} images.", images=images)
        if named and images < len(named):
            raise Problems(f"{len(named) - images} images are not in the trash.")

    def named(self, ids: list[UUID]) -> Iterator[Image]:
        """Purge the images with these ids, and yield each that was in the trash."""
        for pk in ids:
            image = Image.objects.filter(pk=pk, deleted_at__isnull=False).first()
            if image and purged(image):
                yield image
            else:
                self.report(f"not_in_trash: {pk}", problem="not_in_trash", image=pk)
