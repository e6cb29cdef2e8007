"""An outage of the database: the log says when it begins and when it ends, not what each request meets."""

import logging
import threading
import time

from prometheus_client import Counter, Gauge

AWAY = Gauge("imagelib_database_away", "Processes that the database does not let in just now.")
OUTAGES = Counter("imagelib_database_outages_total", "Times that a process was not let in by the database.")

logger = logging.getLogger("imagelib")

_lock = threading.Lock()
_began: float | None = None  # by time.monotonic(); None while all is well
_refused = 0


def begins(why: str) -> None:
    """Note that nobody was let in, which `why` says, if that is not known yet."""
    global _began, _refused
    with _lock:
        if _began is not None:
            return
        _began, _refused = time.monotonic(), 0
    AWAY.set(1)
    OUTAGES.inc()
    logger.error("The database is away: what needs it is busy from now on. %s", why)


def ends() -> None:
    """Note that somebody was let in."""
    global _began
    if _began is None:
        return
    with _lock:
        began, _began = _began, None
        refused = _refused
    if began is not None:
        AWAY.set(0)
        seconds = time.monotonic() - began
        logger.warning("The database answers again, after %.0f s: %s requests were busy.", seconds, refused)


def has_refused() -> bool:
    """Count one request that is busy because of the outage, if there is one; return whether there is."""
    global _refused
    with _lock:
        if _began is None:
            return False
        _refused += 1
        return True
