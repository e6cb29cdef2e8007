"""A store that takes nothing: it is noted for all processes, and forgotten with the next put that goes."""

import errno
import io
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from images.catalogue import storing
from images.catalogue.storing import LASTING, NOTED, lasting_refusal
from images.concurrency.locks import key_lock
from images.errors import Busy
from images.maintenance.garbage import remove_garbage
from images.models import Deletion, Refusal
from storage import get_storage
from storage.errors import CorruptObject, StorageAway, StorageFull, StorageUnavailable
from tests.factories import add_image, make_image, sha256
from tests.resilience.unwritable import read_only

pytestmark = pytest.mark.django_db

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
READ_ONLY = OSError(errno.EROFS, os.strerror(errno.EROFS))


def put(data: bytes = b"an image") -> str:
    storing.put(sha256(data), io.BytesIO(data), "image/jpeg")
    return sha256(data)


@pytest.fixture
def refuse(monkeypatch):
    """Return the function that has the disk refuse from now on, or take again."""
    fsync = os.fsync

    def refuse(error: OSError | None) -> None:
        def fail(descriptor: int) -> None:
            raise error

        monkeypatch.setattr(os, "fsync", fail if error else fsync)

    return refuse


def refused(by: OSError, refuse) -> None:
    refuse(by)
    with pytest.raises(StorageUnavailable):
        put()


def grow_old(by: timedelta) -> None:
    row = Refusal.objects.get()
    Refusal.objects.update(since=row.since - by, met_at=row.met_at - by)


def test_what_is_put_is_there_and_nothing_noted(django_assert_num_queries):
    with django_assert_num_queries(2 if connection.vendor == "postgresql" else 1):
        key = put()
    assert get_storage().get(key) == b"an image"
    assert not Refusal.objects.exists()


def test_one_that_says_that_it_is_full_is_told_until_the_next_put_that_goes(refuse, caplog):
    refused(FULL, refuse)
    assert lasting_refusal().is_full
    refuse(None)
    put()
    assert lasting_refusal() is None
    assert not Refusal.objects.exists()
    said = [line for line in caplog.messages if line.startswith("the store")]
    assert said[0] == "the store answers, and takes nothing from now on"
    assert said[1].startswith("the store takes objects again, after 0:00:00")


def test_another_refusal_is_told_once_it_lasts(refuse):
    refused(READ_ONLY, refuse)
    assert lasting_refusal() is None
    grow_old(LASTING)
    assert lasting_refusal() is None  # there was one only
    refused(READ_ONLY, refuse)
    assert not lasting_refusal().is_full
    refuse(None)
    put()
    assert lasting_refusal() is None


def test_one_that_says_later_that_it_is_full_is(refuse):
    refused(READ_ONLY, refuse)
    refused(FULL, refuse)
    assert lasting_refusal().is_full
    refused(READ_ONLY, refuse)
    assert lasting_refusal().is_full


def test_of_many_refusals_one_in_ten_seconds_is_written_down(refuse, django_assert_num_queries):
    refused(FULL, refuse)
    first = Refusal.objects.get()
    refused(FULL, refuse)
    assert Refusal.objects.get().met_at == first.met_at
    grow_old(NOTED)
    refused(FULL, refuse)
    assert Refusal.objects.get().met_at > first.met_at
    assert Refusal.objects.get().since < first.since


@pytest.mark.parametrize("error", [StorageAway("away"), CorruptObject("altered")])
def test_a_store_that_is_away_or_sees_damage_refuses_nothing(monkeypatch, error):
    def fail(*arguments):
        raise error

    monkeypatch.setattr(get_storage(), "put", fail)
    with pytest.raises(type(error)):
        put()
    assert not Refusal.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_database_that_takes_nothing_either_changes_nothing(refuse):
    """One on the same full disk: who uploads is told of the store, all the same."""
    refuse(FULL)
    with read_only("images_refusal"), pytest.raises(StorageFull):
        put()


def test_a_database_that_is_away_changes_nothing(monkeypatch, refuse):
    def away(*arguments, **options):
        raise OperationalError("it is away")

    monkeypatch.setattr(Refusal.objects, "first", away)
    refused(FULL, refuse)


only_sessions = pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no session to lose")


def end_session() -> None:
    session = connection.connection.info.backend_pid
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session])


@only_sessions
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nothing_is_put_where_the_store_may_still_delete(monkeypatch):
    """Whoever deletes has lost the lock with its session; the same bytes come in before the store is done."""
    data = make_image()
    key, delete, refused = put(data), get_storage().delete, []

    def slowly(key: str) -> None:
        end_session()
        with ThreadPoolExecutor(1) as other:
            refused.append(other.submit(upload).exception())
        delete(key)

    def upload() -> None:
        try:
            add_image(data)
        finally:
            connection.close()

    monkeypatch.setattr(get_storage(), "delete", slowly)
    with pytest.raises(OperationalError):
        remove_garbage(key)
    assert [type(error) for error in refused] == [Busy]
    connection.close()
    assert remove_garbage(key) is False
    Deletion.objects.update(until=timezone.now() - storing.DELETION)  # by when the store has ended it
    image = add_image(data)
    assert get_storage().get(image.storage_key) == data
    assert remove_garbage(key) is False


@only_sessions
def test_what_was_deleted_may_come_in_again_at_once():
    data = make_image()
    key = put(data)
    assert remove_garbage(key)
    assert not Deletion.objects.exists()
    assert put(data) == key


@only_sessions
def test_notes_of_deletions_that_were_not_ended_go_with_the_next():
    Deletion.objects.create(key="0" * 64, until=timezone.now() - timedelta(seconds=1))
    Deletion.objects.create(key="1" * 64, until=timezone.now() + timedelta(seconds=9))
    remove_garbage(put())
    assert [row.key for row in Deletion.objects.all()] == ["1" * 64]


@only_sessions
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_who_loses_the_lock_with_its_session_is_told(refuse):
    """Another one would be begun, and the row written without the lock: its object may be pruned by then."""
    refused(FULL, refuse)
    refuse(None)

    def lose(execute, sql, *arguments):
        if sql.startswith("DELETE"):
            end_session()
        return execute(sql, *arguments)

    lock = key_lock(sha256(b"an image"))
    with pytest.raises(OperationalError), lock, connection.execute_wrapper(lose):
        put()
