"""prunestorage: delete the objects that no row refers to."""

from datetime import timedelta

from django.core.management.base import CommandParser
from django.utils import timezone

from images.maintenance import find_garbage, remove_garbage
from images.management.arguments import count, duration
from images.management.reporting import ReportingCommand
from storage import get_storage

DRAFT_AGE = timedelta(days=1)  # no upload takes as long


class Command(ReportingCommand):
    help = "List the objects that no image refers to, those in the trash included; delete them with --delete."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete them (default: only list them)")
        parser.add_argument(
            "--grace",
            type=duration,
            default=timedelta(days=1),
            metavar="24h",
            help="leave what was written within this time (default: 24h)",
        )
        parser.add_argument(
            "--keep-manifests", type=count, metavar="N", help="keep only the newest N backups (default: all)"
        )

    def handle(self, *, delete: bool, grace: timedelta, keep_manifests: int | None, **options) -> None:
        objects = size = 0
        for stored in find_garbage(timezone.now() - grace, keep_manifests):
            if delete and not remove_garbage(stored.key):
                continue
            objects, size = objects + 1, size + stored.size
            self.report(f"{stored.key} ({stored.size} bytes)", key=stored.key, size=stored.size)
        drafts = get_storage().sweep(timezone.now() - DRAFT_AGE) if delete else 0
        verb = "Deleted" if delete else "Would delete (with --delete)"
        self.summarize(
            f"{verb}: {objects} objects, {size} bytes" + (f"; {drafts} unfinished files." if drafts else "."),
            objects=objects,
            bytes=size,
            drafts=drafts,
            deleted=delete,
        )
