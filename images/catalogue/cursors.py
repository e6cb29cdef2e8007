"""Cursor pages by keyset, in any order and both directions: nothing is lost or shown twice as images come.

Not DRF's CursorPagination: where more than a thousand rows tie (untitled images, ordered by title) it repeats
one page for ever, and a forged cursor makes it a server error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Self, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

from images.catalogue.rows import Beside, checked, field_of, sorted_by
from images.errors import InvalidCursor

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 50


@dataclass(frozen=True)
class Cursor:
    """The place beside one row of an ordered list, and whether the page lies before it. The page `includes`
    the row where the place is on the other side of it. Signed by `str`.
    """

    ordering: str
    value: str
    id: str
    backwards: bool
    includes: bool = False

    SALT = "images.pagination"  # as it was first: pages that people have open keep their links

    @classmethod
    def beside(cls, row: Model, ordering: str, *, backwards: bool) -> Self:
        """Return the place just after `row`, or with `backwards` just before it."""
        return cls(ordering, field_of(type(row), ordering).value_to_string(row), str(row.pk), backwards)

    @classmethod
    def parse(cls, text: str, ordering: str) -> Self:
        """Return the cursor that `str` wrote. Raises InvalidCursor for another text or another ordering."""
        try:
            cursor = cls(*signing.loads(text, salt=cls.SALT))
        except signing.BadSignature:
            raise InvalidCursor("Not a cursor of this library.") from None
        if cursor.ordering != ordering:
            raise InvalidCursor("The cursor belongs to another ordering.")
        return cursor

    def beyond(self, model: type[Model]) -> Beside:
        """Return the condition of the rows on this cursor's side of its place."""
        field = field_of(model, self.ordering)
        operator = ("<" if is_falling(self.ordering, self.backwards) else ">") + "=" * self.includes
        return Beside(field, operator, field.to_python(self.value), model._meta.pk.to_python(self.id))

    def __str__(self) -> str:
        place = (self.ordering, self.value, self.id, self.backwards)
        return signing.dumps((*place, True) if self.includes else place, salt=self.SALT)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows in the list's order, and the cursors of the pages around: None where there is none. It
    `is_short` where the list goes on, and no more than these were found in the rows that were looked at.
    """

    rows: list[Row]
    next: Cursor | None
    previous: Cursor | None
    is_short: bool = False


def ordering_of(queryset: QuerySet[Any]) -> str:
    """Return the field that `queryset` is ordered by, with a minus when backwards."""
    return str((queryset.query.order_by or queryset.model._meta.ordering)[0])


def page_at(queryset: QuerySet[Row], ordering: str, cursor: Cursor | None, size: int = 0) -> Page[Row]:
    """Return the page of `queryset` at `cursor` (the first when None), ordered by a field and then the id.

    It has `size` rows, or PAGE_SIZE. One query, whatever the depth.
    """
    size = size or PAGE_SIZE
    return page_of(list(in_order(queryset, ordering, cursor)[: size + 1]), ordering, cursor, size)


def in_order(
    queryset: QuerySet[Row], ordering: str, cursor: Cursor | None, *, is_sorted: bool = False
) -> QuerySet[Row]:
    """Return the rows of `queryset` beyond `cursor` as its page is read: a previous one from its end. Where
    it `is_sorted`, that is without the index of the order, for a few rows that another index finds.
    """
    falls = is_falling(ordering, cursor is not None and cursor.backwards)
    ordering = "-" * falls + ordering.lstrip("-")
    queryset = queryset.order_by(*(sorted_by(ordering) if is_sorted else (ordering, "-" * falls + "pk")))
    if cursor is None:
        return queryset
    beyond = cursor.beyond(queryset.model)
    return queryset.filter(checked(Q(beyond)) if is_sorted else beyond)


def page_of(
    found: list[Row], ordering: str, cursor: Cursor | None, size: int, outer: Row | None = None
) -> Page[Row]:
    """Return the page of at most `size` rows that were read from `cursor` on, in that direction. The list
    goes on where there is one more, or else behind `outer`, if any.
    """
    is_short = outer is not None
    if len(found) > size:
        found = found[:size]
        outer = found[-1]
    backwards = cursor is not None and cursor.backwards
    inner = found[0] if found else outer
    ahead = Cursor.beside(outer, ordering, backwards=backwards) if outer else None
    # From where an empty page was read: what it lies behind may be in the list.
    behind = cursor and replace(cursor, backwards=not backwards, includes=not cursor.includes)
    if cursor and inner:
        behind = Cursor.beside(inner, ordering, backwards=not backwards)
    if backwards:
        return Page(found[::-1], next=behind, previous=ahead, is_short=is_short)
    return Page(found, next=ahead, previous=behind, is_short=is_short)


def adjacent(rows: Sequence[Row], row: Model) -> tuple[Row | None, Row | None]:
    """Return the rows just before and just after `row` in `rows`, None at an end or where it is not there."""
    place = next((number for number, one in enumerate(rows) if one.pk == row.pk), None)
    if place is None:
        return None, None
    return (rows[place - 1] if place else None), (rows[place + 1] if place + 1 < len(rows) else None)


def is_falling(ordering: str, backwards: bool) -> bool:
    """Whether the rows of a list in this order are read from the largest to the smallest."""
    return ordering.startswith("-") != backwards
