"""Images that another inspection than today's read: each is read anew, and its row brought up to date.

After an upgrade whose inspection tells more all of them are, and an image is that somebody asks for. Whatever
comes of one, it is none any more: the next run goes on with the others. To read all is to fetch all of them,
so an upgrade that tells nothing more has nothing read.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django_tasks import task

from images.catalogue.publishing import may_tell
from images.catalogue.walks import walk
from images.concurrency.locks import locked
from images.imaging.inspection import INSPECTION_VERSION
from images.maintenance.verification import Finding, check
from images.models import ASKED_FOR, Image, InspectionProblem

UNDECIDED = Q(image__location_kept=False, image__deleted_at=None) & ~Q(image__visibility="private")
UNSAID = 1  # the one that a row stands for that says none: before there was another, none was written
BATCH = 1_000  # rows that one task writes: on SQLite, everybody who writes waits meanwhile


def outdated() -> int:
    """Return how many there are."""
    return sum(rows.count() for rows in _outdated())


def find_outdated(longest: timedelta) -> Iterator[Finding]:
    """Bring one after another up to date and yield what came of it, beginning none after `longest`.

    Raises StorageUnavailable when the store itself is away; Busy.
    """
    end = monotonic() + longest.total_seconds()
    for rows in _outdated():
        for image in walk(rows.only("pk", "hash", "size", "inspection_version"), "inspection_version"):
            if monotonic() >= end:
                return
            yield check(image.storage_key, image, reinspect=True)


def _outdated() -> tuple[QuerySet[Image], QuerySet[Image]]:
    """The rows, each part by the index: those that were asked for first."""
    rows = Image.objects.order_by()
    unsaid = rows.filter(inspection_version=None) if UNSAID < INSPECTION_VERSION else rows.none()
    return rows.filter(inspection_version__lt=INSPECTION_VERSION), unsaid


def inspect_anew(ids: list[UUID]) -> None:
    """Have these images read anew by the next run."""
    rows = Image.objects.filter(pk__in=ids).order_by("pk")
    with transaction.atomic():
        there = list(locked(rows).values_list("pk", flat=True))  # in the order in which everybody locks rows
        Image.objects.filter(pk__in=there).update(inspection_version=ASKED_FOR)


@task()
def inspect_all_anew(after: str = "") -> None:
    """Have all images read anew with an id `after` this one: a batch of them, and another task the rest."""
    rows = Image.objects.order_by("pk").values_list("pk", flat=True)
    with transaction.atomic():
        batch = list((rows.filter(pk__gt=UUID(after)) if after else rows)[:BATCH])
        inspect_anew(batch)
        if len(batch) == BATCH:
            inspect_all_anew.enqueue(str(batch[-1]))


def open_problems() -> QuerySet[InspectionProblem]:
    """Return what was found and holds still: of who is told the place, somebody may have decided since."""
    is_told = UNDECIDED if not may_tell("") else Q(pk__in=[])
    is_there = Exists(Image.objects.filter(pk=OuterRef("image_id")))
    return InspectionProblem.objects.filter(
        is_there, ~Q(problem=InspectionProblem.Problem.SAYS_WHERE) | is_told
    )


def count_problems() -> Counter[str]:
    """Return how many images have which problem."""
    counted = open_problems().values_list("problem").annotate(Count("pk"))
    return Counter(dict(counted.order_by("problem")))
