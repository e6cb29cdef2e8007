"""Which values a column has among the images that a person sees, and how many images have each: by work that
grows with the values and not with the images.

Each such column has an index with the visibility behind it (FACETS of models/indexes.py). From one value the
next is a step in it, whether a value is public another, and to count is to walk in it, up to MAX_COUNT.
"""

# ruff: noqa: S608 (these statements are put together of their own parts)

from collections.abc import Sequence
from typing import Any, Literal

from django.db import connection

from images.catalogue.access import AnyUser

Facet = Literal["camera", "lens", "licence"]

MAX_VALUES = 1_000  # of more, the first in the database's order
MAX_COUNT = 1_000

# From the value on in the order of the index: of those of the value alone PostgreSQL may gather all first.
COUNT = """
    SELECT count(*) FROM (
        SELECT {column} AS value, visibility FROM images_image
        WHERE deleted_at IS NULL AND ({column}, visibility) >= (asked.value, {first})
        ORDER BY {column}, visibility LIMIT %s
    ) AS found WHERE found.value = asked.value AND {access}
"""
COUNTS = f"WITH asked (value) AS (VALUES {{marks}}) SELECT value, ({COUNT}) FROM asked"
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
    SELECT value FROM asked WHERE value > '' AND ({COUNT}) > 0
"""


def values_in_use(column: Facet, user: AnyUser) -> list[str]:
    """Return the different values of `column` among the images that `user` sees, but the empty one. Those who
    lack `view_image` are told nothing of what is private, of their own neither.
    """
    return [value for (value,) in _rows(VALUES.format(column=column, **_access(user)), MAX_VALUES, 1)]


def counts_of(column: Facet, values: Sequence[str], user: AnyUser) -> dict[str, int]:
    """Return how many of these images have each of the `values`, at most MAX_COUNT."""
    if not values:
        return {}
    marks = ", ".join(["(%s)"] * len(values))
    return dict(_rows(COUNTS.format(column=column, marks=marks, **_access(user)), *values, MAX_COUNT))


def _access(user: AnyUser) -> dict[str, str]:
    """Return the condition for what `user` is told of, and where in the index of a value that begins."""
    if user.has_perm("images.view_image"):
        return {"access": "TRUE", "first": "''"}
    return {"access": "visibility = 'public'", "first": "'public'"}


def _rows(statement: str, *parameters: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
