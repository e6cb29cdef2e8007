"""Months in which there are images that a person sees, the latest first."""

from dataclasses import dataclass
from datetime import date

from images.catalogue.access import AnyUser
from images.catalogue.lists import ImageList
from images.catalogue.tags import sees_all
from images.models import Month

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


def uncounted_months(user: AnyUser) -> list[OfMonth]:
    """Return all months, for a list whose own ones nobody counts."""
    return [OfMonth(kept.month, None) for kept in kept_months(user)]


def months_of(images: ImageList) -> list[OfMonth]:
    """Return the months of `images`. Where these are many, or not found at once, it is all months, and none
    is counted.
    """
    if images.is_everything:
        return kept_months(images.user)
    months = images.months()
    if months is None:
        return uncounted_months(images.user)
    return [OfMonth(*item) for item in sorted(months.items(), reverse=True)][:MAX_MONTHS]
