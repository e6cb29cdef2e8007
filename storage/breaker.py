"""Circuit breaker: refuses on behalf of a dead store, so that not every caller waits to find out."""

import threading
import time

from storage.errors import StorageUnavailable

REST_SECONDS = 2.0


class Breaker:
    """The circuit breaker of Nygard's "Release It!": open for two seconds after a connection failure or
    time-out; then one caller every two seconds may try.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_try: float | None = None  # by time.monotonic(); None while all is well

    def enter(self) -> None:
        """Let the caller through, or raise StorageUnavailable at once. A caller let through must report."""
        with self._lock:
            if self._next_try is None:
                return
            if time.monotonic() < self._next_try:
                raise StorageUnavailable("The store cannot be used now.")
            self._next_try = time.monotonic() + REST_SECONDS  # however long this caller takes

    def failed(self) -> None:
        """Report that the store could not be reached, or did not answer in time."""
        with self._lock:
            self._next_try = time.monotonic() + REST_SECONDS

    def answered(self) -> None:
        """Report that the store answered, whatever it said."""
        if self._next_try is not None:
            with self._lock:
                self._next_try = None
