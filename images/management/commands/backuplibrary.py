"""backuplibrary: put the catalogue into the store, beside the originals."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO, Any

from django.core.management.base import CommandParser
from django.utils import timezone

from images.errors import NotAManifest
from images.maintenance import manifest
from images.management.reporting import ReportingCommand, Unfinished
from images.models import Image


class Command(ReportingCommand):
    help = "Write all that the database knows of images and people, without secrets, into the store."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--force", action="store_true", help="even if no image of the newest backup is here any more"
        )
        parser.add_argument("--output", type=Path, metavar="FILE", help="write it to this file too")

    def handle(self, *, output: Path | None, force: bool, **options: Any) -> None:
        created_at = timezone.now()
        if not force:
            self.refuse_to_hide_the_last_one()
        with TemporaryFile() as file:
            entries = self.track(manifest.catalogue(created_at), "Written", Image.objects.count())
            digest = manifest.write(file, entries)
            key, size = manifest.store(file, digest, created_at), file.tell()
            if output:
                _save(file, output)
        self.summarize(f"Stored {key} ({size} bytes).", key=key, bytes=size)

    def refuse_to_hide_the_last_one(self) -> None:
        """End with 2 when the database was lost, before its emptiness becomes the newest backup."""
        with suppress(NotAManifest):  # there is nothing to hide
            if manifest.is_catalogue_lost(manifest.named_by_newest()):
                raise Unfinished(
                    "The library knows no image of its newest backup. If the database was lost, run "
                    "restorelibrary first; if all of them are gone on purpose, --force makes a new backup."
                )


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
