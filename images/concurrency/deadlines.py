"""Deadlines of what is asked of the database: a query is written in a moment, and may take it minutes."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection

from images.concurrency.postgresql import ours
from images.concurrency.silence import DEADLINE_MARGIN, waiting_up_to
from images.errors import Busy

INSTRUCTIONS = 10_000  # of SQLite between two looks at the clock: about a millisecond


@contextmanager
def query_deadline(seconds: float) -> Iterator[None]:
    """Have the database give up after `seconds` what the block asks of it, all its queries together, the wait
    for a connection among them.

    Raises Busy then. A queryset has to be evaluated within the block. Deadlines do not nest.
    """
    deadline = time.monotonic() + seconds
    limited = _limited_by_postgresql if connection.vendor == "postgresql" else _limited_by_sqlite
    try:
        with waiting_up_to(seconds + DEADLINE_MARGIN), limited(deadline):
            yield
    except OperationalError as error:
        if time.monotonic() < deadline:
            raise
        raise Busy("The catalogue takes too long to answer this. Please ask for less.") from error


@contextmanager
def _limited_by_postgresql(deadline: float) -> Iterator[None]:
    import psycopg  # which SQLite does without

    def limit(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        milliseconds = max(1, round(1000 * (deadline - time.monotonic())))  # 0 would be no limit
        with connection.wrap_database_errors:
            # To compile what looks dear takes PostgreSQL ten times as long as to do what has a bound.
            connection.connection.execute(f"SET statement_timeout = {milliseconds}; SET jit = off")
        return execute(sql, params, many, context)

    backend = ours()
    with backend.kept():
        backend.deadline = deadline
        try:
            with connection.execute_wrapper(limit):
                yield
        finally:
            backend.deadline = math.inf
            # When the session, or the transaction around, is broken, both go with it.
            if session := connection.connection:
                try:
                    session.execute("RESET statement_timeout; RESET jit")
                except psycopg.Error:  # the limit may have ended this as well, and is for nobody else
                    if session.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                        connection.close()


@contextmanager
def _limited_by_sqlite(deadline: float) -> Iterator[None]:
    connection.ensure_connection()
    session = connection.connection
    session.set_progress_handler(lambda: time.monotonic() >= deadline, INSTRUCTIONS)
    try:
        yield
    finally:
        session.set_progress_handler(None, 0)
