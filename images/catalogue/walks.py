"""All rows of a table, one after another, however many: for commands that look at the whole library."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from images.catalogue.rows import Beside, field_of

Row = TypeVar("Row", bound=Model)

BATCH = 500  # rows read at once


def walk(rows: QuerySet[Row], ordering: str) -> Iterator[Row]:
    """Yield `rows` in the order of a field, backwards with a minus, and then of the id. The field is null in
    all of them or in none.

    They are read by position, as they are needed: a cursor of the database would keep a snapshot for hours.
    """
    sign, operator, pk_beyond = ("-", "<", "pk__lt") if ordering.startswith("-") else ("", ">", "pk__gt")
    field = field_of(rows.model, ordering)
    further = ordered = rows.order_by(ordering, f"{sign}pk")
    while batch := list(further[:BATCH]):
        yield from batch
        last = batch[-1]
        value = getattr(last, field.attname)
        beyond = Q(**{pk_beyond: last.pk}) if value is None else Beside(field, operator, value, last.pk)
        further = ordered.filter(beyond)
