"""Locks that hold across threads, processes and servers. They free themselves when their process dies.

Of a row: the database's own. Of a key, PostgreSQL: session advisory locks, so every server on the database
takes part; SQLite: flock on one of 256 files in the data folder, where the database is, and two digests may
share a file and wait for each other.
"""

import fcntl
import hashlib
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from prometheus_client import Counter

from images.concurrency.postgresql import ours
from images.concurrency.silence import timeout as request_timeout
from images.concurrency.silence import waiting_without_limit
from images.concurrency.turns import Turns
from images.errors import Busy

POLL_SECONDS = 0.02

logger = logging.getLogger("imagelib")

WAITED = Counter("imagelib_lock_wait_seconds_total", "Seconds until locks were had, or not.", ["kind"])
TIMEOUTS = Counter("imagelib_lock_timeouts_total", "Locks that were not had in time.", ["kind"])

# What holds a lock in PostgreSQL has a connection to itself until it is done. So a process has few, for which
# uploads wait for uploads, and viewers for viewers. Together they are the LOCKS of postgresql/base.py.
SESSIONS = {
    "locks": Turns(2, settings.IMAGELIB_THREADS),
    "render-locks": Turns(1, settings.IMAGELIB_THREADS),
}
TURN_SECONDS = 30.0
TOO_MANY = "Too much is being brought in just now. Please try again in a moment."

for known in SESSIONS:  # seen before the first
    TIMEOUTS.labels(known)

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return `rows` to be read, within a transaction, as nobody else changes them before it ends.

    SQLite has no locks of rows: its transactions are IMMEDIATE, one writer at a time.
    """
    return rows.select_for_update(of=("self",), no_key=True)


@contextmanager
def key_lock(digest: str) -> Iterator[None]:
    """Hold the lock of `digest` (SHA-256 in hex): one writer or deleter of a key at a time. Not reentrant."""
    with _locked("locks", digest, None):
        yield


@contextmanager
def setup_lock() -> Iterator[None]:
    """Hold the lock of whoever makes the tables: one at a time, the others wait without a deadline.

    They ask again and again: a statement that waits is one that CREATE INDEX CONCURRENTLY would wait for.
    """
    with _locked("locks", hashlib.sha256(b"quickstart").hexdigest(), math.inf):
        yield


@contextmanager
def render_lock(name: str, timeout: float) -> Iterator[None]:
    """Hold the lock of the rendition `name`: one render of it at a time. A key_lock may be taken within.

    Raises Busy after waiting for `timeout` seconds.
    """
    with _locked("render-locks", hashlib.sha256(name.encode()).hexdigest(), timeout):
        yield


def flock_works(folder: Path) -> bool:
    """Whether locking a file in `folder` keeps others out. Raises OSError when no file can be made there."""
    with NamedTemporaryFile(dir=folder, prefix=".flock-") as file, open(file.name, "ab") as other:
        with suppress(OSError):  # some file systems know no locks, others grant every one
            return _try_flock(file) and not _try_flock(other)
        return False


@contextmanager
def _locked(kind: str, digest: str, timeout: float | None) -> Iterator[None]:
    begun = time.monotonic()
    with ExitStack() as held:
        try:
            held.enter_context(_held(kind, digest, timeout))
        except Busy:
            TIMEOUTS.labels(kind).inc()
            raise
        finally:
            WAITED.labels(kind).inc(time.monotonic() - begun)
        yield


@contextmanager
def _held(kind: str, digest: str, timeout: float | None) -> Iterator[None]:
    if connection.vendor == "postgresql":
        number = int(digest[:16], 16) - 2**63  # PostgreSQL's bigint is signed
        with _session(kind, timeout):
            if timeout is None:
                with waiting_without_limit():
                    _ask("SELECT pg_advisory_lock(%s)", number)
            else:
                _wait(lambda: _ask("SELECT pg_try_advisory_lock(%s)", number), timeout)
            try:
                yield
            finally:
                _unlock(number)
    else:
        folder = settings.IMAGELIB_DATA_DIR / kind
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / digest[:2]).open("w") as file:
            if timeout is None:
                fcntl.flock(file, fcntl.LOCK_EX)
            else:
                _wait(lambda: _try_flock(file), timeout)
            yield


@contextmanager
def _session(kind: str, timeout: float | None) -> Iterator[None]:
    """Stay in one session in the block: the lock is its own, and so is what is written under it, so that
    neither outlives the other. For requests there are few, beside those that answer the others.
    """
    if request_timeout() is None or ours().holds_locks:
        with ours().kept():
            yield
        return
    wait = TURN_SECONDS if timeout is None else timeout
    with SESSIONS[kind].turn(TOO_MANY, wait), ours().holding_locks():
        yield


def _unlock(number: int) -> None:
    """Give the lock back, with its session if need be: whoever gets that next must not have it."""
    try:
        if _ask("SELECT pg_advisory_unlock(%s)", number):
            return
    except BaseException:  # whatever it was: the session may have it still
        connection.close()
        raise
    connection.close()
    logger.error("A lock was lost while it was needed: its session with PostgreSQL ended, or was shared.")


def _ask(sql: str, number: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, [number])
        return bool(cursor.fetchone()[0])


def _try_flock(file: IO[bytes] | IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(attempt: Callable[[], bool], timeout: float) -> None:
    """Return when `attempt` succeeds. Raises Busy when it has not after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not attempt():
        if time.monotonic() >= deadline:
            raise Busy("This image is being made just now. Please try again in a moment.")
        time.sleep(POLL_SECONDS)
