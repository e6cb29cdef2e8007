"""checkbackup: say how old the newest backup in the store is."""

from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.maintenance.manifest import has_come, newest_first
from images.management.arguments import duration
from images.management.reporting import Problems, ReportingCommand
from images.models import Image


class Command(ReportingCommand):
    help = (
        "Say when the newest backup came into the store, by the store's own time. It ends with 1 when that "
        "is too long ago, or when there is none and the library has images."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--younger-than",
            type=duration,
            default=timedelta(days=2),
            metavar="2d",
            help="how old it may be (default: 2d)",
        )

    def handle(self, *, younger_than: timedelta, **options: Any) -> None:
        backup = next(filter(has_come, newest_first()), None)
        looked, needed = timezone.now(), Image.objects.exists()
        if backup is None:
            self.summarize(
                "There is no backup in the store.", key=None, came=None, looked=looked, needed=needed
            )
            if needed:
                raise Problems("Run backuplibrary.")
            return
        age = looked - backup.modified
        self.summarize(
            f"The newest backup came {backup.modified:%Y-%m-%d %H:%M} UTC: {backup.key}.",
            key=backup.key,
            seconds=int(age.total_seconds()),
            came=backup.modified,
            looked=looked,
            needed=needed,
        )
        if age > younger_than:
            raise Problems("That is too long ago. Run backuplibrary.")
