"""What is asked of the database, counted."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Counter

QUERIES = Counter("imagelib_database_queries_total", "Statements that the database was asked to execute.")
SECONDS = Counter("imagelib_database_seconds_total", "Seconds that threads waited for their execution.")
ERRORS = Counter("imagelib_database_errors_total", "Statements that failed: conflicts of rows, too.")


def counted() -> AbstractContextManager[None]:
    """Count what this thread asks in the block. That takes a microsecond or two a statement, so requests for
    bytes, which ask for one row, are left out.
    """
    return connection.execute_wrapper(_count)


def _count(execute: Callable[..., Any], *statement: Any) -> Any:
    begun = time.perf_counter()
    try:
        return execute(*statement)
    except DatabaseError:
        ERRORS.inc()
        raise
    finally:
        QUERIES.inc()
        SECONDS.inc(time.perf_counter() - begun)
