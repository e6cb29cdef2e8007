"""importimages PATH…: bring files and whole folders into the library."""

import csv
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from images.catalogue.album_curation import create
from images.catalogue.albums import albums_named, changeable_albums
from images.catalogue.publishing import Location
from images.ingest.folder_albums import Filed, FolderAlbums
from images.ingest.folders import Kind, Outcome, find_files, import_files
from images.management.arguments import count
from images.management.reporting import Problems, ReportingCommand, Unfinished
from images.models import Album, Image, default_visibility


class Command(ReportingCommand):
    help = "Import images, folders with all that is in them. Run it again after an interruption: it goes on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--visibility", choices=Image.Visibility.values, help="default: as uploads")
        parser.add_argument(
            "--location",
            choices=Location.values,
            default="",
            help="of those that say where they were taken: publish that, or take it out (default: private)",
        )
        parser.add_argument(
            "--album", metavar="NAME", help="file them in the album of this title or address, or in a new one"
        )
        parser.add_argument("--user", metavar="NAME", help="whose uploads they shall be (default: nobody's)")
        parser.add_argument(
            "--tags-from-folders",
            action="store_true",
            help="the names of their folders as tags of new images",
        )
        parser.add_argument(
            "--albums-from-folders",
            action="store_true",
            help="an album of --user for each folder with images",
        )
        parser.add_argument(
            "--jobs", type=count, default=os.cpu_count(), metavar="N", help="default: the cores"
        )
        parser.add_argument("--report", type=Path, metavar="FILE", help="write a CSV line for every file")

    def handle(
        self,
        *,
        paths: list[Path],
        visibility: str | None,
        location: str,
        album: str | None,
        user: str | None,
        tags_from_folders: bool,
        albums_from_folders: bool,
        jobs: int,
        report: Path | None,
        **options: Any,
    ) -> None:
        for path in paths:
            if not path.exists():
                raise Unfinished(f"there is no {path}.")
        owner, visibility = self._find(user), visibility or default_visibility()
        filed_in = self._album(album, owner) if album else None
        if albums_from_folders and not owner:
            raise Unfinished("say with --user whose albums they shall be.")
        albums = FolderAlbums(owner, paths) if albums_from_folders and owner else None
        refused = 0
        files = sum(1 for _ in find_files(paths))
        kinds = Counter[str](dict.fromkeys(Kind, 0))
        try:
            with open(report or os.devnull, "w", newline="", encoding="utf-8") as file:
                table = csv.writer(file)
                table.writerow(["path", "outcome", "image", "detail"])
                outcomes = import_files(
                    paths,
                    jobs,
                    filed_in,
                    tags_from_folders=tags_from_folders,
                    visibility=visibility,
                    location=location,
                    uploaded_by=owner,
                )
                for outcome in self.track(outcomes, "Looked at", files):
                    kinds[outcome.kind] += 1
                    table.writerow([outcome.name, outcome.kind, outcome.image_id, outcome.detail])
                    self._tell(outcome)
                    refused += self._tell_of_albums(albums.add(outcome) if albums else ())
        finally:
            refused += self._tell_of_albums(albums.file_all() if albums else ())
            self.summarize(", ".join(f"{kind}: {number}" for kind, number in kinds.items()), **kinds)
        if kinds[Kind.REFUSED] or kinds[Kind.FAILED]:
            raise Problems(f"{kinds[Kind.REFUSED] + kinds[Kind.FAILED]} files could not be taken.")
        if refused:
            raise Problems(f"{refused} folders could not be made albums.")

    def _find(self, name: str | None) -> User | None:
        try:
            return User.objects.get_by_natural_key(name) if name else None
        except User.DoesNotExist:
            raise Unfinished(f"there is no user {name}.") from None

    def _album(self, name: str, owner: User | None) -> Album:
        """Return the album that `owner` may change and that is meant, anyone's without an owner; else a new
        one, which is private.
        """
        albums = changeable_albums(owner) if owner else Album.objects.all()
        try:
            there = albums_named(albums, name)
            if len(there) > 1:
                addresses = ", ".join(album.slug for album in there)
                raise Unfinished(f"there are several albums {name}: {addresses}.")
            return there[0] if there else create(owner, name)
        except ValidationError as error:
            raise Unfinished(" ".join(error.messages)) from None

    def _tell(self, outcome: Outcome) -> None:
        """Print every outcome as JSON, and in words what was not taken, or not as was asked."""
        if self.as_json or outcome.detail:
            line = f"{outcome.kind}: {outcome.name} ({outcome.detail})"
            facts = {"path": outcome.name, "outcome": outcome.kind, "image": outcome.image_id}
            self.report(line, **facts, detail=outcome.detail)

    def _tell_of_albums(self, filed: Iterable[Filed]) -> int:
        """Print what became of folders; return how many could not be filed."""
        refused = 0
        for title, number, refusal in filed:
            refused += bool(refusal)
            self.report(f"album: {title} ({refusal or number})", album=title, images=number, detail=refusal)
        return refused
