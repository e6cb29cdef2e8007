"""key_lock: one writer or deleter of a key at a time, across threads, processes and servers."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def key_lock(digest: str) -> Iterator[None]:
    """Hold the lock of `digest` (SHA-256 in hex). Not reentrant; frees itself when the process dies.

    PostgreSQL: a session advisory lock, so every server on the database takes part. SQLite: flock on one of
    256 files in the data folder, where the database is; two digests may share a file and wait for each other.
    """
    if connection.vendor == "postgresql":
        number = int(digest[:16], 16) - 2**63  # PostgreSQL's bigint is signed
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
    else:
        folder = settings.IMAGELIB_DATA_DIR / "locks"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / digest[:2]).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
