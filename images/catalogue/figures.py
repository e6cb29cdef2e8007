"""The figures of the admin's start page: how much there is, and what waits for a curator."""

from dataclasses import dataclass

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from images.models import Image

IN_LIBRARY = Q(deleted_at=None)


@dataclass(frozen=True)
class Figures:
    """Counts of images in the library and in the trash; `size` is of the originals of both, in bytes."""

    images: int
    private: int
    described: int  # with alternative text, or decorative: those need none
    trashed: int
    size: int

    @property
    def undescribed(self) -> int:
        return self.images - self.described

    @property
    def percent_described(self) -> int:
        """The share of images (there are some) with alternative text, rounded down: 100 means all."""
        return 100 * self.described // self.images


def figures() -> Figures:
    """Return the figures of the whole library, in one query."""
    counts = Image.objects.aggregate(
        images=Count("pk", filter=IN_LIBRARY),
        private=Count("pk", filter=IN_LIBRARY & Q(visibility=Image.Visibility.PRIVATE)),
        described=Count("pk", filter=IN_LIBRARY & (~Q(alt_text="") | Q(decorative=True))),
        trashed=Count("pk", filter=~IN_LIBRARY),
        size=Coalesce(Sum("size"), 0),
    )
    return Figures(**counts)
