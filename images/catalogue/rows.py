"""Expressions by which a list says itself what the database walks along: left alone, it guesses."""

from datetime import date
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    F,
    Field,
    Func,
    IntegerField,
    Model,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Greatest
from django.db.models.lookups import Exact
from django.db.models.sql.compiler import SQLCompiler

NOTHING = Q(pk__in=[])  # the condition of no row


class Beside(Func):
    """`(field, id) > (value, id)`, which is one range of the index of both; another operator likewise.

    Django's own comparison of tuples is none on SQLite, where it becomes an OR.
    """

    output_field = BooleanField()

    def __init__(self, field: "Field[Any, Any]", operator: str, value: Any, pk: Any) -> None:
        key = field.model._meta.pk
        sides = F(field.name), F("pk"), Value(value, output_field=field), Value(pk, output_field=key)
        super().__init__(*sides, operator=operator)

    def as_sql(  # type: ignore[override]  # it has no other template
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, list[Any]]:
        parts = [compiler.compile(side) for side in self.get_source_expressions()]
        field, key, value, pk = (sql for sql, _ in parts)
        params = [param for _, of_side in parts for param in of_side]
        return f"({field}, {key}) {self.extra['operator']} ({value}, {pk})", params


def held(condition: Q) -> Case | Value:
    """Return what is 1 of the rows for which `condition` holds and 0 of the others."""
    if not condition:
        return Value(1)
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def checked(condition: Q) -> Q:
    """Return `condition` as one that is checked on each row that is come by, and has no index used for it."""
    return Q(Exact(held(condition), 1)) if condition else condition


def checked_of_entries(condition: Q) -> Q:
    """Return `condition` of the images of entries as one by which these are come by: SQLite would go through
    all images for which it holds, and PostgreSQL through the whole table where it knows no statistics of it.
    """
    return checked(condition) if connection.vendor == "sqlite" else condition


class MonthOf(Func):
    """The month of a moment as text, in UTC: `2026-03`."""

    template = "TO_CHAR(%(expressions)s, 'YYYY-MM')"
    output_field = CharField()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="SUBSTR(%(expressions)s, 1, 7)", **context)


def by_month(rows: QuerySet[Any, Any], wanted: Q, most: int) -> dict[date, tuple[int, int]]:
    """Return by the months of the timeline how many of the first `most` rows there are, and for how many of
    these `wanted` holds.
    """
    some = rows.annotate(month=MonthOf("dated_at"), is_wanted=held(wanted)).values("month", "is_wanted")
    sql, params = some[:most].query.sql_with_params()
    sql = f"SELECT month, COUNT(*), SUM(is_wanted) FROM ({sql}) AS found GROUP BY month"  # noqa: S608  the ORM's
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return {_first_day(month): tuple(counts) for month, *counts in cursor}


class Opening(NamedTuple):
    """The ids of the first rows of a list, in no order, and how many rows each month has."""

    keys: list[Any]
    months: dict[date, int]


def opening(rows: QuerySet[Any, Any], ordering: str, most: int) -> Opening:
    """Return the first `most` of few `rows` and the months of all, which are read once."""
    field = ordering.lstrip("-")
    few = rows.annotate(place=F(field), month=MonthOf("dated_at")).values("pk", "place", "month")
    try:
        sql, params = few.query.sql_with_params()
    except EmptyResultSet:
        return Opening([], {})
    way = "DESC" if ordering.startswith("-") else "ASC"
    sql = (
        f"WITH few AS ({sql}) "  # noqa: S608  the ORM's own
        f"SELECT pk, NULL, NULL FROM (SELECT pk FROM few ORDER BY place {way}, pk {way} LIMIT %s) AS page "
        "UNION ALL SELECT NULL, month, COUNT(*) FROM few GROUP BY month"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*params, most])
        found = cursor.fetchall()
    keys = [rows.model._meta.pk.to_python(pk) for pk, _, _ in found if pk]
    return Opening(keys, {_first_day(month): count for _, month, count in found if month})


def tally(rows: QuerySet[Any, Any], wanted: Q, most: int) -> tuple[int, int]:
    """Return how many of the first `most` rows there are, and for how many of these `wanted` holds."""
    sql, params = rows.annotate(is_wanted=held(wanted)).values("is_wanted")[:most].query.sql_with_params()
    sql = f"SELECT COUNT(*), COALESCE(SUM(is_wanted), 0) FROM ({sql}) AS found"  # noqa: S608  the ORM's
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        looked_at, found = cursor.fetchone()
    return looked_at, found


def _first_day(month: str) -> date:
    return date.fromisoformat(f"{month}-01")


def sorted_by(ordering: str) -> list[Any]:
    """Return what order_by takes to sort by a field and then the id, without their index."""
    field, is_falling = ordering.lstrip("-"), ordering.startswith("-")
    keys = [Greatest(F(name), F(name)) for name in (field, "pk")]  # which is itself, and no column
    return [key.desc() if is_falling else key.asc() for key in keys]


def field_of(model: type[Model], ordering: str) -> "Field[Any, Any]":
    """Return the field that an ordering names, with a minus or without."""
    return next(field for field in model._meta.concrete_fields if field.name == ordering.lstrip("-"))
