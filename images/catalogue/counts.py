"""How many images a list has, and in which months, by a look at no more rows than a page takes."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Q, QuerySet

from images.catalogue import cursors
from images.catalogue.cursors import Page, in_order
from images.catalogue.rows import Opening, by_month, checked, opening, tally
from images.catalogue.sources import NEWEST, Source
from images.catalogue.texts import WINDOW
from images.models import Image

MAX_COUNT = 10_000  # up to which images are counted: to find them all takes a hundred times as long


@dataclass(frozen=True)
class Counts:
    """What is counted of the images of one list. What its pages and these need is read once."""

    source: Source

    def count(self, first: Page[Image]) -> int | None:
        """Return how many images there are, of more than MAX_COUNT one more; None where to know takes a look
        at more rows than a page takes. The `first` page of the list may tell it.
        """
        if not first.next:
            return len(first.rows)
        if self.source.few is None:
            rows, wanted = self.source.along(NEWEST)
            if not (wanted or self.source.is_trash):
                return rows.order_by()[: MAX_COUNT + 1].count()
            if first.is_short:  # its rows would be looked at again, and tell no more
                return None
            if self.source.kept_count() > MAX_COUNT:
                return MAX_COUNT + 1
        looked_at, found = self._looked_at_and_found
        if found > MAX_COUNT:
            return MAX_COUNT + 1
        return found if self._is_all(looked_at) else None

    def months(self) -> dict[date, int] | None:
        """Return how many images each month has by which the timeline goes; None where these are more than
        MAX_COUNT, or to know takes a look at more rows than a page takes.
        """
        looked_at, found = self._looked_at_and_found
        if found > MAX_COUNT or not self._is_all(looked_at):
            return None
        return {month: of_month for month, (_, of_month) in self._by_month.items() if of_month}

    @cached_property
    def opening(self) -> Opening:
        """The first page of few rows, and the months of all, which are read together."""
        assert self.source.few is not None  # noqa: S101  # who asks for it has looked
        return opening(self.source.few, self.source.ordering, cursors.PAGE_SIZE + 1)

    @cached_property
    def _by_month(self) -> dict[date, tuple[int, int]]:
        """How many rows of WINDOW and one there are to look at by months, and how many of them are found."""
        source, wanted = self.source, Q()
        if source.few is not None:
            return {month: (count, count) for month, count in self.opening.months.items()}
        if source.is_trash:
            rows = source.base.filter(checked(source.found))
        else:
            rows, wanted = source.along(NEWEST)  # whose index has the rows as they lie in the table
            rows = in_order(rows, NEWEST, None)
        return by_month(rows, wanted, WINDOW + 1)

    @cached_property
    def _looked_at_and_found(self) -> tuple[int, int]:
        if self._some:
            return tally(*self._some, WINDOW + 1)
        looked_at, found = (sum(of) for of in zip((0, 0), *self._by_month.values(), strict=True))
        return looked_at, found

    def _is_all(self, looked_at: int) -> bool:
        """Whether nothing is found beyond the rows that were looked at: of a driver these are some."""
        return self.source.few is not None or (looked_at <= WINDOW and not self._some)

    @property
    def _some(self) -> tuple[QuerySet[Image], Q] | None:
        """Some rows of many; None of a list of few, and of the trash, which is asked for all it has."""
        return None if self.source.few is not None or self.source.is_trash else self.source.some
