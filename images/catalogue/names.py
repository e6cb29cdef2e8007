"""The different names of cameras, lenses and licences, and how many images have each: by work that grows with
the names and not with the images, for most of these repeat one.

Each column has an index with the visibility behind it (FACETS of models/indexes.py). From one name the next
is a step in it, whether a name is public another, and to count is to walk in it.
"""

# ruff: noqa: S608 (these statements are put together of their own parts)

from collections.abc import Sequence
from typing import Any

from django.db import connection

from images.models import Image

MAX_NAMES = 2_000  # that one search looks through
MAX_COUNT = 1_000

# From the name on in the order of the index: of those of the name alone PostgreSQL may gather all first.
COUNT = """
    SELECT count(*) FROM (
        SELECT {column} AS name, visibility FROM images_image
        WHERE deleted_at IS NULL AND ({column}, visibility) >= (names.name, {first})
        ORDER BY {column}, visibility LIMIT %s
    ) AS found WHERE found.name = names.name AND {shown}
"""
COUNTS = f"WITH names (name) AS (VALUES {{marks}}) SELECT name, ({COUNT}) FROM names"
NAMES = f"""
    WITH RECURSIVE names (name, step) AS (
        SELECT CAST('' AS text), 0
        UNION ALL
        SELECT (
            SELECT CAST({{column}} AS text) FROM images_image
            WHERE deleted_at IS NULL AND {{column}} > names.name ORDER BY {{column}} LIMIT 1
        ), step + 1
        FROM names WHERE name IS NOT NULL AND step <= {MAX_NAMES}
    )
    SELECT name FROM names WHERE name > '' AND ({{shown}})
"""
ALL = {"shown": "TRUE", "first": "''"}
PUBLIC = {"shown": "visibility = 'public'", "first": "'public'"}


def listed_names(field: str) -> list[str]:
    """Return the names of images outside the trash, sorted: of more than MAX_NAMES one more."""
    return [name for (name,) in _rows(NAMES.format(column=field, shown="TRUE"))]


def public_names(field: str) -> list[str]:
    """Return those of the listed names that a public image has."""
    shown = f"({COUNT}) > 0".format(column=field, **PUBLIC)
    return [name for (name,) in _rows(NAMES.format(column=field, shown=shown), 1)]


def trashed_names(field: str) -> list[str]:
    """Return the names of images in the trash: of more than MAX_NAMES one more."""
    trashed = Image.objects.filter(deleted_at__isnull=False).exclude(**{field: ""})
    return list(trashed.order_by().values_list(field, flat=True).distinct()[: MAX_NAMES + 1])


def counts_of(field: str, names: Sequence[str], *, is_public: bool) -> dict[str, int]:
    """Return how many listed images, or public ones alone, have each name, at most MAX_COUNT."""
    if not names:
        return {}
    marks = ", ".join(["(%s)"] * len(names))
    statement = COUNTS.format(column=field, marks=marks, **(PUBLIC if is_public else ALL))
    return dict(_rows(statement, *names, MAX_COUNT))


def _rows(statement: str, *parameters: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
