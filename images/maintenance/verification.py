"""Do store and catalogue agree: every object is compared with its row, and every row with its object."""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import IO, Any
from uuid import UUID

from django.db import InterfaceError, OperationalError
from django.utils import timezone

from images.catalogue.walks import walk
from images.concurrency.locks import key_lock
from images.errors import Busy, ImageTooLarge, InvalidImage, RefusedFile
from images.imaging.inspection import ImageFacts
from images.imaging.sandbox import inspect_image
from images.maintenance.garbage import is_referenced, unreferenced
from images.maintenance.reinspection import UNCHANGED, Updated, bring_up_to_date, note_inspection
from images.maintenance.stored_objects import copied
from images.models import Image, InspectionProblem, Rendition
from storage import get_storage
from storage.errors import ObjectNotFound, StorageUnavailable
from storage.keys import MANIFESTS, RENDITIONS, key_digest

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 3.0  # before a store that failed is asked whether it is there at all
DECODING_SECONDS = 60.0  # that a file waits for a child, and for its work: others are served meanwhile
DECODING_PAUSES = (3.0, 10.0)  # seconds before a file is tried again for which there was no time


class Problem(StrEnum):
    """What can be wrong with an object."""

    MISSING = "missing"
    UNREADABLE = "unreadable"  # the store fails on it and answers otherwise
    WRONG_SIZE = "wrong_size"
    WRONG_HASH = "wrong_hash"
    UNDECODABLE = "undecodable"
    UNINSPECTED = "uninspected"  # whole, and larger than is taken today: its row stays as it is
    BUSY = "busy"  # the machine had no time to decode it; its bytes are right
    ORPHANED = "orphaned"  # no row refers to it


PROBLEMS = {
    Problem.MISSING: InspectionProblem.Problem.MISSING,
    Problem.UNREADABLE: InspectionProblem.Problem.UNREADABLE,
    Problem.WRONG_SIZE: InspectionProblem.Problem.DAMAGED,
    Problem.WRONG_HASH: InspectionProblem.Problem.DAMAGED,
    Problem.UNDECODABLE: InspectionProblem.Problem.UNDECODABLE,
    Problem.UNINSPECTED: InspectionProblem.Problem.TOO_LARGE,
    Problem.BUSY: InspectionProblem.Problem.BUSY,
}
WHOLE = (Problem.UNINSPECTED, Problem.BUSY)  # the bytes are right


@dataclass(frozen=True)
class Finding:
    """One object that was looked at, whole when there is no `problem`; `image_id` is None for no image's.
    `updated` tells what reinspection found of its row.
    """

    key: str
    problem: Problem | None = None
    image_id: UUID | None = None
    updated: Updated = UNCHANGED

    @property
    def is_damage(self) -> bool:
        """Whether something is lost: what no image has is none, nor a rendition, which is made again."""
        is_harmless = self.problem in (None, *WHOLE, Problem.ORPHANED)
        return not (is_harmless or self.key.startswith(RENDITIONS))

    def __str__(self) -> str:
        told = ["updated"] * bool(self.updated.fields) + ["says where"] * self.updated.says_where
        line = f"{self.problem or ', '.join(told)}: {self.key}"
        line += f" (image {self.image_id})" if self.image_id else ""
        return line + (f": {', '.join(self.updated.fields)}" if self.updated.fields else "")


def find_problems(count: int, reinspect: bool = False) -> Iterator[Finding]:
    """Yield what is found of orphans, of every manifest, and of the images unverified for longest, each with
    its renditions, until `count` images were found whole. Damaged ones come first again the next time.

    With `reinspect` the rows of images are brought up to date with their files.

    Right while images are uploaded, trashed and purged: what looks wrong is looked at again while nobody can
    write or delete it. Raises StorageUnavailable when the store itself is away; Busy.
    """
    for stored in unreferenced():
        if _is_orphan(stored.key):
            yield Finding(stored.key, Problem.ORPHANED)
    for stored in get_storage().list(MANIFESTS):
        yield check(stored.key)
    for image in _longest_unverified(timezone.now()):
        if count <= 0:
            return
        finding = check(image.storage_key, image, reinspect)
        count -= not finding.problem
        yield finding
        for rendition in Rendition.objects.filter(image=image.pk):
            yield check(rendition.storage_key, rendition)


@dataclass(frozen=True)
class Seen:
    """What is wrong with an object, if anything, and what decoding tells of it, if it was decoded."""

    problem: Problem | None = None
    facts: ImageFacts | None = None


def look_at(key: str, size: int | None = None, decode: bool = True) -> Seen:
    """Return what is seen of the object now. Its length is compared with `size` when given.

    Raises StorageUnavailable when the store itself is away.
    """
    try:
        with copied(key) as copy:
            if size is not None and copy.size != size:
                return Seen(Problem.WRONG_SIZE)
            if copy.digest != key_digest(key):
                return Seen(Problem.WRONG_HASH)
            return Seen(facts=_decode(copy.file) if decode else None)
    except ObjectNotFound:
        return Seen(Problem.MISSING)
    except ImageTooLarge:  # for today's limits: it was taken under others
        return Seen(Problem.UNINSPECTED)
    except RefusedFile:
        return Seen(Problem.UNDECODABLE)
    except Busy:
        return Seen(Problem.BUSY)
    except StorageUnavailable:
        time.sleep(PAUSE_SECONDS)
        get_storage().check()
        return Seen(Problem.UNREADABLE)


def _decode(file: IO[bytes]) -> ImageFacts:
    """Decode the file. Raises RefusedFile, also of a file that the inspection fails on by a fault of its own:
    the others are looked at all the same. Raises Busy when there is never time.
    """
    try:
        return _decode_in_time(file)
    except (RefusedFile, Busy, OSError):
        raise
    except Exception as error:
        logger.exception("the inspection failed on a file")
        raise InvalidImage("The inspection failed on this file.") from error


def _decode_in_time(file: IO[bytes]) -> ImageFacts:
    """Decode the file, if need be after a while."""
    for pause in DECODING_PAUSES:
        try:
            return inspect_image(file, DECODING_SECONDS)
        except Busy:
            time.sleep(pause)
    return inspect_image(file, DECODING_SECONDS)


def check(key: str, row: Image | Rendition | None = None, reinspect: bool = False) -> Finding:
    """Look at the object of `row`, or of a manifest, and note when an image was found whole.

    With `reinspect` the row of an image is brought up to date with its file, and what kept it from that is
    noted. Raises StorageUnavailable when the store itself is away; Busy.
    """
    started, size, is_image = timezone.now(), row.size if row else None, isinstance(row, Image)
    seen = look_at(key, size, is_image)
    if seen.problem and seen.problem not in WHOLE:
        with key_lock(key_digest(key)):  # no upload is repairing it, no pruning removing it
            seen = look_at(key, size, is_image) if _is_wanted(key, row) else Seen()
            if isinstance(row, Image) and seen.problem and seen.problem not in WHOLE:
                # To send its file repairs it, so all is noted before anybody can.
                if reinspect:
                    note_inspection(row.pk, PROBLEMS[seen.problem], UNCHANGED, verified_at=None)
                else:
                    Image.objects.filter(pk=row.pk).update(verified_at=None)
                return Finding(key, seen.problem, row.pk)
    if not isinstance(row, Image):
        return Finding(key, seen.problem, row.image_id if row else None)
    updated = UNCHANGED
    if reinspect and seen.facts:  # first, so that whoever is interrupted goes on with this one
        try:
            updated = bring_up_to_date(row.pk, seen.facts)
        except (OperationalError, InterfaceError, Busy):
            raise
        except Exception:  # of what this file says: the others are read all the same
            logger.exception("the row of image %s could not be brought up to date", row.pk)
            seen = Seen(Problem.UNDECODABLE)
    written: dict[str, Any] = {"verified_at": started} if seen.problem in (None, Problem.UNINSPECTED) else {}
    if reinspect:
        noted = PROBLEMS[seen.problem] if seen.problem else None
        note_inspection(row.pk, noted, updated, **written)
    elif written:
        Image.objects.filter(pk=row.pk).update(**written)
    problem = None if seen.problem == Problem.UNINSPECTED and not reinspect else seen.problem
    return Finding(key, problem, row.pk, updated)


def _is_wanted(key: str, row: Image | Rendition | None) -> bool:
    """Whether the object still has to be there. Of manifests, only the listing says so."""
    if isinstance(row, Image):
        return Image.objects.filter(pk=row.pk).exists()
    return Rendition.objects.filter(pk=row.pk).exists() if row else get_storage().exists(key)


def _longest_unverified(before: datetime) -> Iterator[Image]:
    """Yield all images not verified since then, the longest unverified first; rows are read as needed."""
    rows = Image.objects.only("pk", "hash", "size", "verified_at")
    yield from walk(rows.filter(verified_at=None), "verified_at")
    yield from walk(rows.filter(verified_at__lt=before), "verified_at")


def _is_orphan(key: str) -> bool:
    with key_lock(key_digest(key)):  # whoever stores it holds this from object to row
        return not is_referenced(key) and get_storage().exists(key)
