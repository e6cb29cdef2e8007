"""Time beside the gallery: years and months that lead anywhere in it, and its images day by day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from images.catalogue.lists import ImageList
from images.catalogue.search import ImageFilter
from images.catalogue.timeline import OfMonth, months_of, uncounted_months
from images.models import Image
from images.pages.asked import Asked, without

BY_DATE = ("dated_at", "-dated_at")  # the orders whose images are under the headings of their days
BY_TAKEN = "taken_at"  # the same, as addresses name it


class Day(NamedTuple):
    """Images in a row that were taken on one day; on none where they have another order or a title."""

    day: date | None
    images: list[Image]
    title: str = ""


class MonthLink(NamedTuple):
    month: date
    figure: int | None  # how many images; none where it is not known
    address: str
    is_here: bool  # the page begins in it


@dataclass(frozen=True)
class Year:
    year: int
    months: list[MonthLink]

    @property
    def is_here(self) -> bool:
        return any(month.is_here for month in self.months)

    @property
    def figure(self) -> int | None:
        counts = [month.figure for month in self.months]
        return None if None in counts else sum(count for count in counts if count)


def days(images: Iterable[Image], ordering: str) -> list[Day]:
    """Return the images by their days, where they are in the order of these."""
    if ordering not in BY_DATE:
        return [Day(None, list(images))]
    return [Day(day, list(those)) for day, those in groupby(images, lambda image: image.dated_at.date())]


def months(asked: Asked, images: ImageList, *, is_counted: bool) -> list[OfMonth]:
    """Return the months of the `images` asked for, and of those of other days. All months, with figures where
    these are kept, unless `is_counted`.
    """
    query = without(asked.query, "taken")
    if query.tree != asked.query.tree:
        filters = ImageFilter({"search": str(query), **dict(asked.others)})
        if not filters.is_valid():  # too long, with what other parameters say
            return uncounted_months(images.user)
        images = filters.images(images.user)
    return months_of(images) if is_counted or images.is_everything else uncounted_months(images.user)


def years(asked: Asked, months: Iterable[OfMonth], here: date | None) -> list[Year]:
    """Return the years of the `months`, each of these with the address of the search there, whatever days it
    asks for itself. `here` is the day with which the page begins, if it goes by days.
    """
    ordering = asked.query.sort if asked.query.sort.endswith(BY_TAKEN) else f"-{BY_TAKEN}"
    query = replace(without(asked.query, "taken"), sort="")
    links = (
        MonthLink(
            of.month,
            of.count,
            asked.address(query, ordering=ordering, month=f"{of.month:%Y-%m}"),
            here is not None and of.month == here.replace(day=1),
        )
        for of in months
    )
    return [Year(year, list(those)) for year, those in groupby(links, lambda link: link.month.year)]
