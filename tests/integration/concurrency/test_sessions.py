"""Through PgBouncer: transactions pooled are refused at every door, and sessions pooled keep every lock."""

import os
import re
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.core.checks import Tags, run_checks
from django.db import OperationalError, connection, connections

from images.concurrency import sessions
from images.concurrency.sessions import is_pooled_by_transaction
from images.models import Image
from tests.factories import make_image
from tests.resilience.races import race
from tests.resilience.robustness import live_library
from tests.servers.application import Application, fresh_database
from tests.servers.machine import free_ports, until
from tests.servers.pgbouncer import running_pgbouncer

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="PgBouncer is for PostgreSQL"),
]

POOLED = ["transaction", "statement"]


@contextmanager
def through(port: int | str) -> Iterator[None]:
    """Let all threads of this process reach the database at this port of 127.0.0.1."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", str(port))
        connections.close_all()
        try:
            yield
        finally:
            connections.close_all()


@contextmanager
def through_pgbouncer(mode: str, size: int = 50, round_robin: bool = False) -> Iterator[str]:
    """Let this process reach the database through PgBouncer; yield PgBouncer's URL."""
    pgbouncer = running_pgbouncer(os.environ["DATABASE_URL"], mode, size, round_robin)
    with pgbouncer as url, through(url.rpartition(":")[2]):
        yield url


@contextmanager
def backends(url: str, count: int) -> Iterator[None]:
    """Let the pool of this database have so many backends, idle from when the block begins."""
    address = f"{url}/{connection.settings_dict['NAME']}"
    others = [psycopg.connect(address) for _ in range(count)]
    for other in others:
        other.execute("SELECT 1")  # in a transaction, so each has its own
    for other in others:
        other.rollback()
    try:
        yield
    finally:
        for other in others:
            other.close()


def test_without_a_pooler_there_is_nothing_to_refuse():
    assert not is_pooled_by_transaction()


@pytest.mark.parametrize("round_robin", [False, True])
@pytest.mark.parametrize(("size", "idle"), [(1, 0), (1, 1), (2, 2), (3, 3), (20, 0), (20, 7)])
def test_a_pool_of_transactions_is_known_whatever_its_size_and_order(size, idle, round_robin):
    with through_pgbouncer("transaction", size, round_robin) as url, backends(url, idle):
        assert is_pooled_by_transaction()


@pytest.mark.parametrize("round_robin", [False, True])
def test_so_is_a_pool_of_statements(round_robin):
    with through_pgbouncer("statement", round_robin=round_robin):
        assert is_pooled_by_transaction()


@pytest.mark.parametrize("round_robin", [False, True])
def test_a_pool_of_sessions_is_as_good_as_none(round_robin):
    with through_pgbouncer("session", round_robin=round_robin):
        assert not is_pooled_by_transaction()


@pytest.mark.drill
@pytest.mark.race
@pytest.mark.parametrize("round_robin", [False, True])
@pytest.mark.parametrize("mode", ["transaction", "session"])
def test_what_others_do_meanwhile_changes_no_answer(mode, round_robin):
    with through_pgbouncer(mode, round_robin=round_robin) as url, ThreadPoolExecutor(8) as pool:
        address = f"{url}/{connection.settings_dict['NAME']}"
        asked = threading.Event()

        def work() -> int:
            done = 0
            with psycopg.connect(address, prepare_threshold=None) as other:
                while not asked.is_set():
                    with other.transaction():
                        other.execute("SELECT pg_sleep(0.001)")
                    done += 1
            return done

        others = [pool.submit(work) for _ in range(8)]
        try:
            answers = {is_pooled_by_transaction() for _ in range(20)}
        finally:
            asked.set()
        assert all(other.result() for other in others)  # they were at work
    assert answers == {mode == "transaction"}


def test_a_pool_with_one_session_is_not_waited_for_beyond_the_deadline(monkeypatch):
    monkeypatch.setattr(sessions, "TIMEOUT", 2)
    with through_pgbouncer("session", size=1):
        begun = time.monotonic()
        assert not is_pooled_by_transaction()
        assert time.monotonic() - begun < 4


def test_a_database_that_says_nothing_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(sessions, "TIMEOUT", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent, through(silent.getsockname()[1]):
        begun = time.monotonic()
        with pytest.raises(OperationalError):
            is_pooled_by_transaction()
        assert time.monotonic() - begun < 4


@pytest.mark.parametrize(("answers", "is_answer"), [(0, False), (1, True), (3, True)])
def test_a_pooler_that_lets_everybody_in_is_no_database_that_answers(monkeypatch, answers, is_answer):
    """One whose PostgreSQL is away gives nobody a backend; a pool of one session gives it to one."""
    one, asked = (b"1", b"now"), []

    def backend(session: psycopg.Connection, deadline: float) -> tuple[bytes, bytes]:
        asked.append(session)
        if len(asked) > answers:
            raise TimeoutError
        return one if session is asked[0] else (b"2", b"now")

    monkeypatch.setattr(sessions, "_backend", backend)
    if is_answer:
        assert not is_pooled_by_transaction()
    else:
        with pytest.raises(OperationalError, match="does not answer"):
            is_pooled_by_transaction()


def test_nothing_stays_connected():
    def connected() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            return cursor.fetchone()[0]

    before = connected()
    is_pooled_by_transaction()
    until(lambda: connected() == before)


# --- The doors --------------------------------------------------------------------------------------


COMMANDS = [
    ("quickstart",),
    ("migrate",),
    ("worker",),
    ("prunestorage", "--delete"),
    ("importimages", "tests"),
    ("verifystorage",),
]


@pytest.fixture
def library(tmp_path, django_db_blocker):
    """Return a function that gives an application whose new database is reached through PgBouncer."""
    with django_db_blocker.unblock(), fresh_database(tmp_path / "library") as database:
        name = database.rpartition("/")[2]
        yield lambda url: Application(tmp_path / "library", DATABASE_URL=f"{url}/{name}", WEB_CONCURRENCY="1")


@pytest.mark.drill
@pytest.mark.race
@pytest.mark.parametrize("mode", POOLED)
def test_it_is_refused_at_every_door_before_anything_is_made(library, mode):
    with running_pgbouncer(os.environ["DATABASE_URL"], mode) as url:
        application = library(url)
        said = [application.manage(*command) for command in COMMANDS]
        application.serve()
        assert [application.ended(), *(one.returncode for one in said)] == [1, 1, 1, 1, 2, 2, 2]
        for text in [application.log, *(one.stderr for one in said)]:
            assert re.search("transaction pooling.*Session pooling works.*DATABASE_URL", text, re.S), text
            assert "Traceback" not in text
        with psycopg.connect(application.environment["DATABASE_URL"], autocommit=True) as session:
            tables = session.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            assert tables.fetchone() == (0,)


@pytest.mark.drill
@pytest.mark.race
def test_with_a_pool_of_sessions_it_serves(library):
    with running_pgbouncer(os.environ["DATABASE_URL"], "session") as url:
        application = library(url)
        application.start()
        try:
            assert application.request("GET", "/readyz")[0] == 200
        finally:
            assert application.stop() == 0


@pytest.mark.drill
@pytest.mark.race
def test_a_database_that_is_away_is_no_reason_not_to_start(library):
    (port,) = free_ports(1)
    application = library(f"postgres://postgres@127.0.0.1:{port}")
    application.serve()
    try:
        application.wait()
        assert application.request("GET", "/healthz")[0] == 200
    finally:
        assert application.stop() == 0


@pytest.mark.drill
@pytest.mark.race
@pytest.mark.parametrize("runs", ["server", "worker"])
def test_what_began_while_it_was_away_ends_when_it_is_refused(library, runs):
    (port,) = free_ports(1)
    application = library(f"postgres://postgres@127.0.0.1:{port}")
    if runs == "server":
        application.serve()
    else:
        application.work()
    try:
        until(lambda: "database could not be looked at" in application.log, 60)
        with running_pgbouncer(os.environ["DATABASE_URL"], "transaction", port=port):
            assert application.ended() == 1
    finally:
        application.stop()
    assert re.search("transaction pooling.*Session pooling works", application.log, re.S)


def test_the_check_of_migrate_says_so_and_that_of_no_other_command():
    def said(**options) -> list[str]:
        return [message.id for message in run_checks(**options) if message.id == "imagelib.E004"]

    with through_pgbouncer("transaction"):
        assert said(databases=["default"], tags=[Tags.database]) == ["imagelib.E004"]
        assert said() == []
    assert said(databases=["default"]) == []


# --- Locks, through a pool of sessions ----------------------------------------------------------------


@pytest.mark.drill
@pytest.mark.race
def test_nothing_is_lost_between_upload_emptying_and_pruning_through_a_pool_of_sessions(editor):
    with through_pgbouncer("session"):
        assert race(make_image("PNG"), editor, 10).total() == 10
    assert Image.objects.count() == 1


@pytest.mark.drill
@pytest.mark.race
def test_30_uploads_of_one_file_through_a_pool_of_sessions_are_one_image(library, tmp_path):
    with running_pgbouncer(os.environ["DATABASE_URL"], "session") as url:
        environment = library(url).environment
        data = make_image("PNG", (600, 400))
        with live_library(tmp_path / "live", DATABASE_URL=environment["DATABASE_URL"]) as live:
            with ThreadPoolExecutor(30) as pool:
                outcomes = list(pool.map(lambda _: live.send("photo.png", data), range(30)))
            assert [outcome for outcome in outcomes if outcome.faults] == []
            assert sorted(outcome.answer for outcome in outcomes) == ["200"] * 29 + ["201"]
