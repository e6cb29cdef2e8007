"""Connections on which a request waits no longer than images/concurrency/silence.py says."""

import time
from contextlib import closing
from select import POLLIN, poll
from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen

from images.concurrency import outage, silence

COMMAND_CONNECT_TIMEOUT = 10  # seconds, for each host; libpq's is what the kernel has, over two minutes

# By which the kernel ends a connection to a host that is gone, in a minute. One that is silent is there.
VANISHED = {
    "keepalives_idle": 30,  # seconds
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # milliseconds
}

Result = TypeVar("Result")


class Silent(psycopg.OperationalError):
    """PostgreSQL did not answer in time."""


class ReadOnly(psycopg.OperationalError):
    """PostgreSQL is a standby, or read-only for another reason; psycopg calls it an InternalError."""

    sqlstate = outage.WRITES_NOTHING


class Connection(psycopg.Connection[Any]):
    """One of psycopg's. What is not answered in time closes it."""

    was_read_only = False  # what was meant to be written was not: another server may take it
    _parameters: dict[str, Any]

    @property
    def is_fresh(self) -> bool:
        """Whether nothing speaks against it. Nobody is asked: a server that ended a session said so, and what
        it said waits to be read; one that is silent meets the deadline of the next query.
        """
        if self.closed or self.was_read_only:
            return False
        if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            return False
        unread = poll()
        unread.register(self.fileno(), POLLIN)
        return not unread.poll(0)

    @classmethod
    def begin(cls, parameters: dict[str, Any]) -> Self:
        """Return a new one. Raises psycopg.Error: for a request at once, when the database is silent."""
        parameters = VANISHED | parameters
        if silence.timeout() is None:
            session = cls.connect(**{"connect_timeout": COMMAND_CONNECT_TIMEOUT, **parameters})
        else:
            _refuse_if_silent()
            try:
                session = cls.connect(**{"connect_timeout": silence.CONNECT_TIMEOUT, **parameters})
            except psycopg.OperationalError as error:
                outage.AWAY.begins(str(error))
                _suspect(parameters)  # or it would go on until another needs a new one
                raise
            outage.AWAY.ends()
        session._parameters = parameters
        return session

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        """Do what psycopg waits for here. It all comes by, to the last commit."""
        try:
            if (seconds := silence.timeout()) is not None:
                gen = self._watched(gen, seconds)
            return super().wait(gen, interval, timeout)
        except Silent:
            self.close()
            raise
        except psycopg.errors.ReadOnlySqlTransaction as error:
            self.was_read_only = True
            if silence.timeout() is not None:
                outage.READ_ONLY.begins(str(error))
            raise ReadOnly(*error.args) from None

    def _watched(self, gen: PQGen[Result], seconds: float) -> PQGen[Result]:
        """Yield and return what psycopg's `gen` does, which says what to wait for and is told what is ready:
        nothing, in each `interval` without a byte. Raises Silent.
        """
        last, suspicious = time.monotonic(), silence.SUSPICIOUS_SECONDS
        try:
            awaited = next(gen)
            while True:
                ready = yield awaited
                if ready:
                    last = time.monotonic()
                else:
                    _refuse_if_silent()
                    waited = time.monotonic() - last
                    if waited > seconds:
                        raise Silent("PostgreSQL does not answer this query.")
                    if waited > suspicious:
                        suspicious *= 2
                        _suspect(self._parameters)
                awaited = gen.send(ready)
        except StopIteration as end:
            result: Result = end.value
            return result


def _refuse_if_silent() -> None:
    if silence.is_silent():
        raise Silent("PostgreSQL does not answer.")


def _suspect(parameters: dict[str, Any]) -> None:
    limited = parameters | {"connect_timeout": silence.PROBE_TIMEOUT, "autocommit": True}

    def ask() -> None:
        with closing(_Probe.connect(**limited)) as session:
            session.execute("SELECT 1")

    silence.suspect(ask)


class _Probe(psycopg.Connection[Any]):
    """One that waits no longer than whoever looks for somebody. It asks, too: a pooler lets everybody in and
    has them wait for a PostgreSQL that is not there.
    """

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        return super().wait(gen, interval, silence.PROBE_TIMEOUT)
