"""An outage of the database: the log says when it begins and when it ends, not what each request meets."""

import logging
import threading
import time

from django.db import DatabaseError
from prometheus_client import Counter, Gauge

# read_only_sql_transaction: https://www.postgresql.org/docs/current/errcodes-appendix.html
WRITES_NOTHING = "25006"

logger = logging.getLogger("imagelib")


class Outage:
    """One kind of it. `begun` is its first line, with why; `over` its last, with for how many seconds it went
    on and how many requests were busy.
    """

    def __init__(self, begun: str, over: str, going_on: Gauge | None = None, times: Counter | None = None):
        self._begun, self._over, self._going_on, self._times = begun, over, going_on, times
        self._lock = threading.Lock()
        self._began: float | None = None  # by time.monotonic(); None while all is well
        self._refused = 0

    def begins(self, why: str) -> None:
        """Note that it is so, which `why` says, if that is not known yet."""
        with self._lock:
            if self._began is not None:
                return
            self._began, self._refused = time.monotonic(), 0
            if self._going_on and self._times:
                self._going_on.set(1)
                self._times.inc()
        logger.error(self._begun, why)

    def ends(self) -> None:
        """Note that somebody met nothing of it."""
        if self._began is None:
            return
        with self._lock:
            began, self._began = self._began, None
            refused = self._refused
            if self._going_on:
                self._going_on.set(0)
        if began is not None:
            logger.warning(self._over, time.monotonic() - began, refused)

    @property
    def goes_on(self) -> bool:
        """Whether it began and did not end."""
        return self._began is not None

    def has_refused(self) -> bool:
        """Count one request that is busy because of it, if it goes on; return whether it does."""
        with self._lock:
            if self._began is None:
                return False
            self._refused += 1
            return True


AWAY = Outage(
    "The database is away: what needs it is busy from now on. %s",
    "The database answers again, after %.0f s: %s requests were busy.",
    Gauge("imagelib_database_away", "Processes that the database does not let in just now."),
    Counter("imagelib_database_outages_total", "Times that a process was not let in by the database."),
)
READ_ONLY = Outage(
    "The database is read-only: what would be kept is busy from now on. %s",
    "The database keeps what it is given again, after %.0f s: %s requests were busy.",
)


def has_refused(error: DatabaseError) -> bool:
    """Count one request that is busy because of an outage, if there is one; return whether there is."""
    return AWAY.has_refused() or (_is_read_only(error) and READ_ONLY.has_refused())


def is_known(error: DatabaseError) -> bool:
    """Whether the log has said, when an outage began, what a request met with that goes on without."""
    return AWAY.goes_on or (_is_read_only(error) and READ_ONLY.goes_on)


def _is_read_only(error: DatabaseError) -> bool:
    return getattr(error.__cause__, "sqlstate", None) == WRITES_NOTHING
