"""Circuit breaker: refuses on behalf of a dead store, so that not every caller waits to find out."""

import logging
import math
import threading
import time

from storage import figures
from storage.errors import StorageAway

REST_SECONDS = 2.0
IDLE_SECONDS = 10.0  # without a caller, although one might try

logger = logging.getLogger("storage")


class Breaker:
    """The circuit breaker of Nygard's "Release It!": open for two seconds after a connection failure or
    time-out; then one caller every two seconds may try.

    The log says when an outage of one `kind` of requests, reads or writes, begins and ends, and how many
    callers met it.
    """

    def __init__(self, kind: str) -> None:
        self._name = f"The store's {kind}"
        self._away, self._outages = figures.AWAY.labels(kind), figures.OUTAGES.labels(kind)
        self._lock = threading.Lock()
        self._next_try: float | None = None  # by time.monotonic(); None while all is well
        self._answered = -math.inf  # by the same clock
        self._began = 0.0
        self._turned_away = 0

    @property
    def is_open(self) -> bool:
        return self._next_try is not None

    @property
    def is_forgotten(self) -> bool:
        """Whether it is open, and stays so because nobody tries."""
        next_try = self._next_try
        return next_try is not None and time.monotonic() >= next_try + IDLE_SECONDS

    def enter(self) -> None:
        """Let the caller through, or raise StorageAway at once. A caller let through must report."""
        with self._lock:
            if self._next_try is None:
                return
            if time.monotonic() < self._next_try:
                self._turned_away += 1
                raise StorageAway("The store cannot be used now.")
            self._next_try = time.monotonic() + REST_SECONDS  # however long this caller takes

    def failed(self, why: str, begun: float = math.inf) -> None:
        """Report that the store could not be reached, or did not answer in time, which `why` says. When it
        answered anybody since `begun`, by time.monotonic(), when this caller asked, it is not away: an outage
        that is over does not begin again with the last whom it had.
        """
        with self._lock:
            if begun < self._answered:
                logger.error("%s", why)
                return
            now = time.monotonic()
            if is_first := self._next_try is None:
                self._began, self._turned_away = now, 0
            self._next_try = now + REST_SECONDS
            self._turned_away += 1
        if is_first:
            self._away.set(1)
            self._outages.inc()
            logger.error("%s fail from now on. %s", self._name, why)

    def answered(self) -> None:
        """Report that the store answered, whatever it said."""
        self._answered = time.monotonic()
        if self._next_try is None:
            return
        with self._lock:
            is_over, self._next_try = self._next_try is not None, None
            seconds, turned_away = time.monotonic() - self._began, self._turned_away
        if is_over:
            self._away.set(0)
            logger.warning("%s work again, after %.0f s: %s failed.", self._name, seconds, turned_away)
