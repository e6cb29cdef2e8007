"""Kept figures: counts that no page counts itself.

They follow the rows of images in the same transaction. Locks are taken in one order: the image, its tags by
id, its albums by id, months by their days.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from images.concurrency.locks import locked

if TYPE_CHECKING:
    from images.models.album import Album
    from images.models.image import Image
    from images.models.tag import Tag

FOLLOWED = {"visibility", "deleted_at", "dated_at"}  # the fields of an image by which it counts


class Month(models.Model):
    """How many images outside the trash were taken in a month (Image.dated_at): public ones, and all. The
    figures change with the images, in the same transaction.
    """

    month = models.DateField(primary_key=True)  # its first day
    public = models.PositiveIntegerField(default=0, db_default=0)
    all = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ("-month",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Figure(models.Model):
    """A figure of the whole library, and when it was counted."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class Weight(NamedTuple):
    """What one image adds to the figures of its tags and albums, and to those of `month`."""

    public: int
    all: int
    month: date

    def of_nothing(self) -> "Weight":
        return Weight(0, 0, self.month)


def weight(image: "Image") -> Weight:
    """Return what the row of `image` weighs, and keep it so until the transaction ends.

    Raises DoesNotExist when the image was purged.
    """
    rows = type(image).objects.filter(pk=image.pk)
    return _weight_of(locked(rows).only(*FOLLOWED).get())


def _weight_of(image: "Image") -> Weight:
    return Weight(int(image.is_public), int(image.deleted_at is None), image.dated_at.date().replace(day=1))


@contextmanager
def followed(image: "Image") -> Iterator[None]:
    """Have the figures follow what the block changes in the row of `image`, in one transaction."""
    with transaction.atomic():
        before = weight(image)
        yield
        after = weight(image)
        if after != before:
            public, all_ = after.public - before.public, after.all - before.all
            add_to(image.tags.all(), public, all_)
            add_to(image.albums.all(), public, all_)
            move_months(before, after)


def enter(image: "Image") -> None:
    """Count the new row of `image`, whose tags are counted, within the transaction that made it: nobody else
    sees it yet.
    """
    after = _weight_of(image)
    move_months(after.of_nothing(), after)


def add_to(rows: "QuerySet[Tag] | QuerySet[Album]", public: int, all_: int) -> None:
    """Add this to the figures of `rows`, tags or albums."""
    if public or all_:
        keys = locked(rows.order_by("pk")).values_list("pk", flat=True)
        add(rows.model.objects.filter(pk__in=list(keys)), public, all_)


def move_months(before: Weight, after: Weight) -> None:
    """Take what an image weighed off its month, and add to its month what it weighs."""
    changes = {before.month: (0, 0), after.month: (0, 0)}
    for sign, side in ((-1, before), (1, after)):
        public, all_ = changes[side.month]
        changes[side.month] = (public + sign * side.public, all_ + sign * side.all)
    for month, (public, all_) in sorted(changes.items()):
        if (public or all_) and not add(Month.objects.filter(month=month), public, all_):
            Month.objects.bulk_create([Month(month=month)], ignore_conflicts=True)
            add(Month.objects.filter(month=month), public, all_)


def add(rows: "QuerySet[Tag] | QuerySet[Album] | QuerySet[Month]", public: int, all_: int) -> int:
    """Add to the figures of rows; return how many there were. What earlier code did not count may be missing
    until the figures are counted afresh: none becomes negative.
    """
    return rows.update(public=Greatest(F("public") + public, 0), all=Greatest(F("all") + all_, 0))
