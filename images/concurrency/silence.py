"""A database that does not answer: how long a request waits for it, and how a process learns that it is back.

A connection that is there ends by itself only when the other side says so: neither `connect_timeout` nor
keepalives nor `statement_timeout` end the wait for a PostgreSQL that stands still, for its kernel goes on
acknowledging. Commands, migrations and threads beside requests wait all the same: they have nobody waiting.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from images.concurrency import outage

QUERY_TIMEOUT = 10.0  # seconds that a request waits for the answer to one query
DEADLINE_MARGIN = 3.0  # seconds more than a query_deadline, which the database keeps by itself
CONNECT_TIMEOUT = 3  # seconds, for each host
SUSPICIOUS_SECONDS = 1.0  # without an answer, from which on a thread asks whether anybody is there
PROBE_TIMEOUT = 2  # seconds in which anybody who is there lets us in
PAUSE = 0.5  # second between two probes

_timeout: ContextVar[float | None] = ContextVar("timeout", default=None)  # None: this is no request's thread
_lock = threading.Lock()
_is_probing = False
_is_silent = False


def limit_waits() -> None:
    """Have this thread, which serves requests from now on, wait no longer than they do."""
    _timeout.set(QUERY_TIMEOUT)


@contextmanager
def waiting_up_to(seconds: float) -> Iterator[None]:
    """Allow a request to wait so long for an answer in the block, unless the database is silent."""
    allowed = _timeout.get()
    token = _timeout.set(None if allowed is None else max(allowed, seconds))
    try:
        yield
    finally:
        _timeout.reset(token)


@contextmanager
def waiting_without_limit() -> Iterator[None]:
    """Allow a request to wait for somebody else in the block, unless the database is silent."""
    with waiting_up_to(math.inf):
        yield


def timeout() -> float | None:
    """Return how many seconds this thread waits for an answer; None when that is nobody's business."""
    return _timeout.get()


def is_silent() -> bool:
    """Whether the database did not let us in when it was asked last."""
    return _is_silent


def suspect(connect: Callable[[], None]) -> None:
    """Have a thread find out, by what `connect` does and raises, whether the database answers and lets us in.
    If it is silent, requests are told so at once until it is not; an outage ends when it lets us in.
    """
    global _is_probing
    with _lock:
        if not _is_probing:
            with suppress(RuntimeError):  # no thread is left: whoever suspects it next tries again
                threading.Thread(target=_probe, args=[connect], name="probe", daemon=True).start()
                _is_probing = True


def _probe(connect: Callable[[], None]) -> None:
    global _is_probing, _is_silent
    if outage.AWAY.goes_on:  # to ask at once would make two lines of each refusal, when there are some
        time.sleep(PAUSE)
    goes_on = True
    while goes_on:
        is_let_in, _is_silent = _asked(connect)
        if _is_silent:
            outage.AWAY.begins("It is silent.")
        with _lock:  # whoever is refused from here on has another thread begin
            goes_on = _is_probing = _is_silent or (outage.AWAY.goes_on and not is_let_in)
        if goes_on:
            time.sleep(PAUSE)
    if is_let_in:
        outage.AWAY.ends()


def _asked(connect: Callable[[], None]) -> tuple[bool, bool]:
    """Return whether we are let in, and whether nobody answers. To be refused at once is an answer: whoever
    asks gets it as quickly.
    """
    begun = time.monotonic()
    try:
        connect()
    except Exception:  # of any kind: how soon it came is all that counts
        return False, time.monotonic() - begun >= PROBE_TIMEOUT
    return True, False
