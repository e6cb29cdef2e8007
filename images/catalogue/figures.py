"""The figures of the admin's start page: how much there is, and what waits for a curator.

A small library is counted when somebody looks. A large one keeps its figures, which recountfigures counts: to
do so takes as long as a hundred pages.
"""

from dataclasses import dataclass, fields
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from images.models import Figure, Image

IN_LIBRARY = Q(deleted_at=None)
FEW = 10_000  # images, the trash's among them, that a page counts


@dataclass(frozen=True)
class Figures:
    """Counts of images in the library and in the trash; `size` is of the originals of both, in bytes. They
    were `counted_at` a moment, None for this one.
    """

    images: int
    private: int
    described: int  # with alternative text, or decorative: those need none
    trashed: int
    size: int
    counted_at: datetime | None = None

    @property
    def undescribed(self) -> int:
        return self.images - self.described

    @property
    def percent_described(self) -> int:
        """The share of images (there are some) with alternative text, rounded down: 100 means all."""
        return 100 * self.described // self.images


NAMES = [field.name for field in fields(Figures) if field.name != "counted_at"]


def figures() -> Figures | None:
    """Return the figures of the whole library, or None where they were never counted, in two queries."""
    if Image.objects.order_by()[: FEW + 1].count() <= FEW:
        return _counted()
    kept = {figure.name: figure for figure in Figure.objects.filter(name__in=NAMES)}
    if len(kept) < len(NAMES):
        return None
    values = {name: kept[name].value for name in NAMES}
    return Figures(**values, counted_at=min(figure.counted_at for figure in kept.values()))


def keep_figures() -> Figures:
    """Count the whole library, however large, and keep the figures; return them."""
    now, found = timezone.now(), _counted()
    Figure.objects.bulk_create(
        [Figure(name=name, value=getattr(found, name), counted_at=now) for name in NAMES],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "counted_at"],
    )
    return found


def _counted() -> Figures:
    counts = Image.objects.aggregate(
        images=Count("pk", filter=IN_LIBRARY),
        private=Count("pk", filter=IN_LIBRARY & Q(visibility=Image.Visibility.PRIVATE)),
        described=Count("pk", filter=IN_LIBRARY & (~Q(alt_text="") | Q(decorative=True))),
        trashed=Count("pk", filter=~IN_LIBRARY),
        size=Coalesce(Sum("size"), 0),
    )
    return Figures(**counts)
