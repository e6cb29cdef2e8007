"""Which values a column has among the images that a person sees, and how many images have each: by work that
grows with the values and not with the images.

Each such column has an index with the visibility behind it (FACETS of models/indexes.py). From one value the
next is a step in it, whether a value is public another, and to count is to walk in it, up to MAX_COUNT.
"""

# ruff: noqa: S608 (what is put into these statements is theirs: no text of anybody)

from collections.abc import Sequence
from typing import Any, Literal

from django.db import connection

from images.catalogue.access import AnyUser

Facet = Literal["camera", "lens", "licence"]

MAX_VALUES = 1_000  # of more, the first in the database's order
MAX_COUNT = 1_000

HAVING = "FROM images_image WHERE deleted_at IS NULL AND {column} = asked.value {access}"
VALUES = f"""
    WITH RECURSIVE asked (value, step) AS (
        SELECT CAST('' AS text), 0
        UNION ALL
        SELECT (
            SELECT CAST({{column}} AS text) FROM images_image
            WHERE deleted_at IS NULL AND {{column}} > asked.value ORDER BY {{column}} LIMIT 1
        ), step + 1
        FROM asked WHERE value IS NOT NULL AND step < %s
    )
    SELECT value FROM asked WHERE value > '' AND EXISTS (SELECT 1 {HAVING})
"""
COUNTS = f"""
    WITH asked (value) AS (VALUES {{marks}})
    SELECT value, (SELECT count(*) FROM (SELECT 1 {HAVING} LIMIT %s) AS found) FROM asked
"""


def values_in_use(column: Facet, user: AnyUser) -> list[str]:
    """Return the different values of `column` among the images that `user` sees, but the empty one. Those who
    lack `view_image` are told nothing of what is private, of their own neither.
    """
    return [value for (value,) in _rows(VALUES.format(column=column, access=_access(user)), MAX_VALUES)]


def counts_of(column: Facet, values: Sequence[str], user: AnyUser) -> dict[str, int]:
    """Return how many of these images have each of the `values`, at most MAX_COUNT."""
    if not values:
        return {}
    marks = ", ".join(["(%s)"] * len(values))
    return dict(_rows(COUNTS.format(column=column, access=_access(user), marks=marks), *values, MAX_COUNT))


def _access(user: AnyUser) -> str:
    return "" if user.has_perm("images.view_image") else "AND visibility = 'public'"


def _rows(statement: str, *parameters: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
