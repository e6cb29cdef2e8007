"""prunestorage: delete the objects that no row refers to and that nobody may have lost."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.errors import NotAManifest
from images.maintenance.garbage import doubt, find_garbage, remove_garbage
from images.maintenance.losses import unfinished_restoration
from images.maintenance.manifest import of_the_future
from images.management.arguments import count, duration
from images.management.reporting import Problems, ReportingCommand, Unfinished
from images.models import Image, Rendition
from storage import get_storage

DRAFT_AGE = timedelta(days=1)  # no upload takes as long


class Command(ReportingCommand):
    help = (
        "List the objects that no image refers to, those in the trash included; delete them with --delete. "
        "While the database may have lost rows, only what was purged by name goes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--delete", action="store_true", help="delete them (default: only list them)")
        parser.add_argument(
            "--force",
            action="store_true",
            help="even if rows may have been lost; of backups, those of the future too",
        )
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

    def handle(
        self, *, delete: bool, force: bool, grace: timedelta, keep_manifests: int | None, **options: Any
    ) -> None:
        objects = size = 0
        if sentence := unfinished_restoration():
            raise Unfinished(sentence)
        for key, line in of_the_future():
            self.report(line, of_the_future=key)
        try:
            reason = "" if force else doubt()
        except NotAManifest as error:
            raise Unfinished(f"{error} A new backup takes its place.") from None
        expected = Image.objects.count() + Rendition.objects.count()
        for stored in find_garbage(
            timezone.now() - grace,
            manifests=keep_manifests,
            force=force,
            only_purged=bool(reason),
            watch=partial(self.track, verb="Looked at", total=expected),
        ):
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
        if reason:
            raise Problems(f"{reason} Only what was purged by name was looked at (--force: everything).")
