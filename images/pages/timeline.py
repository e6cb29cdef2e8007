"""Time beside the gallery: years and months that lead anywhere in it, and its images day by day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from images.catalogue.access import AnyUser
from images.catalogue.timeline import kept_months
from images.models import Image
from images.pages.asked import Asked, without

BY_DATE = ("dated_at", "-dated_at")  # the orders whose images are under the headings of their days
BY_TAKEN = "taken_at"  # the same, as addresses name it


class Day(NamedTuple):
    """Images in a row that were taken on one day; on none where the order is another."""

    day: date | None
    images: list[Image]


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


def years(asked: Asked, user: AnyUser, here: date | None) -> list[Year]:
    """Return the years and months in which there are images that `user` sees, the latest first, each with the
    address of the search there, whatever days it asks for itself. `here` is the day with which the page
    begins, if it goes by days.
    """
    is_all = not (asked.query.tree or asked.others)
    ordering = asked.query.sort if asked.query.sort.endswith(BY_TAKEN) else f"-{BY_TAKEN}"
    query = replace(without(asked.query, "taken"), sort="")
    months = (
        MonthLink(
            kept.month,
            kept.count if is_all else None,
            asked.address(query, ordering=ordering, month=f"{kept.month:%Y-%m}"),
            here is not None and kept.month == here.replace(day=1),
        )
        for kept in kept_months(user)
    )
    return [Year(year, list(those)) for year, those in groupby(months, lambda link: link.month.year)]
