"""Writes for which nobody waits: what is noted in passing must not hold up a reader behind a writer."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

LOCK_TIMEOUT = 50  # milliseconds, on PostgreSQL, where writers of other rows are not in the way


@contextmanager
def without_waiting() -> Iterator[None]:
    """Have what the block writes written at once or not at all: SQLite's one writer is not waited for.

    Raises DatabaseError where it is not written: locked, full, read-only or away.
    """
    connection.ensure_connection()
    hurry = _hurry_postgresql if connection.vendor == "postgresql" else _hurry_sqlite
    with hurry():
        yield


@contextmanager
def _hurry_postgresql() -> Iterator[None]:
    with transaction.atomic():
        with connection.wrap_database_errors:
            connection.connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}ms'")
        yield


@contextmanager
def _hurry_sqlite() -> Iterator[None]:
    session = connection.connection
    (milliseconds,) = session.execute("PRAGMA busy_timeout").fetchone()
    session.execute("PRAGMA busy_timeout = 0")
    try:
        with transaction.atomic():
            yield
    finally:
        session.execute(f"PRAGMA busy_timeout = {milliseconds}")
