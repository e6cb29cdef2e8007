"""Connections that requests share: few, bounded, and held no longer than somebody reads or writes."""

import threading
import time
from contextlib import suppress
from contextvars import copy_context

import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test import Client

from images.concurrency import locks, silence
from images.concurrency.deadlines import query_deadline
from images.concurrency.turns import Turns
from images.errors import Busy
from images.models import Tag
from images.tasks import figures
from tests.factories import sha256

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite opens its file for each thread"),
]


@pytest.fixture(autouse=True)
def places(monkeypatch) -> int:
    """A pool of one."""
    from images.concurrency.postgresql import base, pool

    made = pool.Pool(1)
    monkeypatch.setattr(base, "pool", made)
    monkeypatch.setattr(pool, "TIMEOUT", 0.3)
    connections.close_all()
    yield made
    assert made._places._value == 1  # whatever happened, nobody has it
    for session in made._idle:
        session.close()


def as_request(work):
    """Return what `work` returns in a thread that serves a request."""
    told = []

    def serve() -> None:
        try:
            told.append(copy_context().run(lambda: (silence.limit_waits(), work())[1]))
        except BaseException as error:
            told.append(error)
        finally:
            connection.close_if_unusable_or_obsolete()  # as Django does then

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(20)
    if isinstance(told[0], BaseException):
        raise told[0]
    return told[0]


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_one_connection_serves_one_request_after_the_other_and_is_free_between_queries(places):
    def look() -> tuple[int, bool]:
        pid = backend()
        is_free = connection.connection is None
        assert Tag.objects.count() == 0
        return pid, is_free

    (first, was_free), (second, _) = as_request(look), as_request(look)
    assert first == second
    assert was_free
    assert len(places._idle) == 1


def test_the_first_connection_of_a_process_is_one_like_the_others(monkeypatch):
    monkeypatch.setattr("django.db.backends.base.base.RAN_DB_VERSION_CHECK", set())
    assert as_request(backend)


def test_a_transaction_keeps_it_and_whoever_gets_none_is_busy():
    def write() -> None:
        with transaction.atomic():
            Tag.objects.create(name="mine")
            pid = backend()
            with pytest.raises(OperationalError, match="in use"):
                as_request(backend)
            assert backend() == pid

    as_request(write)
    assert as_request(lambda: Tag.objects.count()) == 1


def test_what_follows_a_transaction_keeps_it_no_longer():
    """The answer, for one, whose last byte is sent when its client has taken the others."""

    def end(error: type[Exception] | None) -> None:
        with suppress(ValueError), transaction.atomic():
            Tag.objects.create(name=f"written {error}", key=str(error), slug=str(error))
            if error:
                raise error
        assert connection.connection is None
        assert as_request(lambda: Tag.objects.count()) == 1

    as_request(lambda: end(None))
    as_request(lambda: end(ValueError))


def test_rows_that_are_read_bit_by_bit_keep_it():
    Tag.objects.bulk_create(Tag(name=f"{number}", key=f"{number}", slug=f"{number}") for number in range(5))

    def read() -> int:
        names = [tag.name for tag in Tag.objects.order_by("pk").iterator(chunk_size=2) if backend()]
        assert connection.connection is None
        return len(names)

    assert as_request(read) == 5


def test_one_that_fails_or_that_the_server_ends_is_not_given_to_others(places):
    def fail() -> None:
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        assert as_request(lambda: Tag.objects.count()) == 0

    as_request(fail)

    def fall() -> None:
        with transaction.atomic():
            Tag.objects.create(name="unwritten")
            raise ValueError("of no use")

    with pytest.raises(ValueError, match="of no use"):
        as_request(fall)
    assert as_request(lambda: Tag.objects.count()) == 0


def test_the_limits_of_one_request_are_none_of_the_next(places):
    def ask() -> None:
        with query_deadline(2):
            assert Tag.objects.count() == 0

    def limit() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    as_request(ask)
    assert as_request(limit) == "0"


def test_a_place_is_waited_for_no_longer_than_the_queries_may_take(places, monkeypatch):
    monkeypatch.setattr("images.concurrency.postgresql.pool.TIMEOUT", 10)

    def ask(seconds: float) -> None:
        with query_deadline(seconds):
            Tag.objects.count()

    places.enter()
    begun = time.monotonic()
    try:
        for seconds in (0.1, 0):
            with pytest.raises(Busy):
                as_request(lambda seconds=seconds: ask(seconds))
    finally:
        places.leave()
    assert time.monotonic() - begun < 5
    as_request(lambda: ask(10))


def test_after_a_deadline_a_place_is_waited_for_as_ever(places):
    def wait() -> float:
        with pytest.raises(Busy), query_deadline(0):
            Tag.objects.count()
        begun = time.monotonic()
        with pytest.raises(OperationalError, match="in use"):
            Tag.objects.count()
        return time.monotonic() - begun

    places.enter()
    try:
        assert as_request(wait) >= 0.3
    finally:
        places.leave()


def test_while_all_are_in_use_metrics_tell_soon_what_is_counted(places, monkeypatch, settings):
    settings.IMAGELIB_METRICS_TOKEN = "a-token"
    monkeypatch.setattr("images.concurrency.postgresql.pool.TIMEOUT", 5)
    monkeypatch.setattr(figures, "SECONDS", 0.3)
    client = Client(headers={"Authorization": "Bearer a-token"})
    places.enter()
    begun = time.monotonic()
    try:
        response = as_request(lambda: client.get("/metrics"))
    finally:
        places.leave()
    assert time.monotonic() - begun < 4
    assert response.status_code == 200
    assert "imagelib_database_connections_in_use 1.0" in response.text
    assert "imagelib_data_folder_free_bytes" in response.text
    assert "imagelib_queue_tasks" not in response.text
    assert "imagelib_queue_tasks 0.0" in as_request(lambda: client.get("/metrics")).text


@pytest.mark.parametrize("run", [as_request, lambda work: work()], ids=["request", "command"])
def test_a_limit_that_cannot_be_lifted_goes_with_its_session(monkeypatch, run):
    """To lift it is a statement that it limits, too."""
    from images.concurrency.postgresql.connections import Connection

    execute, lifted = Connection.execute, []

    def late(session: Connection, query: str, *args, **options):
        if query.startswith("RESET"):
            lifted.append(query)
            query = f"SELECT pg_sleep(2); {query}"
        return execute(session, query, *args, **options)

    def ask() -> str:
        with query_deadline(0.5):
            assert Tag.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("SHOW statement_timeout")
            return cursor.fetchone()[0]

    monkeypatch.setattr(Connection, "execute", late)
    assert run(ask) == "0"
    assert len(lifted) == 1


def locks_held() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database "
            "WHERE locktype = 'advisory' AND datname = current_database()"
        )
        return cursor.fetchone()[0]


def test_a_lock_that_cannot_be_given_back_goes_with_its_session():
    def fail() -> None:
        with transaction.atomic(), locks.key_lock(sha256(b"one")):
            Tag.objects.filter(name="a tag").extra(where=["1 / 0 = 1"]).count()

    with pytest.raises(DatabaseError):
        as_request(fail)
    assert locks_held() == 0


def test_a_lock_that_was_lost_is_told_in_the_log(caplog):
    def lose() -> None:
        with locks.key_lock(sha256(b"one")), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")

    as_request(lose)
    (record,) = [record for record in caplog.records if "lock was lost" in record.getMessage()]
    assert record.levelname == "ERROR"


def test_what_holds_a_lock_takes_nobody_a_place(places):
    def hold() -> None:
        with locks.key_lock(sha256(b"one")):
            pid = backend()
            assert as_request(backend) != pid
            with transaction.atomic():
                Tag.objects.create(name="written in the session of the lock")
                assert backend() == pid
            with locks.render_lock("within", 1):
                assert backend() == pid
            assert backend() == pid
            assert as_request(backend) != pid

    as_request(hold)


def test_too_many_locks_at_once_are_busy_and_none_is_left(monkeypatch):
    monkeypatch.setattr(locks, "TURN_SECONDS", 0.2)
    monkeypatch.setitem(locks.SESSIONS, "locks", Turns(1, 4))

    def hold(name: bytes) -> None:
        with locks.key_lock(sha256(name)):
            if name == b"one":
                with pytest.raises(Busy):
                    as_request(lambda: hold(b"two"))

    as_request(lambda: hold(b"one"))
    as_request(lambda: hold(b"two"))
