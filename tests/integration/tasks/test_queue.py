"""The queue: a task is had by one worker at a time, for so long, and tried so often."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connections, transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from images.errors import Unrenderable
from images.tasks import queue, worker
from images.tasks.queue import ATTEMPTS, AWAY_AT_MOST, BACK_OFF, do, take
from images.tasks.worker import POLL_SECONDS, REST_SECONDS, do_next
from storage.errors import StorageAway, StorageUnavailable
from tests.servers.machine import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("queued")]

DONE: list[object] = []
FAILURES: list[Exception] = []


@task()
def note(thing: object) -> None:
    if FAILURES:
        raise FAILURES[0]
    DONE.append(thing)


@pytest.fixture(autouse=True)
def empty():
    DONE.clear()
    FAILURES.clear()


def row() -> DBTaskResult:
    return DBTaskResult.objects.get()


def due() -> None:
    """Let the time pass until the task may be had."""
    DBTaskResult.objects.update(run_after=timezone.now())


def test_a_task_is_done_and_forgotten():
    note.enqueue("kite")
    assert do(take("a")) is None
    assert DONE == ["kite"]
    assert not DBTaskResult.objects.exists()
    assert take("a") is None


def test_tasks_are_done_in_the_order_in_which_they_came():
    for number in range(3):
        note.enqueue(number)
    while found := take("a"):
        do(found)
    assert DONE == [0, 1, 2]


def test_what_is_rolled_back_was_never_enqueued():
    with transaction.atomic():
        note.enqueue("kite")
        transaction.set_rollback(True)
    assert take("a") is None


def test_what_one_has_another_does_not_get():
    note.enqueue("kite")
    taken = take("a")
    assert take("b") is None
    do(taken)
    assert DONE == ["kite"]


def test_of_many_workers_at_once_each_task_has_one():
    for number in range(60):
        note.enqueue(number)
    barrier = threading.Barrier(4)

    def work(name: str) -> None:
        barrier.wait()
        while found := take(name):
            do(found)
        connections.close_all()

    workers = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    while found := take("a"):  # the last ones may have been looked at by somebody just then
        do(found)
    assert sorted(DONE) == list(range(60))


def test_what_a_worker_had_that_died_is_given_to_another(settings, caplog):
    settings.IMAGELIB_LEASE_SECONDS = 0.2
    note.enqueue("kite")
    assert take("a")
    again = until(lambda: take("b"))
    assert again.worker_ids == ["a", "b"]
    assert "is begun again: a ended in the middle of it" in caplog.text
    do(again)
    assert DONE == ["kite"]


def test_one_that_takes_all_of_its_lease_keeps_no_other(settings):
    note.enqueue("poison")
    note.enqueue("kite")
    assert take("a").args_kwargs["args"] == ["poison"]
    lease = timedelta(seconds=settings.IMAGELIB_LEASE_SECONDS)
    begun = DBTaskResult.objects.filter(started_at__isnull=False)
    begun.update(run_after=F("run_after") - lease, started_at=F("started_at") - lease)
    assert take("b").args_kwargs["args"] == ["kite"]
    due()
    assert take("c").args_kwargs["args"] == ["poison"]


def test_after_each_lease_it_waits_longer_but_no_longer_than_a_lease(settings):
    lease = timedelta(seconds=settings.IMAGELIB_LEASE_SECONDS)
    note.enqueue("poison")
    waits = []
    for _ in range(ATTEMPTS):
        due()
        taken = take("a")
        waits.append(taken.run_after - taken.started_at - lease)
    assert waits == [BACK_OFF, 4 * BACK_OFF, 16 * BACK_OFF, lease, lease, lease, timedelta()]


def test_who_outlasts_the_lease_changes_nothing_of_what_another_has(settings):
    note.enqueue("kite")
    slow = take("a")
    due()
    fast = take("b")
    do(slow)
    FAILURES.append(ValueError())
    do(slow)
    assert row().run_after == fast.run_after
    FAILURES.clear()
    do(fast)
    assert not DBTaskResult.objects.exists()


def test_one_whose_workers_die_each_time_is_given_up():
    note.enqueue("kite")
    for _ in range(ATTEMPTS):
        assert take("a")
        due()
    note.enqueue("ball")
    do(take("a"))
    assert DONE == ["ball"]
    assert (row().status, row().traceback) == (TaskResultStatus.FAILED, queue.LOST)


def test_a_failure_is_tried_again_each_time_later_and_then_given_up():
    FAILURES.append(Unrenderable("This cannot be drawn."))
    note.enqueue("kite")
    waits = []
    for _ in range(ATTEMPTS):
        due()
        before = timezone.now()
        assert do(take("a")) is FAILURES[0]
        waits.append(row().run_after - before)
    assert row().status == TaskResultStatus.FAILED
    for number, wait in enumerate(waits[:-1]):
        assert timedelta() <= wait - BACK_OFF * 4**number < timedelta(seconds=5)
    assert (row().exception_class_path, row().traceback) == ("Unrenderable", "This cannot be drawn.")
    due()
    assert take("a") is None


def test_a_task_outlives_a_store_that_is_away_however_long_that_is():
    FAILURES.append(StorageAway())
    note.enqueue("kite")
    for hours in (0, 0, 0.1, 0.5, 1, 2, 4, 8, 100):
        age = timedelta(hours=hours)
        DBTaskResult.objects.update(enqueued_at=timezone.now() - age)
        due()
        before = timezone.now()
        assert isinstance(do(take("a")), StorageAway)
        wait = row().run_after - before - min(max(age, BACK_OFF), AWAY_AT_MOST)
        assert timedelta() <= wait < timedelta(seconds=5)
    assert row().status == TaskResultStatus.READY
    assert row().worker_ids == []
    FAILURES.clear()
    due()
    do(take("a"))
    assert DONE == ["kite"]


def test_a_poisoned_task_stops_no_other():
    FAILURES.append(ValueError("poison"))
    note.enqueue("poison")
    do(take("a"))
    FAILURES.clear()
    note.enqueue("kite")
    do(take("a"))
    assert DONE == ["kite"]


def test_what_is_kept_of_a_failure_names_nothing_of_the_storage():
    note.enqueue("kite")
    for error in (StorageUnavailable("bucket pictures"), OSError("https://store.example/pictures")):
        FAILURES[:] = [error]
        due()
        do(take("a"))
        assert "pictures" not in f"{row().exception_class_path} {row().traceback}"


def test_a_task_that_this_version_does_not_know_waits_for_one_that_does():
    note.enqueue("kite")
    DBTaskResult.objects.update(task_path="images.tasks.none_such.task")
    assert isinstance(do(take("a")), ImportError)
    assert row().status == TaskResultStatus.READY
    due()
    DBTaskResult.objects.update(task_path=note.module_path)
    do(take("a"))
    assert DONE == ["kite"]


@pytest.mark.parametrize(
    "facts",
    [
        {"task_path": "images.renditions.prerendering.prepare"},  # a function, and no task
        {"queue_name": "nowhere"},
        {"backend_name": "nowhere"},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_a_row_that_stands_for_no_task_ends_no_worker(facts, caplog):
    note.enqueue("kite")
    DBTaskResult.objects.update(**facts)
    for attempt in range(1, ATTEMPTS):
        assert do(take("a"))
        assert f"failed, attempt {attempt} of {ATTEMPTS}" in caplog.text
        due()
    assert take("a")
    due()  # its worker ended
    assert take("b") is None
    assert (row().status, row().traceback) == (TaskResultStatus.FAILED, queue.LOST)


@pytest.mark.parametrize(("failure", "rest"), [(StorageUnavailable(), REST_SECONDS), (ValueError(), 0)])
def test_a_worker_rests_while_the_store_is_away(failure, rest):
    assert do_next("a") == POLL_SECONDS
    note.enqueue("kite")
    assert do_next("a") == 0
    FAILURES.append(failure)
    note.enqueue("kite")
    assert do_next("a") == rest


def test_a_worker_rests_while_the_database_is_away_and_goes_on(monkeypatch):
    def gone(worker: str) -> None:
        raise OperationalError("away")

    note.enqueue("kite")
    with monkeypatch.context() as patch:
        patch.setattr(worker, "take", gone)
        assert do_next("a") == REST_SECONDS
    assert do_next("a") == 0
    assert DONE == ["kite"]
