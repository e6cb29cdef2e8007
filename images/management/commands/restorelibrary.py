"""restorelibrary: rebuild the catalogue from a manifest and the originals."""

from collections import Counter
from itertools import chain
from typing import IO, Any

from django.core.management.base import CommandParser

from images.errors import NotAManifest
from images.maintenance.manifest import check, newest, opened
from images.maintenance.restoring import Kind, adopt_newer, restore_images, restore_people
from images.management.reporting import Problems, ReportingCommand, Unfinished


class Command(ReportingCommand):
    help = (
        "Fill an empty, migrated database from the newest manifest in the store. People need new passwords. "
        "What is there already stays; originals newer than the manifest become private images."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "manifest", nargs="?", help="a key below manifests/, or a file (default: the newest)"
        )
        parser.add_argument("--verify", action="store_true", help="read and hash every original as well")

    def handle(self, *, manifest: str | None, verify: bool, **options: Any) -> None:
        try:
            with opened(manifest or newest()) as file:
                self._restore(file, verify)
        except NotAManifest as error:
            raise Unfinished(str(error)) from None

    def _restore(self, file: IO[bytes], verify: bool) -> None:
        facts = check(file)
        people = restore_people(file)
        kinds = Counter[str](dict.fromkeys(Kind, 0))
        images = chain(restore_images(file, verify), adopt_newer(facts.created_at))
        for outcome in self.track(images, "Restored", facts.lines):
            kinds[outcome.kind] += 1
            if outcome.kind not in (Kind.RESTORED, Kind.PRESENT):
                self.report(str(outcome), outcome=outcome.kind, key=outcome.key, image=outcome.image_id)
        counts = ", ".join(f"{kind}: {number}" for kind, number in kinds.items())
        self.summarize(f"people: {people}, {counts}", people=people, **kinds)
        if problems := kinds[Kind.MISSING] + kinds[Kind.DAMAGED] + kinds[Kind.REFUSED]:
            raise Problems(f"{problems} images are not as they were.")
