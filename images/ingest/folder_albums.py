"""Albums of the folders that images were brought in from."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from images.catalogue.access import visible_images
from images.catalogue.album_curation import create
from images.catalogue.album_entries import MOST, file
from images.catalogue.albums import albums_named, changeable_albums
from images.ingest.folders import Kind, Outcome, folders_of
from images.models.album import MAX_TITLE_LENGTH
from images.text import clean


class Filed(NamedTuple):
    """How many images an album of this title was given, or why none."""

    title: str
    number: int
    refusal: str = ""


class FolderAlbums:
    """Puts images into albums that have the titles of their folders: those of `user`, or that they change."""

    def __init__(self, user: User, roots: Collection[Path]) -> None:
        self._user, self._roots = user, roots
        self._waiting: dict[str, list[tuple[Path, UUID]]] = defaultdict(list)
        self._count = 0

    def add(self, outcome: Outcome) -> Iterator[Filed]:
        """Have the image of `outcome` filed; yield what was filed by now: as many wait as an album has."""
        folders = folders_of(outcome.path, self._roots)
        title = clean(folders[-1].replace("\0", ""))[:MAX_TITLE_LENGTH].strip() if folders else ""
        if title and outcome.image_id and outcome.kind in (Kind.ADDED, Kind.KNOWN):
            self._waiting[title].append((outcome.path, outcome.image_id))
            self._count += 1
        if self._count >= MOST:
            yield from self.file_all()

    def file_all(self) -> Iterator[Filed]:
        """File all that wait, those of a folder by their names, and yield what became of it."""
        waiting, self._waiting, self._count = self._waiting, defaultdict(list), 0
        for title, pairs in waiting.items():
            yield self._file(title, [pk for _, pk in sorted(pairs)])

    def _file(self, title: str, ids: list[UUID]) -> Filed:
        seen = set(visible_images(self._user).filter(pk__in=ids).values_list("pk", flat=True))
        if not seen:
            return Filed(title, 0, "the images are not this user's to see")
        try:
            with transaction.atomic():
                there = albums_named(changeable_albums(self._user), title)
                album = there[0] if there else create(self._user, title)
                file(self._user, album, [pk for pk in ids if pk in seen])
        except ValidationError as error:
            return Filed(title, 0, " ".join(error.messages))
        return Filed(title, len(seen))
