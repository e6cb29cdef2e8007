"""Deadline: the end of what is asked of a store, however long the store goes on talking."""

import time

BASE_SECONDS = 15.0  # in which a store must have answered; each MiB that is moved adds a second


class Deadline:
    """Passes 15 seconds after it began, and one second later for each MiB of `size`, which shall be sent, and
    of what came. The length that a store announces does not count: it may be any.
    """

    def __init__(self, size: int = 0):
        self._size = size
        self.begin()

    def begin(self) -> None:
        """Let the time run from now on, which it does since it was made."""
        self._started = time.monotonic()

    @property
    def seconds_left(self) -> float:
        return self._started + BASE_SECONDS + self._size / 2**20 - time.monotonic()

    def extend(self, size: int) -> None:
        """Add the time for `size` bytes more."""
        self._size += size
