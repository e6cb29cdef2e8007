"""restorelibrary: rebuild the catalogue from a manifest and the originals."""

from collections import Counter
from itertools import chain
from typing import IO, Any

from django.core.management.base import CommandParser

from images.errors import InUse, NotAManifest
from images.maintenance.manifest import begun_at, newest, of_the_future, opened
from images.maintenance.manifest_form import Facts, check
from images.maintenance.restored_albums import restore_albums
from images.maintenance.restored_changes import restore_changes
from images.maintenance.restored_favourites import restore_favourites
from images.maintenance.restored_library import restore_library
from images.maintenance.restored_people import restore_people
from images.maintenance.restored_tags import restore_tags
from images.maintenance.restoring import (
    Kind,
    adopt_newer,
    restoration,
    restore_images,
    restore_newer_tombstones,
    restore_tombstones,
)
from images.management.reporting import Problems, ReportingCommand, Unfinished


class Command(ReportingCommand):
    help = (
        "Fill a new database from the newest manifest in the store. People need new passwords; originals "
        "newer than the manifest become private images; what was purged stays away."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "manifest", nargs="?", help="a key below manifests/, or a file (default: the newest)"
        )
        parser.add_argument("--verify", action="store_true", help="read and hash every original as well")

        parser.add_argument(
            "--merge",
            action="store_true",
            help="into a library in use: what is there stays; of two rows for the same bytes, the newer "
            "words, the stricter visibility and the manifest's id",
        )

    def handle(self, *, manifest: str | None, verify: bool, merge: bool, **options: Any) -> None:
        try:
            name = manifest or newest()
            with opened(name) as file:
                self._restore(file, check(file), name, verify, merge)
        except (NotAManifest, InUse) as error:
            raise Unfinished(str(error)) from None

    def _restore(self, file: IO[bytes], facts: Facts, name: str, verify: bool, merge: bool) -> None:
        kinds = Counter[str](dict.fromkeys(Kind, 0))
        with restoration(name, file, merge):
            for key, line in of_the_future():
                self.report(line, of_the_future=key)
            people = restore_people(file)
            restore_tags(file)
            images = chain(
                restore_tombstones(file),
                restore_newer_tombstones(name),
                restore_images(file, verify),
                adopt_newer(begun_at(name, facts.created_at)),
            )
            for outcome in self.track(images, "Restored", facts.lines):
                kinds[outcome.kind] += 1
                if outcome.kind not in (Kind.RESTORED, Kind.PRESENT):
                    self.report(
                        str(outcome),
                        outcome=outcome.kind,
                        key=outcome.key,
                        image=outcome.image_id,
                        former=outcome.former_id,
                    )
            restore_library(file)
            restore_albums(file)
            restore_favourites(file)
            restore_changes(file)
        counts = ", ".join(f"{kind}: {number}" for kind, number in kinds.items())
        self.summarize(f"people: {people}, {counts}", people=people, **kinds)
        if problems := kinds[Kind.MISSING] + kinds[Kind.DAMAGED] + kinds[Kind.REFUSED]:
            raise Problems(f"{problems} images are not as they were.")
