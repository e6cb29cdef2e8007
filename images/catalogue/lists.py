"""Pages of what a person searches for, by a bounded amount of work in any library.

What an index finds few of (drivers.py) is looked at row by row and sorted. Otherwise a page goes along the
index of its order and looks at WINDOW rows; where too few of these match the page is short, or empty, and the
next one goes on behind them. So no page takes much longer than another, and none leaves anything out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from images.catalogue import cursors
from images.catalogue.access import AnyUser, seen_by, trashed_images
from images.catalogue.conditions import NOTHING, Conditions
from images.catalogue.cursors import Cursor, Page, in_order, is_falling, page_at, page_of
from images.catalogue.drivers import Driver, drivers_of, fewest
from images.catalogue.query import Node
from images.catalogue.rows import Beside, by_month, checked, field_of, held, sorted_by
from images.catalogue.texts import FEW, WINDOW
from images.models import Image

MAX_COUNT = 10_000  # up to which images are counted: to find them all takes a hundred times as long
NEWEST = "-created_at"
TAIL = 100  # rows at the end of a window, of which a person is likely to see one


def _is_by_upload(ordering: str) -> bool:
    return ordering.lstrip("-") == "created_at"


def _first_wanted(rows: QuerySet[Image], wanted: Q, count: int) -> RawSQL:
    """Return the ids of the first of WINDOW rows for which `wanted` holds. What is limited inside is read in
    its order, and no further than it takes.
    """
    looked_at = rows.annotate(is_wanted=held(wanted)).values("pk", "is_wanted")[:WINDOW]
    sql, params = looked_at.query.sql_with_params()
    sql = f"SELECT found.pk FROM ({sql}) AS found WHERE found.is_wanted = 1 LIMIT %s"  # noqa: S608  the ORM's
    return RawSQL(sql, [*params, count])  # noqa: S611 likewise


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
            keys = in_order(self._base_few, self.ordering, cursor, is_sorted=True).values("pk")[: size + 1]
            return page_of(self._sorted(keys, cursor), self.ordering, cursor, size)
        if self.is_trash:  # in an order of its own, or a few seconds are enough to sort it
            return page_at(self._read(self._base.filter(checked(self._found))), self.ordering, cursor, size)
        if self.is_everything and self._seen and self.user.is_authenticated and _is_by_upload(self.ordering):
            keys = self._public_and_own(cursor, size)
            return page_of(self._sorted(keys, cursor), self.ordering, cursor, size)
        rows, wanted = self._along(self.ordering)
        if not wanted:
            return page_at(self._read(rows), self.ordering, cursor, size)
        return self._short_page(rows, wanted, cursor, size)

    def neighbours(self, image: Image) -> tuple[Image | None, Image | None]:
        """Return the images just before and just after `image` in the list, None at an end."""
        sides = (Cursor.beside(image, self.ordering, backwards=backwards) for backwards in (True, False))
        before, after = (self.page(side, size=1).rows for side in sides)
        return (before[0] if before else None), (after[0] if after else None)

    def count(self, first: Page[Image]) -> int | None:
        """Return how many images there are, of more than MAX_COUNT one more; None where to know takes a look
        at more rows than a page takes.
        """
        if not first.next:
            return len(first.rows)
        if not (self._few or self.is_trash):
            rows, wanted = self._along(NEWEST)
            if not wanted:
                return rows.order_by()[: MAX_COUNT + 1].count()
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

    def _short_page(self, rows: QuerySet[Image], wanted: Q, cursor: Cursor | None, size: int) -> Page[Image]:
        """Return the page of what is wanted among WINDOW rows from `cursor` on. It goes on behind the last
        that the person sees: nobody is told the place of another.
        """
        rows = in_order(rows, self.ordering, cursor)
        while True:  # through what the person does not see, for as long as a list may take
            found = self._sorted(_first_wanted(rows, wanted, size + 1), cursor)
            if len(found) > size:
                return page_of(found, self.ordering, cursor, size)
            tail = self._tail(rows)
            if not tail:
                return page_of(found, self.ordering, cursor, size)
            end, last = tail[-1], next((row for row in reversed(tail) if row.is_seen), None)
            if not last:
                within = rows.filter(self._beside(end, cursor, "=", backwards=True))
                last = within.filter(checked(self._seen)).reverse().first()
            if last:
                return page_of(found, self.ordering, cursor, size, last)
            rows = rows.filter(self._beside(end, cursor))

    def _public_and_own(self, cursor: Cursor | None, size: int) -> QuerySet[Image, Any]:
        """Return the ids of enough public images and of the person's own: each kind has an index."""
        kinds = (Q(visibility=Image.Visibility.PUBLIC), Q(uploaded_by=self.user))
        some = (in_order(self._base.filter(kind), self.ordering, cursor).values("pk") for kind in kinds)
        first, second = (self._base.filter(pk__in=keys[: size + 1]).values("pk") for keys in some)
        return first.union(second)

    def _tail(self, rows: QuerySet[Image]) -> list[Any]:
        """Return places at the end of WINDOW rows, each with whether the person sees it; none where there are
        fewer rows.
        """
        some = rows.annotate(is_seen=held(self._seen)).only(self.ordering.lstrip("-"))
        tail = list(some[WINDOW - min(TAIL, WINDOW) : WINDOW])
        return tail if len(tail) == min(TAIL, WINDOW) else []

    def _sorted(self, keys: Any, cursor: Cursor | None) -> list[Image]:
        """Return the rows of these ids as the page at `cursor` is read: to sort all that are looked at would
        be to read them whole.
        """
        backwards = cursor is not None and cursor.backwards
        ordering = "-" * is_falling(self.ordering, backwards) + self.ordering.lstrip("-")
        return list(self._read(Image.objects.filter(pk__in=keys)).order_by(*sorted_by(ordering)))

    def _beside(
        self, row: Image, cursor: Cursor | None, equal: str = "", *, backwards: bool = False
    ) -> Beside:
        """Return the condition of the rows behind one or, `backwards`, before it, as `cursor` is read."""
        falls = is_falling(self.ordering, cursor is not None and cursor.backwards) != backwards
        field = field_of(Image, self.ordering)
        return Beside(field, ("<" if falls else ">") + equal, getattr(row, field.attname), row.pk)

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
        return _is_by_upload(ordering) and not self.user.is_authenticated

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

    @cached_property
    def _by_month(self) -> dict[date, tuple[int, int]]:
        """How many rows of WINDOW and one there are to look at by months, and how many of them are found."""
        wanted = Q()
        if self._few:
            rows = self._base_few
        elif self.is_trash:
            rows = self._base.filter(checked(self._found))
        elif self._rarest:
            driver, _ = self._rarest
            rows, wanted = self._base.filter(driver.condition), self._seen & self._rest(driver)
        else:
            rows, wanted = self._along(NEWEST)  # whose index has the rows as they lie in the table
            rows = in_order(rows, NEWEST, None)
        return by_month(rows, wanted, WINDOW + 1)

    @property
    def _looked_at_and_found(self) -> tuple[int, int]:
        looked_at, found = (sum(of) for of in zip((0, 0), *self._by_month.values(), strict=True))
        return looked_at, found

    def _is_all(self, looked_at: int) -> bool:
        """Whether nothing is found beyond the rows that were looked at: of a driver these are some."""
        return bool(self._few) or (looked_at <= WINDOW and (self.is_trash or not self._rarest))

    def _rest(self, driver: Driver) -> Q:
        """What the person asks for beside its nodes."""
        return Q(*(self._conditions.of(node) for node in self.nodes if node not in driver.nodes)) & self.given

    @property
    def _few(self) -> Driver | None:
        """The driver that finds few, if there is one."""
        return self._rarest[0] if self._rarest and self._rarest[1] <= FEW else None
