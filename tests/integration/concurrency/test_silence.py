"""A PostgreSQL that stands still: requests end, and know it at once until it goes on; all others wait."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from contextvars import copy_context
from urllib.parse import urlsplit

import psycopg
import pytest

from images.concurrency import silence
from images.concurrency.postgresql.connections import Connection, ReadOnly, Silent
from tests.servers.machine import until
from tests.servers.pgbouncer import running_pgbouncer
from tests.servers.postgresql import Server, temporary_postgresql
from tests.servers.wire import wire

pytestmark = [pytest.mark.any_database, pytest.mark.drill]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with temporary_postgresql() as server:
        yield server


@pytest.fixture
def session(server) -> Iterator[Connection]:
    with closing(begin(server)) as session:
        yield session


@pytest.fixture(autouse=True)
def impatient(monkeypatch) -> Iterator[None]:
    monkeypatch.setattr(silence, "SUSPICIOUS_SECONDS", 0.2)
    monkeypatch.setattr(silence, "QUERY_TIMEOUT", 0.6)
    yield
    until(lambda: not silence._is_probing)


def begin(server: Server) -> Connection:
    return Connection.begin({"conninfo": f"{server.url}/postgres", "autocommit": True})


def as_request(work: Callable[[], object]) -> object:
    """Return what `work` does as a thread that serves requests."""
    return copy_context().run(lambda: (silence.limit_waits(), work())[1])


@contextmanager
def standing_still(pid: int) -> Iterator[None]:
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def one(session: Connection) -> tuple[int, ...]:
    return session.execute("SELECT 1").fetchone()


def test_a_request_that_gets_no_answer_ends_and_so_does_its_connection(session):
    begun = time.monotonic()
    with standing_still(session.info.backend_pid), pytest.raises(Silent, match="this query"):
        as_request(lambda: one(session))
    assert 0.6 <= time.monotonic() - begun < 3
    assert session.closed


def test_a_request_may_wait_longer_where_that_was_said(session):
    def wait() -> None:
        with silence.waiting_up_to(60):
            session.execute("SELECT pg_sleep(1.5)")

    as_request(wait)
    assert one(session) == (1,)


def test_what_goes_on_arriving_is_no_silence(session):
    rows = "SELECT repeat('x', 30000), pg_sleep(0.02) FROM generate_series(1, 70)"
    assert len(as_request(lambda: session.execute(rows).fetchall())) == 70


def test_whoever_is_no_request_waits(session):
    told = []
    with standing_still(session.info.backend_pid):
        waiting = threading.Thread(target=lambda: told.append(one(session)))
        waiting.start()
        waiting.join(1.2)
        assert told == []
    waiting.join(5)
    assert told == [(1,)]


def test_requests_of_a_silent_server_know_at_once_until_it_answers(server, session, caplog):
    with server.silent():
        with pytest.raises(Silent):
            as_request(lambda: one(session))
        until(silence.is_silent, 5)
        begun = time.monotonic()
        with pytest.raises(Silent):
            as_request(lambda: begin(server))
        assert time.monotonic() - begun < 0.1
    until(lambda: not silence.is_silent(), 2)
    with closing(as_request(lambda: begin(server))) as again:
        assert as_request(lambda: one(again)) == (1,)
    said = [record.getMessage() for record in caplog.records if record.name == "imagelib"]
    assert [line.partition(",")[0].partition(":")[0] for line in said] == [
        "The database is away",
        "The database answers again",
    ]


def test_a_pooler_that_lets_everybody_in_does_not_answer_for_a_silent_server(server):
    with running_pgbouncer(server.url, "session") as url:
        through = {"conninfo": f"{url}/postgres", "autocommit": True}
        with closing(Connection.begin(through)) as session:
            assert one(session) == (1,)  # from now on the pooler knows what to say to who comes
            with server.silent():
                with pytest.raises(Silent):
                    as_request(lambda: one(session))
                until(silence.is_silent, 5)
        until(lambda: not silence.is_silent(), 2)
        with closing(as_request(lambda: Connection.begin(through))) as again:
            assert as_request(lambda: one(again)) == (1,)


def test_who_waits_for_somebody_else_is_cut_when_the_server_falls_silent_and_not_before(server, session):
    def wait() -> None:
        with silence.waiting_without_limit():
            session.execute("SELECT pg_advisory_lock(7)")

    with closing(begin(server)) as other:
        other.execute("SELECT pg_advisory_lock(7)")
        threading.Timer(1.5, lambda: other.execute("SELECT pg_advisory_unlock(7)")).start()
        as_request(wait)
        assert one(session) == (1,)
        session.execute("SELECT pg_advisory_unlock(7)")
        other.execute("SELECT pg_advisory_lock(7)")
        begun = time.monotonic()
        with server.silent(), pytest.raises(Silent):
            as_request(wait)
        assert time.monotonic() - begun < 5


def test_nobody_gets_a_connection_to_a_silent_server_nor_waits_long(server):
    begun = time.monotonic()
    with server.silent(), pytest.raises(psycopg.OperationalError):
        as_request(lambda: begin(server))
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(("seconds", "who"), [(10, lambda work: work()), (3, as_request)])
def test_a_host_that_vanished_is_waited_for_so_long_and_then_the_next_is_asked(server, seconds, who):
    port = urlsplit(server.url).port
    with wire(port) as way, way.losing():
        hosts = server.url.replace(f":{port}", f":{way.port},127.0.0.1:{port}")
        begun = time.monotonic()
        with closing(who(lambda: Connection.begin({"conninfo": f"{hosts}/postgres"}))) as session:
            assert seconds <= time.monotonic() - begun < seconds + 2
            assert one(session) == (1,)


def test_a_host_that_vanished_later_is_missed_within_a_minute_or_so(session):
    """The kernel asks after it: of an idle connection by probes, of others by what is not acknowledged."""

    def option(name: int) -> int:
        with socket.socket(fileno=os.dup(session.fileno())) as ours:
            return ours.getsockopt(socket.IPPROTO_TCP, name)

    probes = option(socket.TCP_KEEPINTVL) * option(socket.TCP_KEEPCNT)
    assert option(socket.TCP_KEEPIDLE) + probes <= 60
    assert 0 < option(socket.TCP_USER_TIMEOUT) <= 60_000  # milliseconds


def test_one_that_writes_nothing_is_away_for_writers_and_left_for_another(session):
    session.execute("SET default_transaction_read_only = on")
    with pytest.raises(ReadOnly):
        session.execute("CREATE TABLE t ()")
    assert session.was_read_only
    assert one(session) == (1,)
