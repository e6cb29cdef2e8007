"""What is asked of the database, counted for each thread that answers requests or does tasks."""

import time
from collections.abc import Callable
from threading import local
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection
from prometheus_client import Counter

QUERIES = Counter("imagelib_database_queries_total", "Statements that the database was asked to execute.")
SECONDS = Counter("imagelib_database_seconds_total", "Seconds that threads waited for their execution.")
ERRORS = Counter("imagelib_database_errors_total", "Statements that failed: conflicts of rows, too.")

_here = local()


def count_queries() -> None:
    """Have what this thread asks counted from now on. It takes a microsecond a statement."""
    if not getattr(_here, "is_counted", False):  # ten times as fast as to look at the connection
        connection.execute_wrappers.append(_counted)
        _here.is_counted = True


def _counted(execute: Callable[..., Any], *statement: Any) -> Any:
    begun = time.perf_counter()
    try:
        return execute(*statement)
    except DatabaseError:
        ERRORS.inc()
        raise
    finally:
        QUERIES.inc()
        SECONDS.inc(time.perf_counter() - begun)
