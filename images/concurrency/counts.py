"""Counts that all processes share: how often something was done within a window of time.

They are apart from the catalogue: whoever writes an image makes no count wait, no backup has them, and losing
them is harmless. PostgreSQL: an unlogged table, made by a migration. SQLite: a file of its own in the data
folder, made when it is first needed.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection

from images.errors import Uncounted

TIMEOUT = 1  # second that a count waits for others, which takes them a millisecond each
FORGOTTEN = 2  # counts whose window is over, for each that begins: so there are never many of them

_TABLE = """
PRAGMA journal_mode=WAL;
CREATE TABLE imagelib_counts (name text PRIMARY KEY, hits bigint NOT NULL, ends float8 NOT NULL);
CREATE INDEX imagelib_counts_ends ON imagelib_counts (ends);
"""

# A window begins with the first hit in it. It is over as well when it ends so late that a clock must have
# been far ahead. In one statement, so that no two hits are counted as one.
_HIT = """
INSERT INTO imagelib_counts AS counts (name, hits, ends) VALUES (%(name)s, 1, %(ends)s)
ON CONFLICT (name) DO UPDATE SET
    hits = CASE WHEN counts.ends > %(now)s AND counts.ends < %(latest)s THEN counts.hits + 1 ELSE 1 END,
    ends = CASE WHEN counts.ends > %(now)s AND counts.ends < %(latest)s
        THEN counts.ends ELSE excluded.ends END
"""
_TAKE_BACK = "UPDATE imagelib_counts SET hits = hits - 1 WHERE name = %(name)s AND hits > 0"
_FORGET = """
DELETE FROM imagelib_counts WHERE name IN (
    SELECT name FROM imagelib_counts WHERE ends <= %(now)s ORDER BY ends LIMIT %(forgotten)s {skip}
)
"""

Values = dict[str, str | float]

_lock = threading.Lock()  # of the one connection that the threads of this process share
_files: dict[Path, sqlite3.Connection] = {}


@dataclass(frozen=True)
class Count:
    """How often something was done in this window, with the hit just counted, and when the window ends."""

    hits: int
    seconds_left: float


def hit(name: str, window: float) -> Count:
    """Count one hit of `name` in windows of so many seconds. Raises Uncounted within some TIMEOUTs."""
    now = time.time()
    values: Values = {"name": name, "now": now, "ends": now + window, "latest": now + 2 * window}
    values["forgotten"] = FORGOTTEN
    hit_in = _hit_in_table if connection.vendor == "postgresql" else _hit_in_file
    with _counted():
        hits, ends = hit_in(values)
    return Count(hits, ends - now)


def take_back(name: str) -> None:
    """Count one hit of `name` less, if it has any. Raises Uncounted within some TIMEOUTs."""
    with _counted():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{TIMEOUT}s'; {_TAKE_BACK}", {"name": name})
        else:
            with _transaction() as file:
                file.execute(_named(_TAKE_BACK), {"name": name})


@contextmanager
def _counted() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.Error, OSError) as error:
        raise Uncounted(str(error)) from None


def _hit_in_table(values: Values) -> tuple[int, float]:
    with connection.cursor() as cursor:
        # Sent together, the two are a transaction by themselves: the timeout ends with it.
        cursor.execute(f"SET LOCAL lock_timeout = '{TIMEOUT}s'; {_HIT} RETURNING hits, ends", values)
        cursor.nextset()
        hits, ends = cursor.fetchone()
        if hits == 1:
            cursor.execute(_FORGET.format(skip="FOR UPDATE SKIP LOCKED"), values)
    return hits, ends


def _hit_in_file(values: Values) -> tuple[int, float]:
    with _transaction() as file:
        file.execute(_named(_HIT), values)
        # Not RETURNING, which SQLite has since 3.35.
        found = file.execute("SELECT hits, ends FROM imagelib_counts WHERE name = :name", values)
        hits, ends = found.fetchone()
        if hits == 1:
            file.execute(_named(_FORGET.format(skip="")), values)
    return hits, ends


@contextmanager
def _transaction() -> Iterator[sqlite3.Connection]:
    """Hold the file of counts for what the block writes."""
    if not _lock.acquire(timeout=TIMEOUT):
        raise OSError("the other threads hold the file of counts")
    try:
        file = _opened(settings.IMAGELIB_DATA_DIR / "counts.sqlite3")
        file.execute("BEGIN IMMEDIATE")
        try:
            yield file
            file.execute("COMMIT")
        except BaseException:  # whatever ended it, the threads to come share this connection
            with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                file.execute("ROLLBACK")
            raise
    finally:
        _lock.release()


def _named(sql: str) -> str:
    """Return `sql` with its placeholders as SQLite writes them."""
    return sql % {name: f":{name}" for name in ("name", "now", "ends", "latest", "forgotten")}


def _opened(path: Path) -> sqlite3.Connection:
    if path not in _files:
        while _files:  # of another data folder
            _files.popitem()[1].close()
        if not path.exists():
            _make(path)
        file = sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None, check_same_thread=False)
        file.execute("PRAGMA synchronous=NORMAL")  # whole after a power cut, and no hit waits for the disk
        _files[path] = file
    return _files[path]


def _make(path: Path) -> None:
    """Make the file of counts, unless another process comes first. It gets its name when it is ready."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".counts-") as draft:
        with closing(sqlite3.connect(draft.name)) as file:
            file.executescript(_TABLE)
        with suppress(FileExistsError):
            os.link(draft.name, path)


def _forget_files() -> None:
    """Have a forked process open the file for itself."""
    global _lock
    _lock = threading.Lock()
    _files.clear()


os.register_at_fork(after_in_child=_forget_files)
