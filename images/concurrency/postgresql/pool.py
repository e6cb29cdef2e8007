"""The connections that the requests of this process share. Commands and other threads have their own.

psycopg_pool opens its connections in threads of its own, which try again later and later: after an outage it
would be away for longer than the database was.
"""

import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import psycopg
from prometheus_client import Counter, Gauge

from images.concurrency.postgresql.connections import Connection

IN_USE = Gauge("imagelib_database_connections_in_use", "Connections of the pool that are in use.")
WAITED = Counter(
    "imagelib_database_connection_wait_seconds_total", "Seconds that threads waited for a connection."
)
TIMEOUTS = Counter("imagelib_database_connection_timeouts_total", "Requests that got no connection.")

TIMEOUT = 5  # seconds that a request waits for a connection: a query takes milliseconds, a search seconds


class NoneLeft(psycopg.OperationalError):
    """Every connection is in use."""


class Pool:
    """At most `size` connections at once, and those that were given back, to be used again."""

    def __init__(self, size: int):
        self._places = threading.BoundedSemaphore(size)
        self._idle: list[Connection] = []  # the one used last is used next: the others end when nobody asks

    def enter(self, deadline: float = math.inf) -> None:
        """Take a place, for whoever is about to `take` a connection and needs none after `deadline`, by
        time.monotonic(). Raises NoneLeft.
        """
        if not self._places.acquire(blocking=False):
            self._wait(deadline)
        IN_USE.inc()

    def _wait(self, deadline: float) -> None:
        begun = time.monotonic()
        has_place = self._places.acquire(timeout=max(0, min(TIMEOUT, deadline - begun)))
        WAITED.inc(time.monotonic() - begun)
        if not has_place:
            TIMEOUTS.inc()
            raise NoneLeft("All connections of this process to PostgreSQL are in use.")

    def leave(self) -> None:
        """Give the place back, after the connection."""
        IN_USE.dec()
        self._places.release()

    def take(self, begin: Callable[[], Connection]) -> Connection:
        """Return one that is idle and whose server said nothing since, or a new one that `begin` returns."""
        with suppress(IndexError):
            while True:
                session = self._idle.pop()
                if session.is_fresh:
                    return session
                session.close()
        return begin()

    def give(self, session: Connection) -> None:
        """Keep one for others."""
        self._idle.append(session)
