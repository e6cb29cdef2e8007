"""The queue of background tasks: each is had by one worker at a time, for so long, and tried so often.

Any room defines tasks and enqueues them by Django's Tasks API (`django_tasks.task`). django-tasks-db keeps
the rows; it has neither lease nor retries, so these are here, and nothing else knows it. Another backend of
the API brings a worker of its own, which takes the place of this room.

Positional arguments say what a task is about, in the log and in the admin. What is not for everyone who reads
those, an e-mail address for instance, is passed by keyword, and no secret in either way.

A row may be had from its moment `run_after` on. To take it is to move that past the end of the lease: what a
worker had that died is to be had again by itself, and who comes too late finds another moment there.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import DEFAULT_TASK_QUEUE_NAME, TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client import Counter

from images.http.problems import describe
from storage.errors import StorageAway

logger = logging.getLogger(__name__)

Row: TypeAlias = DBTaskResult[..., Any]

ATTEMPTED = Counter(
    "imagelib_task_attempts_total", "Background tasks that were done, or failed.", ["outcome"]
)

for known in ("done", "failed"):  # seen before the first
    ATTEMPTED.labels(known)

ATTEMPTS = 7
BACK_OFF = timedelta(
    seconds=10
)  # after the first attempt, and four times longer after each: nearly 4 hours in all
AWAY_AT_MOST = timedelta(hours=1)  # that a task waits to meet again a store that was away
DEAD_LETTERS = "dead-letters"  # the queue of what was given up, by which it can be forgotten after a time
LOST = "The worker ended in the middle of it, each time."


class State(TextChoices):
    """Where a task stands. What was done has no row any more."""

    WAITING = "waiting", _("Waiting")
    AT_WORK = "at work", _("At work")
    FAILED = "failed", _("Failed, to be tried again")
    GIVEN_UP = "given up", _("Given up")


def state_of(task: Row) -> State:
    if task.status == TaskResultStatus.FAILED:
        return State.GIVEN_UP
    if task.started_at is None:
        return State.WAITING
    has_lease = task.finished_at is None and task.started_at + _lease() > timezone.now()
    return State.AT_WORK if has_lease else State.FAILED


def take(worker: str) -> Row | None:
    """Return the task that is next, with a lease from now on, or None. One whose workers ended in each of
    ATTEMPTS failed.
    """
    while next_of(DBTaskResult.objects.all()):  # a reader, whom no writer waits for
        with transaction.atomic():
            task = next_of(DBTaskResult.objects.select_for_update(skip_locked=True))
            if task is None:
                return None
            if task.started_at and not task.finished_at:
                logger.warning(
                    "%s is begun again: %s ended in the middle of it", _said(task), task.worker_ids[-1]
                )
            if len(task.worker_ids) < ATTEMPTS:
                task.started_at = timezone.now()
                task.finished_at = None
                task.worker_ids = [*task.worker_ids, worker]
                task.run_after = task.started_at + _lease() + _rest(len(task.worker_ids))
                task.save(update_fields=["started_at", "finished_at", "run_after", "worker_ids"])
                return task
            _fail(task, LOST)
    return None


def next_of(tasks: QuerySet[Row]) -> Row | None:
    """Return which of `tasks` is to be had first, by the index that the table has, however many are not to be
    had yet: those of each priority stand there by their moment.
    """
    now = timezone.now()
    for priority in priorities():
        those = tasks.filter(status=TaskResultStatus.READY, priority=priority)
        for due in ({"run_after__lte": now}, {"run_after": get_date_max()}):  # the latter is: at any time
            if task := those.filter(**due).order_by("run_after", "enqueued_at").first():
                return task
    return None


def priorities() -> Iterator[int]:
    """Yield the priorities of the tasks that are to be done, the highest first."""
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY).order_by("-priority")
    priorities = ready.values_list("priority", flat=True)
    priority = priorities.first()
    while priority is not None:
        yield priority
        priority = priorities.filter(priority__lt=priority).first()


def given_up() -> QuerySet[Row]:
    return DBTaskResult.objects.filter(status=TaskResultStatus.FAILED)


def do(task: Row) -> Exception | None:
    """Do what was taken and forget it. Return what it raised: then it is to be had again later, or failed.
    A store that is away fails none, however long that is.
    """
    try:
        task.task.call(*task.args_kwargs["args"], **task.args_kwargs["kwargs"])
    except Exception as error:  # of whatever kind: the next task has nothing to do with it
        ATTEMPTED.labels("failed").inc()
        attempt, now = len(task.worker_ids), timezone.now()
        logger.warning("%s failed, attempt %s of %s", _said(task), attempt, ATTEMPTS, exc_info=True)
        if isinstance(error, StorageAway):  # that is no attempt: it waits as long again as it is there
            wait = min(max(now - task.enqueued_at, BACK_OFF), AWAY_AT_MOST)
            _write(task, error, run_after=now + wait, worker_ids=task.worker_ids[:-1])
        elif attempt < ATTEMPTS:
            _write(task, error, run_after=now + _back_off(attempt))
        else:
            _fail(task, error)
        return error
    ATTEMPTED.labels("done").inc()
    _held(task).delete()
    return None


def try_again(tasks: QuerySet[Row]) -> int:
    """Let those of `tasks` that were given up be had at once, as if they were new; return their number."""
    return tasks.filter(status=TaskResultStatus.FAILED).update(
        status=TaskResultStatus.READY,
        queue_name=DEFAULT_TASK_QUEUE_NAME,
        run_after=timezone.now(),
        worker_ids=[],
        started_at=None,
        finished_at=None,
        exception_class_path="",
        traceback="",
    )


def forget(tasks: QuerySet[Row]) -> int:
    """Delete those of `tasks` that were given up; return their number."""
    return tasks.filter(status=TaskResultStatus.FAILED).delete()[0]


def _lease() -> timedelta:
    return timedelta(seconds=settings.IMAGELIB_LEASE_SECONDS)


def _back_off(attempt: int) -> timedelta:
    back_off: timedelta = BACK_OFF * 4 ** (attempt - 1)
    return back_off


def _rest(attempt: int) -> timedelta:
    """Return for how long others come first when the worker of this attempt does not come to its end: nobody
    knows whether the task was to blame. After the last one there is nothing to wait for.
    """
    return min(_back_off(attempt), _lease()) if attempt < ATTEMPTS else timedelta()


def _fail(task: Row, error: Exception | str) -> None:
    logger.error("%s is given up", _said(task))
    _write(task, error, status=TaskResultStatus.FAILED, queue_name=DEAD_LETTERS)


def _write(task: Row, error: Exception | str, **facts: str | datetime | list[str]) -> None:
    """Keep the sentence of `error` that people may read, or its name: other texts name the storage."""
    if isinstance(error, Exception):
        described = describe(error)
        facts["exception_class_path"] = type(error).__name__
        facts["traceback"] = described[1] if described else ""
    else:
        facts |= {"exception_class_path": "", "traceback": error}
    _held(task).update(finished_at=timezone.now(), **facts)


def _held(task: Row) -> QuerySet[Row]:
    """The row, unless its lease is over and somebody else has it."""
    return DBTaskResult.objects.filter(pk=task.pk, status=TaskResultStatus.READY, run_after=task.run_after)


def _said(task: Row) -> str:
    """By the path alone: to look up what it names may fail in any way."""
    return f"task {task.task_path.rpartition('.')[2]} {task.args_kwargs['args']}"
