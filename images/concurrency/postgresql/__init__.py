"""Django's backend of PostgreSQL, for requests that do not wait for ever and share their connections.
settings.py names it as ENGINE.
"""

from typing import TYPE_CHECKING, cast

from django.db import connection

if TYPE_CHECKING:
    from images.concurrency.postgresql.base import DatabaseWrapper


def ours() -> "DatabaseWrapper":
    """Return this thread's connection, where it is one to PostgreSQL."""
    return cast("DatabaseWrapper", connection)
