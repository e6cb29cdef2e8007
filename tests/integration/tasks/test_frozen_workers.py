"""A worker that stands still in a look at the schedule, or in one at the warnings, stops no other."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core import mail
from django.db import OperationalError, connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from images.models import ScheduledJob, Warned
from images.tasks import notices
from images.tasks.notices import Notice, Teller, tell_without_worker
from images.tasks.running import Schedule
from images.tasks.schedule import jobs
from images.tasks.worker import see_to
from tests.factories import make_user

HELD_SECONDS = 10  # at most

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks no rows")


@contextmanager
def held(rows: QuerySet) -> Iterator[threading.Event]:
    """Have another session hold the rows until the block, or its time, is over; give what is set then."""
    has_them, is_over, was_freed = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert list(rows.select_for_update())
            has_them.set()
            is_over.wait(HELD_SECONDS)
        was_freed.set()
        connections.close_all()

    thread = threading.Thread(target=hold)
    thread.start()
    assert has_them.wait(HELD_SECONDS)
    try:
        yield was_freed
    finally:
        is_over.set()
        thread.join()


@on_postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_rows_of_the_schedule_that_another_holds_are_not_waited_for(caplog):
    jobs().update(due_at=timezone.now() - timedelta(minutes=1))
    with held(jobs()) as was_freed:
        see_to(Schedule("one"), Teller())
        assert not was_freed.is_set()
    assert "the schedule cannot be asked; it is tried again: OperationalError" in caplog.text
    assert not ScheduledJob.objects.exclude(begun_at=None).exists()


@on_postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_warning_that_another_holds_is_not_waited_for(settings, monkeypatch, caplog):
    settings.SENDS_EMAIL = True
    monkeypatch.setattr(notices, "notices", lambda: iter([Notice("queue", "Tasks wait.")]))
    Warned.objects.create(kind="queue", told_at=timezone.now())
    with held(Warned.objects.all()) as was_freed:
        see_to(Schedule("one"), Teller())
        assert not was_freed.is_set()
    assert "tried again: OperationalError" in caplog.text


@on_postgresql
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_server_sends_what_it_noted_before_it_came_to_that(settings, monkeypatch):
    settings.SENDS_EMAIL = True
    make_user("root", is_superuser=True, email="root@example.org")
    monkeypatch.setattr(notices, "STARTED", time.monotonic() - notices.TOLD_SECONDS)
    amiss = [Notice(kind, "Something is amiss.") for kind in (notices.HERE, "queue")]
    monkeypatch.setattr(notices, "notices", lambda: iter(amiss))
    Warned.objects.create(kind="queue", told_at=timezone.now())
    with held(Warned.objects.all()), pytest.raises(OperationalError):
        tell_without_worker()
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_a_look_that_takes_longer_than_a_task_may_ends_its_worker(settings, monkeypatch):
    left = []
    for part in (Schedule, Teller):
        monkeypatch.setattr(part, "look", lambda self: left.append(signal.getitimer(signal.ITIMER_REAL)[0]))
    see_to(Schedule("one"), Teller())
    assert len(left) == 2
    assert all(0 < seconds <= settings.IMAGELIB_LEASE_SECONDS for seconds in left)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
