"""Bulkhead: keeps a silent store from holding every thread of the process."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import StorageUnavailable

SILENCE_SECONDS = 2.0  # without a byte for any caller, after which the other callers give up


class Bulkhead:
    """The bulkhead of Nygard's "Release It!", for a store that neither answers nor fails.

    Any number of callers may wait while the store sends something to one of them. Once it is silent, all but
    `max_waiting` give up, so that the other threads are free for what needs no store.
    """

    def __init__(self, max_waiting: int):
        self._max_waiting = max_waiting
        self._lock = threading.Lock()
        self._waiting = 0
        self._silent_since = 0.0

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the caller among those that wait, for the length of the block."""
        with self._lock:
            if not self._waiting:
                self._silent_since = time.monotonic()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def received(self) -> None:
        """Note that the store has sent something, to any caller."""
        self._silent_since = time.monotonic()

    def check(self) -> None:
        """Raise StorageUnavailable when the store is silent and enough other callers wait for it."""
        if self._waiting > self._max_waiting and time.monotonic() - self._silent_since > SILENCE_SECONDS:
            raise StorageUnavailable("The store is silent, and others wait for it.")
