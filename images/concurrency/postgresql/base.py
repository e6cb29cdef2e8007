"""The backend itself. Django asks for a module of this name."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from django.db.backends.utils import CursorWrapper

from images.concurrency import outage, silence
from images.concurrency.postgresql.connections import Connection
from images.concurrency.postgresql.pool import Pool

LOCKS = 3  # of a process's connections are for who holds locks (images/concurrency/locks.py)
WRITES = ("INSERT", "UPDATE", "DELETE")  # as PostgreSQL says what a statement was

pool = Pool(settings.IMAGELIB_DATABASE_POOL - LOCKS)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with connections of ours, and without a question to the database before the first query
    of each request.

    A request has one of the pool while it reads an answer or is in a transaction, no longer: however long it
    draws, fetches from the store or sends, it keeps nobody waiting.
    """

    deadline = math.inf  # by time.monotonic(), of all that is asked now
    holds_locks = False  # those have a bound of their own
    _is_pooled = False  # the connection is to be given back
    _has_place = False  # in the pool
    _cursors = 0  # open ones
    _keepers = 0

    def connect(self) -> None:
        self._keepers += 1  # of the first connection Django asks the server's version on the way
        try:
            super().connect()
        finally:
            self._keepers -= 1

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        self._is_pooled = silence.timeout() is not None
        if not self._is_pooled:
            return Connection.begin(conn_params)
        if not self.holds_locks:
            pool.enter(self.deadline)
            self._has_place = True
        try:
            return pool.take(lambda: Connection.begin(conn_params))
        except BaseException:  # whatever it was, the place is somebody else's now
            self._leave()
            raise

    def is_usable(self) -> bool:
        return self.connection is not None and self.connection.is_fresh

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Stay with one connection in the block."""
        self._keepers += 1
        try:
            yield
        finally:
            self._keepers -= 1
            self.give_back()

    @contextmanager
    def holding_locks(self) -> Iterator[None]:
        """Stay with one connection in the block that takes nobody a place in the pool."""
        self.give_back()
        self.holds_locks = True
        try:
            with self.kept():
                yield
        finally:
            self.holds_locks = False

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        if not self._is_pooled:
            return super().make_cursor(cursor)
        self._cursors += 1
        return _Cursor(cursor, self)

    def give_back(self) -> None:
        """Let others have the connection, if nothing of it is in use."""
        if not self._is_pooled or self.connection is None or self._cursors or self._keepers:
            return
        if self.in_atomic_block or not self.autocommit:
            return
        if not self.is_usable():
            self.close()
            return
        session, self.connection = self.connection, None
        pool.give(session)
        self._leave()

    def set_autocommit(self, autocommit: bool, *args: Any, **options: Any) -> None:
        """End a transaction, for one: its commit is no query, whose end would give the connection back."""
        super().set_autocommit(autocommit, *args, **options)
        self.give_back()

    def close_if_unusable_or_obsolete(self) -> None:
        """As Django does between two requests: what is still open by now was forgotten."""
        super().close_if_unusable_or_obsolete()
        self._cursors = 0
        self.give_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # its stubs do not know it
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._has_place:
            self._has_place = False
            pool.leave()


class _Cursor(CursorWrapper):
    """One whose end may be that of the connection's use."""

    is_open = True

    def close(self) -> None:
        if outage.READ_ONLY.goes_on and (self.cursor.statusmessage or "").startswith(WRITES):
            outage.READ_ONLY.ends()
        try:
            self.cursor.close()
        finally:
            if self.is_open:
                self.is_open = False
                self.db._cursors = max(0, self.db._cursors - 1)
                self.db.give_back()
