"""Columns of many rows written at once."""

from collections.abc import Sequence
from typing import Any

from django.db import connection


def write_columns(images: Sequence[Any], fields: Sequence[Any]) -> None:
    """Write the columns of `fields`, by one statement prepared once: an UPDATE with a CASE for each row takes
    the database three times as long.
    """
    if not images:
        return
    quote = connection.ops.quote_name
    key: Any = images[0]._meta.pk
    columns = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    values = [
        [field.get_db_prep_save(getattr(image, field.attname), connection) for field in [*fields, key]]
        for image in images
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quote(images[0]._meta.db_table)} SET {columns} WHERE {quote(key.column)} = %s",  # noqa: S608
            values,
        )
