"""The backend itself. Django asks for a module of this name."""

from select import POLLIN, poll
from typing import Any

from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.pq import TransactionStatus

from images.concurrency.postgresql.connections import Connection


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with connections of ours, and without a question to the database before the first query
    of each request.
    """

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return Connection.begin(conn_params)

    def is_usable(self) -> bool:
        """Whether nothing speaks against the connection. Nobody is asked: a server that ended a session said
        so, and what it said waits to be read; one that is silent meets the deadline of the next query.
        """
        session = self.connection
        if session is None or session.closed or session.was_read_only:
            return False
        if session.pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        unread = poll()
        unread.register(session.fileno(), POLLIN)
        return not unread.poll(0)
