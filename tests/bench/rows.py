"""Rows written past the models: many at once, in a database of this version or of an earlier one."""

# ruff: noqa: S608 (no name in these statements comes from anybody)

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection


def insert(model: Any, rows: Iterable[dict[str, Any]]) -> None:
    """Insert rows that say some columns, the others as a new row has them."""
    batch = list(rows)
    if not batch:
        return
    fields = {
        field.attname: field for field in model._meta.concrete_fields if field.column in columns_of(model)
    }
    if not fields:
        return
    batch = [{name: value for name, value in row.items() if name in fields} for row in batch]
    same = {
        name: field.get_db_prep_save(field.get_default(), connection)
        for name, field in fields.items()
        if name not in batch[0] and not field.primary_key and not field.has_db_default()
    }
    columns = [*batch[0], *same]
    names = ", ".join(connection.ops.quote_name(fields[name].column) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in batch:
                    copy.write_row((*row.values(), *same.values()))
            return
        marks = ", ".join("?" * len(columns))
        written = ([_for_sqlite(value) for value in (*row.values(), *same.values())] for row in batch)
        cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", written)


@cache
def columns_of(model: Any) -> frozenset[str]:
    """Return the columns that the table has in this database, none when there is no such table."""
    with connection.cursor() as cursor:
        if model._meta.db_table not in connection.introspection.table_names(cursor):
            return frozenset()
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    return frozenset(column.name for column in described)


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return str(value.replace(tzinfo=None))
    if isinstance(value, UUID):
        return value.hex
    return value


POSTGRESQL_INDEXES = """
    SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relname LIKE 'images_%%' AND c.oid NOT IN (SELECT conindid FROM pg_constraint)
"""
SQLITE_MADE = """
    SELECT name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND tbl_name LIKE 'images_%%' AND type = '{}'
"""


@contextmanager
def without_indexes() -> Iterator[None]:
    """Put indexes and triggers aside, as far as no constraint needs them, and make them again."""
    if connection.vendor == "postgresql":
        indexes, triggers = _asked(POSTGRESQL_INDEXES), []
    else:
        indexes, triggers = (_asked(SQLITE_MADE.format(kind)) for kind in ("index", "trigger"))
        if not connection.in_atomic_block:
            run("PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000")
    run(*(f'DROP TRIGGER "{name}"' for name, _ in triggers), *(f'DROP INDEX "{name}"' for name, _ in indexes))
    yield
    run(*(sql for _, sql in indexes))
    if connection.vendor == "postgresql":
        run("VACUUM ANALYZE")
        return
    for name, _ in _asked("SELECT name, sql FROM sqlite_master WHERE sql LIKE '%%USING fts5%%'"):
        run(f'INSERT INTO "{name}"("{name}") VALUES (\'rebuild\')')
    run(*(sql for _, sql in triggers), "PRAGMA wal_checkpoint(TRUNCATE)")


def _asked(sql: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, ())
        return cursor.fetchall()


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
