"""Pages of what a person searches for, by a bounded amount of work in any library.

What an index finds few of (drivers.py) is looked at row by row and sorted. Otherwise a page goes along the
index of its order and looks at WINDOW rows; where too few of these match the page is short, or empty, and the
next one goes on behind them. So no page takes much longer than another, and none leaves anything out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from images.catalogue import cursors
from images.catalogue.access import AnyUser, seen_by, trashed_images
from images.catalogue.conditions import NOTHING, Conditions
from images.catalogue.cursors import Cursor, Page, in_order, is_falling, page_at, page_of
from images.catalogue.drivers import Driver, drivers_of, fewest
from images.catalogue.query import And, Node
from images.catalogue.rows import Beside, checked, field_of, held
from images.catalogue.texts import FEW, WINDOW
from images.models import Image

MAX_COUNT = 10_000  # up to which images are counted: to find them all takes a hundred times as long
NEWEST = "-created_at"


def conjuncts(tree: Node | None) -> tuple[Node, ...]:
    """Return the nodes that all have to hold."""
    match tree:
        case None:
            return ()
        case And(nodes):
            return nodes
    return (tree,)


@dataclass(frozen=True)
class ImageList:
    """The images that `user` sees, or may restore from the trash, for which all nodes and `given` hold, in an
    order of the API. With each row its `related` ones are read.
    """

    user: AnyUser
    nodes: tuple[Node, ...] = ()
    given: Q = field(default_factory=Q)  # by other words than those of the search
    ordering: str = NEWEST
    is_trash: bool = False
    related: Sequence[str] = ()

    @property
    def is_everything(self) -> bool:
        """Whether it is all that the person sees."""
        return not (self.nodes or self.given or self.is_trash)

    def page(self, cursor: Cursor | None = None, size: int = 0) -> Page[Image]:
        """Return the page at `cursor`, the first when None, of at most `size` rows, or PAGE_SIZE."""
        size = size or cursors.PAGE_SIZE
        if self._few:
            rows = self._base_few
            return page_at(self._read(rows), self.ordering, cursor, size, is_sorted=True)
        if self.is_trash:  # in an order of its own, or a few seconds are enough to sort it
            return page_at(self._read(self._base.filter(checked(self._found))), self.ordering, cursor, size)
        rows, wanted = self._along(self.ordering)
        if not wanted:
            return page_at(self._read(rows), self.ordering, cursor, size)
        return self._short_page(rows, wanted, cursor, size)

    def count(self, first: Page[Image]) -> int | None:
        """Return how many images there are, of more than MAX_COUNT one more; None where to know takes a look
        at more rows than a page takes.
        """
        if not first.next:
            return len(first.rows)
        if self._few:
            return self._counted(self._base_few)
        if self.is_trash:
            return self._counted(self._base.filter(checked(self._found)))
        rows, wanted = self._along(NEWEST)  # whose index has the rows as they lie in the table
        if not wanted:
            return self._counted(rows)
        if self._rarest:
            driver, _ = self._rarest
            rows, wanted = self._base.filter(driver.condition), self._seen & self._rest(driver)
        else:
            rows = in_order(rows, NEWEST, None)
        some = rows.annotate(is_wanted=held(wanted)).values("is_wanted")[:WINDOW]
        sums = some.aggregate(looked_at=Count("*"), count=Coalesce(Sum("is_wanted"), 0))
        is_known = sums["count"] > MAX_COUNT or (sums["looked_at"] < WINDOW and not self._rarest)
        return min(sums["count"], MAX_COUNT + 1) if is_known else None

    def moments(self) -> list[datetime] | None:
        """Return by what the timeline goes, of all images; None where these are more than MAX_COUNT, or to
        know takes a look at more rows than a page takes.
        """
        if self._few or self.is_trash:
            found = self._base_few if self._few else self._base.filter(checked(self._found))
            moments = list(found.order_by().values_list("dated_at", flat=True)[: MAX_COUNT + 1])
        else:
            rows = self._base.order_by().annotate(is_wanted=held(self._seen & self._found))
            some = list(rows.values_list("dated_at", "is_wanted")[: WINDOW + 1])
            if len(some) > WINDOW:
                return None
            moments = [moment for moment, is_wanted in some if is_wanted]
        return moments if len(moments) <= MAX_COUNT else None

    def _short_page(self, rows: QuerySet[Image], wanted: Q, cursor: Cursor | None, size: int) -> Page[Image]:
        """Return the page of what is wanted among WINDOW rows from `cursor` on. It goes on behind the last
        that the person sees: nobody is told the place of another.
        """
        rows = in_order(rows, self.ordering, cursor)
        if cursor:
            rows = rows.filter(cursor.beyond(Image))
        while True:  # through what the person does not see, for as long as a list may take
            within, end = self._window(rows, cursor)
            found = list(self._read(within.filter(checked(wanted)))[: size + 1])
            if len(found) > size or not end:
                more = len(found) > size
                return page_of(found[:size], self.ordering, cursor, found[size - 1] if more else None)
            last = within.filter(checked(self._seen)).reverse().first()
            if last:
                return page_of(found, self.ordering, cursor, last)
            rows = rows.filter(self._beside(end, cursor))

    def _window(self, rows: QuerySet[Image], cursor: Cursor | None) -> tuple[QuerySet[Image], Any]:
        """Return the next WINDOW of `rows`, and the value and id of the last, None when there are no more."""
        field = self.ordering.lstrip("-")
        end = rows.values_list(field, "pk")[WINDOW - 1 : WINDOW].first()
        return (rows.filter(self._beside(end, cursor, "=", backwards=True)) if end else rows), end

    def _beside(
        self, place: Any, cursor: Cursor | None, equal: str = "", *, backwards: bool = False
    ) -> Beside:
        """Return the condition of the rows behind a place or, `backwards`, before it, as `cursor` is read."""
        falls = is_falling(self.ordering, cursor is not None and cursor.backwards) != backwards
        return Beside(field_of(Image, self.ordering), ("<" if falls else ">") + equal, *place)

    def _counted(self, rows: QuerySet[Image]) -> int:
        return rows.order_by()[: MAX_COUNT + 1].count()

    def _read(self, rows: QuerySet[Image]) -> QuerySet[Image]:
        return rows.select_related(*self.related).defer("search_text")

    # --- What is asked of the database ---

    @cached_property
    def _conditions(self) -> Conditions:
        return Conditions(self.user, is_trash=self.is_trash)

    @cached_property
    def _found(self) -> Q:
        """What the person asks for."""
        return Q(*(self._conditions.of(node) for node in self.nodes)) & self.given

    @cached_property
    def _seen(self) -> Q:
        """What the person sees of _base."""
        return Q() if self.is_trash else seen_by(self.user)

    @cached_property
    def _base(self) -> QuerySet[Image]:
        return trashed_images(self.user).order_by() if self.is_trash else self._conditions.base

    def _along(self, ordering: str) -> tuple[QuerySet[Image], Q]:
        """Return the rows along the index of an order, and what is checked of each: there is an index of what
        strangers see alone, from the newest.
        """
        if self._is_public(ordering):
            return self._base.filter(self._seen), self._found
        return self._base, self._seen & self._found

    def _is_public(self, ordering: str) -> bool:
        return ordering.lstrip("-") == "created_at" and not self.user.is_authenticated

    @cached_property
    def _rarest(self) -> tuple[Driver, int] | None:
        """The driver with the fewest rows and their number, of more than FEW one more."""
        try:
            self._base.filter(self._found).query.sql_with_params()
        except EmptyResultSet:  # it contradicts itself, or names what is not there
            return Driver((), NOTHING, self._base.none()), 0
        drivers = drivers_of(self.nodes, self._conditions)
        if self.is_trash:
            drivers.append(Driver((), Q(), self._base.values("pk")))
        elif self._seen and not (self.user.is_authenticated or self._is_public(self.ordering)):
            drivers.append(Driver((), self._seen, self._base.filter(self._seen).values("pk")))
        return fewest(drivers)

    @property
    def _base_few(self) -> QuerySet[Image]:
        """The rows of the driver that finds few, the rest checked of each."""
        if not self._few:
            return self._base.none()
        return self._base.filter(self._few.condition, checked(self._seen & self._rest(self._few)))

    def _rest(self, driver: Driver) -> Q:
        """What the person asks for beside its nodes."""
        return Q(*(self._conditions.of(node) for node in self.nodes if node not in driver.nodes)) & self.given

    @property
    def _few(self) -> Driver | None:
        """The driver that finds few, if there is one."""
        return self._rarest[0] if self._rarest and self._rarest[1] <= FEW else None
