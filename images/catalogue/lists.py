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
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from images.catalogue import cursors
from images.catalogue.access import AnyUser
from images.catalogue.counts import Counts
from images.catalogue.cursors import Cursor, Page, adjacent, in_order, is_falling, page_at, page_of
from images.catalogue.favourites import marked
from images.catalogue.query import Node
from images.catalogue.rows import Beside, checked, field_of, held, sorted_by
from images.catalogue.sources import NEWEST, Source, is_by_upload
from images.catalogue.texts import WINDOW
from images.models import Album, Image

TAIL = 100  # rows at the end of a window, of which a person is likely to see one


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
    album: Album | None = None  # an unlisted one, by whose address the person came

    @property
    def is_everything(self) -> bool:
        """Whether it is all that the person sees."""
        return not (self.nodes or self.given or self.is_trash)

    def page(self, cursor: Cursor | None = None, size: int = 0) -> Page[Image]:
        """Return the page at `cursor`, the first when None, of at most `size` rows, or PAGE_SIZE."""
        size = size or cursors.PAGE_SIZE
        source = self._source
        if source.few is not None and cursor is None and size == cursors.PAGE_SIZE:
            return self._opening_page()
        if self.is_trash and source.few is None:  # in an order of its own, or a few seconds sort it
            rows = self._read(source.base.filter(checked(source.found)))
            return page_at(rows, self.ordering, cursor, size)
        if source.few is not None or self._is_of_two_kinds:
            keys = self._keys(cursor, size + 1)
            return page_of(self._sorted(keys, cursor), self.ordering, cursor, size)
        rows, wanted = source.along(self.ordering)
        if not wanted:
            return page_at(self._read(rows), self.ordering, cursor, size)
        return self._short_page(rows, wanted, cursor, size)

    def ids(self, most: int) -> list[UUID] | None:
        """Return the ids of all images in their order; None where there are more than `most`, or to know it
        takes a look at more rows than a page takes.
        """
        found = self.values(most, "pk")
        return None if found is None else [pk for (pk,) in found]

    def values(self, most: int, *fields: str, is_patient: bool = False) -> list[tuple[Any, ...]] | None:
        """Return these fields of all images as `ids` does. Who is patient has more rows looked at, and sets a
        deadline.
        """
        source = self._source
        if source.few is not None:
            rows = in_order(source.few, self.ordering, None, is_sorted=True)
        elif self.is_trash:
            rows = in_order(source.base.filter(checked(source.found)), self.ordering, None)
        else:
            rows, wanted = source.along(self.ordering)
            rows = in_order(rows, self.ordering, None)
            if wanted:
                if not is_patient and len(rows.values("pk")[: WINDOW + 1]) > WINDOW:
                    return None
                rows = rows.filter(checked(wanted))
        found = list(rows.values_list(*fields)[: most + 1])
        return found if len(found) <= most else None

    def only(self, pk: UUID) -> QuerySet[Image]:
        """Return the image of this id if it is in the list."""
        source = self._source
        return self._read(source.base.filter(checked(source.seen & source.found), pk=pk))

    def neighbours(self, image: Image) -> tuple[Image | None, Image | None]:
        """Return the images just before and just after `image`, which is in the list or not, None at an end
        and where none is found among WINDOW rows. In one query, and one if need be that finds few.
        """
        base = self._source.base
        sides = (Cursor.beside(image, self.ordering, backwards=backwards) for backwards in (True, False))
        before, after = (base.filter(pk__in=self._keys(side, 1)).values("pk") for side in sides)
        rows = self._sorted(before.union(after, base.filter(pk=image.pk).values("pk")), None)
        return adjacent(rows, image)  # which may have been hidden meanwhile

    def count(self, first: Page[Image]) -> int | None:
        """Return how many images there are, as Counts.count."""
        return self._counts.count(first)

    def months(self) -> dict[date, int] | None:
        """Return how many images each month has, as Counts.months."""
        return self._counts.months()

    def _opening_page(self) -> Page[Image]:
        """Return the first page of few rows. What left the list since their ids were read is not on it."""
        keys = self._counts.opening.keys
        found = self._sorted(keys, None)
        outer = found[-1] if found and len(keys) > cursors.PAGE_SIZE else None
        return page_of(found, self.ordering, None, cursors.PAGE_SIZE, outer)

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
                last = within.filter(checked(self._source.seen)).reverse().first()
            if last:
                return page_of(found, self.ordering, cursor, size, last)
            rows = rows.filter(self._beside(end, cursor))

    def _keys(self, cursor: Cursor | None, count: int) -> Any:
        """Return what has the ids of the first `count` images beyond `cursor`, of two kinds of each as many;
        of what is checked row by row those among WINDOW rows.
        """
        source = self._source
        if source.few is not None:
            return in_order(source.few, self.ordering, cursor, is_sorted=True).values("pk")[:count]
        if self._is_of_two_kinds:  # each of which has an index
            kinds = (Q(visibility=Image.Visibility.PUBLIC), Q(uploaded_by=self.user))
            some = (in_order(source.base.filter(kind), self.ordering, cursor).values("pk") for kind in kinds)
            first, second = (source.base.filter(pk__in=keys[:count]).values("pk") for keys in some)
            return first.union(second)
        rows, wanted = source.along(self.ordering)
        rows = in_order(rows, self.ordering, cursor)
        return _first_wanted(rows, wanted, count) if wanted else rows.values("pk")[:count]

    @property
    def _is_of_two_kinds(self) -> bool:
        """Whether the list is of the public images and the person's own, by upload."""
        is_member = bool(self._source.seen) and self.user.is_authenticated
        return self.is_everything and is_member and is_by_upload(self.ordering)

    def _tail(self, rows: QuerySet[Image]) -> list[Any]:
        """Return places at the end of WINDOW rows, each with whether the person sees it; none where there are
        fewer rows.
        """
        some = rows.annotate(is_seen=held(self._source.seen)).only(self.ordering.lstrip("-"))
        tail = list(some[WINDOW - min(TAIL, WINDOW) : WINDOW])
        return tail if len(tail) == min(TAIL, WINDOW) else []

    def _sorted(self, keys: Any, cursor: Cursor | None) -> list[Image]:
        """Return the rows of these ids as the page at `cursor` is read: to sort all that are looked at would
        be to read them whole.
        """
        backwards = cursor is not None and cursor.backwards
        ordering = "-" * is_falling(self.ordering, backwards) + self.ordering.lstrip("-")
        rows = self._source.base.filter(checked(self._source.seen), pk__in=keys)
        return list(self._read(rows).order_by(*sorted_by(ordering)))

    def _beside(
        self, row: Image, cursor: Cursor | None, equal: str = "", *, backwards: bool = False
    ) -> Beside:
        """Return the condition of the rows behind one or, `backwards`, before it, as `cursor` is read."""
        falls = is_falling(self.ordering, cursor is not None and cursor.backwards) != backwards
        field = field_of(Image, self.ordering)
        return Beside(field, ("<" if falls else ">") + equal, getattr(row, field.attname), row.pk)

    def _read(self, rows: QuerySet[Image]) -> QuerySet[Image]:
        return marked(rows, self.user).select_related(*self.related).defer("search_text")

    @cached_property
    def _source(self) -> Source:
        return Source(self.user, self.nodes, self.given, self.ordering, self.is_trash, self.album)

    @cached_property
    def _counts(self) -> Counts:
        return Counts(self._source)
