"""Kept figures: counts that no page counts itself.

They follow the rows of images in the same transaction. Locks are taken in one order: the image, its tags by
id, its albums by id, months by their days.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models, transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from images.concurrency.locks import locked

if TYPE_CHECKING:
    from images.models.album import Album
    from images.models.image import Image
    from images.models.tag import Tag

UNDER = {"tag": "taggings", "album": "entries"}  # under what an image counts, and the relation that says it
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

    def less(self, other: "Weight") -> tuple[int, int]:
        return self.public - other.public, self.all - other.all


def weights(images: "Sequence[Image]") -> dict[Any, Weight]:
    """Return what the rows of `images` weigh, by their ids, and keep it so until the transaction ends. One
    that was purged is not among them.
    """
    rows: Any = type(images[0]).objects.filter(pk__in=[image.pk for image in images])
    return {now.pk: _weight_of(now) for now in locked(rows).only(*FOLLOWED).order_by("pk")}


def _weight_of(image: "Image") -> Weight:
    return Weight(int(image.is_public), int(image.deleted_at is None), image.dated_at.date().replace(day=1))


@contextmanager
def followed(images: "Sequence[Image]") -> Iterator[None]:
    """Have the figures follow what the block changes in the rows of `images`, in one transaction."""
    with transaction.atomic():
        before = weights(images)
        yield
        after = weights(images) if before else {}
        changed = {pk: after[pk].less(before[pk]) for pk in after if after[pk] != before[pk]}
        if changed:
            counted = {pk: change for pk, change in changed.items() if change != (0, 0)}
            for name, entries in UNDER.items() if counted else ():
                _add_to(name, type(images[0])._meta.get_field(entries).related_model, counted)
            move_months([(before[pk], after[pk]) for pk in changed])


def enter(image: "Image") -> None:
    """Count the new row of `image`, whose tags are counted, within the transaction that made it: nobody else
    sees it yet.
    """
    after = _weight_of(image)
    move_months([(after.of_nothing(), after)])


def _add_to(name: str, entries: Any, changes: Mapping[Any, tuple[int, int]]) -> None:
    """Add what images changed by, by their ids, to the figures of what `entries` put them under by `name`."""
    pairs = entries.objects.filter(image__in=list(changes))
    under = entries._meta.get_field(name).related_model
    rows = under.objects.filter(pk__in=pairs.values(name))
    if not list(locked(rows.order_by("pk")).values_list("pk", flat=True)):
        return
    sums = dict[Any, tuple[int, int]]()
    for pk, image in pairs.values_list(name, "image"):
        public, all_ = sums.get(pk, (0, 0))
        sums[pk] = (public + changes[image][0], all_ + changes[image][1])
    add_each(under.objects.all(), sums)


def add_each(rows: "QuerySet[Tag] | QuerySet[Album]", sums: Mapping[Any, tuple[int, int]]) -> None:
    """Add to the figures of locked `rows`, by their ids; to those that change alike at once."""
    alike = defaultdict[tuple[int, int], list[Any]](list)
    for pk, change in sums.items():
        alike[change].append(pk)
    for (public, all_), keys in alike.items():
        if public or all_:
            add(rows.filter(pk__in=keys), public, all_)


def move_months(moves: Iterable[tuple[Weight, Weight]]) -> None:
    """Take what images weighed off their months, and add to their months what they weigh."""
    changes = defaultdict[date, list[int]](lambda: [0, 0])
    for before, after in moves:
        for sign, side in ((-1, before), (1, after)):
            public, all_ = changes[side.month]
            changes[side.month] = [public + sign * side.public, all_ + sign * side.all]
    for month, (public, all_) in sorted(changes.items()):
        if (public or all_) and not add(Month.objects.filter(month=month), public, all_):
            Month.objects.bulk_create([Month(month=month)], ignore_conflicts=True)
            add(Month.objects.filter(month=month), public, all_)


def add(rows: "QuerySet[Tag] | QuerySet[Album] | QuerySet[Month]", public: int, all_: int) -> int:
    """Add to the figures of rows; return how many there were. What earlier code did not count may be missing
    until the figures are counted afresh: none becomes negative.
    """
    return rows.update(public=Greatest(F("public") + public, 0), all=Greatest(F("all") + all_, 0))
