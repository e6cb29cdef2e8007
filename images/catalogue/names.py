"""The different names in a column, from one to the next by its index: most rows repeat one."""

from typing import Any

from django.db import connection

from images.models import Image

MAX_NAMES = 2_000  # different cameras, lenses or licences that one search looks through

NEXT = "(SELECT {column} FROM {table} WHERE deleted_at IS NULL AND {column} > names.name ORDER BY 1 LIMIT 1)"
NAMES = f"""
    WITH RECURSIVE names(name) AS (
        SELECT {{none}} UNION ALL SELECT {NEXT} FROM names WHERE name IS NOT NULL
    ) SELECT name FROM names WHERE name > '' LIMIT {MAX_NAMES + 1}
"""  # noqa: S608


def listed_names(field: str) -> list[str]:
    """Return the names in this field of images outside the trash, sorted: of more than MAX_NAMES one more."""
    column: Any = Image._meta.get_field(field)
    none = "''" if connection.vendor == "sqlite" else f"CAST('' AS {column.db_type(connection)})"
    quoted = {"column": connection.ops.quote_name(column.column), "table": Image._meta.db_table}
    with connection.cursor() as cursor:
        cursor.execute(NAMES.format(none=none, **quoted))
        return [name for (name,) in cursor.fetchall()]


def trashed_names(field: str) -> list[str]:
    """Return the names in this field of images in the trash: of more than MAX_NAMES one more."""
    trashed = Image.objects.filter(deleted_at__isnull=False).exclude(**{field: ""})
    return list(trashed.order_by().values_list(field, flat=True).distinct()[: MAX_NAMES + 1])
