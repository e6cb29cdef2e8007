"""A database that takes no writes for a while, and goes on to be read."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

SOON = 2  # seconds; a writer waits five on SQLite, and for ever on PostgreSQL


@contextmanager
def another_writes(*tables: str) -> Iterator[None]:
    """Let another write meanwhile: on SQLite nobody else does then, on PostgreSQL nobody into `tables`."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("UPDATE images_tag SET name = name")
            else:
                cursor.execute(f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE")
        yield
    finally:
        other.rollback()
        other.close()


@contextmanager
def read_only(*tables: str) -> Iterator[None]:
    """Refuse every write, as a standby does, or a disk that is full."""
    is_sqlite = connection.vendor == "sqlite"
    said = "PRAGMA query_only = {}" if is_sqlite else "SET default_transaction_read_only = {}"
    with connection.cursor() as cursor:
        cursor.execute(said.format("on"))
        try:
            yield
        finally:
            cursor.execute(said.format("off"))
