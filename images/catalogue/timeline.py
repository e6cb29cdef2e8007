"""Months in which there are images that a person sees, the latest first."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from images.catalogue.access import AnyUser
from images.catalogue.search import MAX_COUNT
from images.catalogue.tags import sees_all
from images.models import Image, Month

MAX_MONTHS = 1_200  # a hundred years; the latest


@dataclass(frozen=True)
class OfMonth:
    """The first day of a month, and how many images were taken in it; None where nobody counts."""

    month: date
    count: int | None


def kept_months(user: AnyUser) -> list[OfMonth]:
    """Return the months by their kept figures: of all images, or of public ones for who sees these alone."""
    figure = "all" if sees_all(user) else "public"
    months = Month.objects.filter(**{f"{figure}__gt": 0}).values_list("month", figure)
    return [OfMonth(*row) for row in months[:MAX_MONTHS]]


def months_of(images: QuerySet[Image], user: AnyUser) -> list[OfMonth]:
    """Return the months of `images`. Where there are more than MAX_COUNT, these are all months, and none is
    counted.
    """
    moments = list(images.order_by().values_list("dated_at", flat=True)[: MAX_COUNT + 1])
    if len(moments) > MAX_COUNT:
        return [OfMonth(kept.month, None) for kept in kept_months(user)]
    counts = Counter(moment.date().replace(day=1) for moment in moments)
    return [OfMonth(*item) for item in sorted(counts.items(), reverse=True)][:MAX_MONTHS]
