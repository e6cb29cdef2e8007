"""backuplibrary: put the catalogue into the store, beside the originals."""

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.catalogue.trash import note_purged
from images.errors import NotNewest
from images.maintenance import manifest, manifest_form
from images.maintenance.losses import BATCH, Kind, find_losses, unfinished_restoration
from images.management.reporting import ReportingCommand, Unfinished
from images.models import Image


class Command(ReportingCommand):
    help = "Write all that the database knows of images and people, without secrets, into the store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="take what is listed as lost for purged on purpose, and note it so",
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="write it to this file too")

    def handle(self, *, output: Path | None, force: bool, **options: Any) -> None:
        if sentence := unfinished_restoration():
            raise Unfinished(sentence)
        for key, line in manifest.of_the_future():
            self.report(line, of_the_future=key)
        self.account_for_all(timezone.now(), force)
        created_at = manifest.moment()
        with TemporaryFile() as file:
            entries = self.track(manifest.catalogue(created_at), "Written", Image.objects.count())
            digest = manifest_form.write(file, entries)
            try:
                key, size = manifest.store(file, digest, created_at), file.tell()
            except NotNewest as error:
                raise Unfinished(str(error)) from None
            if output:
                _save(file, output)
        now = timezone.now()
        self.summarize(f"Stored {key} ({size} bytes).", key=key, bytes=size, came=now, looked=now)

    def account_for_all(self, now: datetime, force: bool) -> None:
        """List what was lost, and end with 2 before its absence becomes the newest backup. With `force`, all
        that is listed has been purged.
        """
        kinds: Counter[Kind] = Counter()
        losses = find_losses()
        while batch := list(islice(losses, BATCH)):
            for loss in batch:
                kinds[loss.kind] += 1
                self.report(
                    str(loss), loss=loss.kind, manifest=loss.manifest, key=loss.key, image=loss.image_id
                )
            if force:
                note_purged({loss.key: max(now, loss.since or now) for loss in batch if loss.key})
        del kinds[Kind.DAMAGED]  # a new backup makes up for it
        if kinds and not force:
            raise Unfinished(" ".join(_explained(kinds)))


def _explained(kinds: Counter[Kind]) -> Iterator[str]:
    """Yield the sentences that tell the stories of the losses apart, and what to do in each."""
    if kinds[Kind.UNKNOWN]:
        yield "This database does not know its newest backup, so it is older than that, or another database."
    if number := kinds[Kind.LOST]:
        yield f"{_counted(number)} lost: a backup names what has neither a row nor a note of its purge."
    if kinds[Kind.UNKNOWN] or kinds[Kind.LOST]:
        yield (
            "Run `restorelibrary --merge`. If nothing is amiss, or what is listed cannot be restored, "
            "--force notes it as purged and makes a new backup."
        )
    if number := kinds[Kind.UNEXPLAINED]:
        yield (
            f"{_counted(number)} named only by backups of a version that did not note what was purged. If it "
            "purged them, --force notes that; if this database lost a part, run `restorelibrary --merge`."
        )


def _counted(number: int) -> str:
    return f"{number} image{'s are' if number > 1 else ' is'}"


def _save(file: IO[bytes], path: Path) -> None:
    """Write all of `file` to `path`, for this user's eyes only; never half of it."""
    file.seek(0)
    with NamedTemporaryFile(dir=path.resolve().parent, delete=False) as draft:
        try:
            shutil.copyfileobj(file, draft)
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, path)
        finally:
            Path(draft.name).unlink(missing_ok=True)
