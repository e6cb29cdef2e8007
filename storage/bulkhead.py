"""Crowd: who waits for a store, and which of them stop when it falls silent."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from storage.errors import StorageUnavailable

PATIENT = 8  # callers who wait to the end: half of a process's threads
SILENCE = 2.0  # seconds without a byte for anyone, after which the others leave


class Crowd:
    """Keeps half of the threads free of a store that neither answers nor fails, until the breaker knows."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = 0
        self._silent_since = 0.0

    @contextmanager
    def joined(self) -> Iterator[None]:
        """Be one of those who wait, for the length of the block."""
        with self._lock:
            if not self._waiting:
                self._silent_since = time.monotonic()
            self._waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1

    def heard(self) -> None:
        """Note that the store has sent something, to whomever."""
        self._silent_since = time.monotonic()

    def check(self) -> None:
        """Raise StorageUnavailable when the store is silent and others wait already."""
        if self._waiting > PATIENT and time.monotonic() - self._silent_since > SILENCE:
            raise StorageUnavailable("The store is silent, and others wait for it.")
