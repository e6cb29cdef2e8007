"""Brings the images of whole folders into the library."""

import os
import stat
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Unpack
from uuid import UUID

from images.catalogue.access import AnyUser
from images.catalogue.tag_names import fitting
from images.concurrency.threads import in_threads
from images.errors import Busy, ImageTooLarge, RefusedFile, UnsupportedFormat
from images.imaging import sandbox
from images.imaging.formats import format_begun
from images.ingest.files import measure
from images.ingest.filing import file_new
from images.ingest.pipeline import ingest, is_at_hand, known_image
from images.ingest.words import Described
from images.models import Album, Image
from storage.errors import CorruptObject, StorageUnavailable

THREADS = 2  # for each decoder, so that it need not wait while a file is hashed and stored
PAUSES = (3, 10)  # seconds before a file is tried again when the store or the decoders cannot take it


class Bylined(Described, total=False):
    """What may be said of a new image, whose upload it is, and whether it may tell where it was taken."""

    uploaded_by: AnyUser | None
    location: str


class Kind(StrEnum):
    """What can become of a file."""

    ADDED = "added"
    KNOWN = "known"
    IN_TRASH = "in_trash"  # known, and left there
    SKIPPED = "skipped"  # no image in an accepted format, or no file
    REFUSED = "refused"  # a damaged or too large image
    FAILED = "failed"  # it could not be read


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `detail` says why."""

    path: Path
    kind: Kind
    detail: str = ""
    image_id: UUID | None = None

    @property
    def name(self) -> str:
        """The path as printable text, also when it is not UTF-8."""
        return os.fsencode(self.path).decode(errors="backslashreplace")


def _printable(name: str) -> str:
    return os.fsencode(name).decode(errors="replace")


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield every file at and below `paths`, in order. Folders that are links or cannot be read are yielded
    themselves, to be reported: following the links could go round for ever.
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        unreadable: list[OSError] = []
        for folder, subfolders, names in os.walk(path, onerror=unreadable.append):
            subfolders.sort()
            names += [name for name in subfolders if os.path.islink(os.path.join(folder, name))]
            yield from (Path(folder, name) for name in sorted(names))
        yield from (Path(error.filename) for error in unreadable)


def folders_of(path: Path, roots: Iterable[Path]) -> list[str]:
    """Return the names of the folders that a file of find_files lies in, the one of `roots` first."""
    for root in roots:
        if path != root and path.is_relative_to(root):
            return [_printable(name) for name in (root.resolve().name, *path.relative_to(root).parts[:-1])]
    return []


def import_files(
    paths: Collection[Path],
    jobs: int,
    album: Album | None = None,
    *,
    tags_from_folders: bool = False,
    **described: Unpack[Bylined],
) -> Iterator[Outcome]:
    """Ingest the files with `jobs` decoders at work, file their images in `album`, if any, in any order, and
    yield what became of each. `tags_from_folders` has the names of their folders as tags of new images.

    Raises StorageUnavailable when the store stays away, after which it can
    be run again: known bytes are not stored twice.
    """
    sandbox.pool.grow(jobs)

    def work(path: Path) -> Outcome:
        said = described.copy()
        if tags_from_folders:
            said["tags"] = fitting([*said.get("tags", ()), *folders_of(path, paths)])
        return import_file(path, album, **said)

    return in_threads(work, find_files(paths), THREADS * jobs)


def import_file(path: Path, album: Album | None = None, **described: Unpack[Bylined]) -> Outcome:
    """Ingest one file unless the library knows its bytes, and file its image in `album`, if any.

    Raises StorageUnavailable, Busy or OSError for what is not the file's own fault, and lasts.
    """
    for pause in (*PAUSES, None):
        try:
            outcome = _import_file(path, **described)
            break
        except (StorageUnavailable, Busy):
            if pause is None:
                raise
            time.sleep(pause)
    if not (outcome.image_id and outcome.kind in (Kind.ADDED, Kind.KNOWN)):
        return outcome
    detail = file_new(described.get("uploaded_by"), album, outcome.image_id, outcome.detail)
    return replace(outcome, detail=detail)


def _import_file(path: Path, **described: Unpack[Bylined]) -> Outcome:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a device or a pipe could be read for ever
            return Outcome(path, Kind.SKIPPED, "not a file")
        file = path.open("rb")
    except OSError as error:
        return Outcome(path, Kind.FAILED, error.strerror or str(error))
    with file:
        try:
            digest, _ = measure(file)
        except OSError as error:
            return Outcome(path, Kind.FAILED, error.strerror or str(error))
        except ImageTooLarge as refusal:
            file.seek(0)
            kind = Kind.REFUSED if format_begun(file.read(16)) else Kind.SKIPPED
            return Outcome(path, kind, str(refusal))
        known = known_image(digest, described.get("location", ""))
        return _known(path, known) or _ingest(path, file, described)


def _known(path: Path, image: Image | None) -> Outcome | None:
    """Return the outcome for a file that the library has; none when its object has to be put again."""
    if image and image.deleted_at:  # somebody put it there after an earlier import, perhaps
        return Outcome(path, Kind.IN_TRASH, "in the trash", image.pk)
    if image and is_at_hand(image):
        return Outcome(path, Kind.KNOWN, image_id=image.pk)
    return None


def _ingest(path: Path, file: BinaryIO, described: Bylined) -> Outcome:
    try:
        image, is_new, notice = ingest(file, filename=path.name, **described)
    except UnsupportedFormat as refusal:
        return Outcome(path, Kind.SKIPPED, str(refusal))
    except RefusedFile as refusal:
        return Outcome(path, Kind.REFUSED, str(refusal))
    except CorruptObject:
        return Outcome(path, Kind.FAILED, "the file changed while it was read, or was altered on its way")
    return Outcome(path, Kind.ADDED if is_new else Kind.KNOWN, notice, image.pk)
