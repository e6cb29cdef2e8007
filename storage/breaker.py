"""Breaker: answers for a dead store, so that not every caller waits to find out."""

import threading
import time

from storage.errors import StorageUnavailable

REST_SECONDS = 2.0


class Breaker:
    """Open for two seconds after a connection failure or time-out; then one caller every two may try."""

    def __init__(self):
        self._lock = threading.Lock()
        self._closed_again: float | None = None  # when the next caller may try; None while all is well

    def enter(self) -> None:
        """Let the caller through, or raise StorageUnavailable at once. Who is let through must report."""
        with self._lock:
            if self._closed_again is None:
                return
            if time.monotonic() < self._closed_again:
                raise StorageUnavailable("The store cannot be used now.")
            self._closed_again = time.monotonic() + REST_SECONDS  # then the next, however long this one takes

    def failed(self) -> None:
        """Report that the store could not be reached, or did not answer in time."""
        with self._lock:
            self._closed_again = time.monotonic() + REST_SECONDS

    def answered(self) -> None:
        """Report that the store answered, whatever it said."""
        if self._closed_again is not None:
            with self._lock:
                self._closed_again = None
