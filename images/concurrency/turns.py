"""Turns: dear work that may hold only some of the process's threads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from images.errors import Busy


class Turns:
    """A bulkhead: `at_once` callers are at work, `waiting` more wait for a turn, any other is Busy at once.

    So the threads beyond those always answer what needs no turn.
    """

    def __init__(self, at_once: int, waiting: int = 0):
        self._places = threading.BoundedSemaphore(at_once + waiting)
        self._turns = threading.BoundedSemaphore(at_once)

    @contextmanager
    def turn(self, refusal: str, timeout: float = 0) -> Iterator[None]:
        """Hold a turn for the length of the block. Raises Busy, which says `refusal`, when too many wait, or
        after `timeout` seconds.
        """
        if not self._places.acquire(blocking=False):
            raise Busy(refusal)
        try:
            if not self._turns.acquire(timeout=timeout):
                raise Busy(refusal)
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()
