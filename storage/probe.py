"""Probe: finds out that a store is back when nobody else asks, so that no process calls it away for hours."""

import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress

from storage.breaker import Breaker

PAUSE_SECONDS = 2.0  # between two looks whether anybody else asks


class Probe:
    """A thread that lives while `breaker` is open. It has `ask`, a method, ask the store when the breaker is
    forgotten, and ends with the object whose method that is.
    """

    def __init__(self, breaker: Breaker, ask: Callable[[], None]):
        self._breaker, self._ask = breaker, weakref.WeakMethod(ask)
        self._lock = threading.Lock()
        self._goes_on = False

    def begin(self) -> None:
        """Let it run, if it does not. The breaker is open."""
        with self._lock:
            if not self._goes_on:
                self._goes_on = True
                threading.Thread(target=self._run, name="probe", daemon=True).start()

    def _run(self) -> None:
        while self._is_wanted():
            time.sleep(PAUSE_SECONDS)
            if self._breaker.is_forgotten:
                self._look()

    def _is_wanted(self) -> bool:
        with self._lock:
            self._goes_on = self._breaker.is_open and self._ask() is not None
            return self._goes_on

    def _look(self) -> None:
        if ask := self._ask():
            with suppress(Exception):  # of any kind: the breaker has heard of it
                ask()
