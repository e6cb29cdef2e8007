"""Queries that would take the database for ever."""

import time

import pytest
from django.db import OperationalError, connection

from images.concurrency.deadlines import query_deadline
from images.errors import Busy
from tests.resilience.slow_queries import FOREVER, counting_to

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def ask(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}")
        return cursor.fetchone()[0]


def ask_again_and_again(sql: str) -> None:
    for _ in range(1_000_000):
        ask(sql)


@pytest.mark.parametrize(
    ("work", "sql"), [(ask, FOREVER), (ask_again_and_again, counting_to(10_000))], ids=["one", "many"]
)
def test_queries_end_at_the_deadline_and_the_connection_goes_on(work, sql):
    started = time.monotonic()
    with pytest.raises(Busy, match="takes too long"), query_deadline(1):
        work(sql)
    assert time.monotonic() - started < 3
    assert ask("1") == 1


def test_what_comes_after_a_block_has_no_deadline():
    with query_deadline(0.05):
        assert ask("1") == 1
    assert ask(counting_to(10**6)) == 10**6


def test_other_failures_of_the_database_stay_what_they_are():
    with pytest.raises(OperationalError), query_deadline(60):
        raise OperationalError("the database is gone")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no session to lose")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_session_that_was_lost_before_is_begun_anew():
    """As Django does for the first query of a request, when the database was restarted since the last."""
    connection.ensure_connection()
    connection.health_check_enabled, connection.health_check_done = True, False
    connection.connection.close()
    with query_deadline(5):
        assert ask("1") == 1


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite compiles nothing")
def test_within_a_block_nothing_is_compiled():
    def jit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW jit")
            return cursor.fetchone()[0]

    before = jit()
    with query_deadline(1):
        assert jit() == "off"
    assert jit() == before
