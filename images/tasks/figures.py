"""The queue as /metrics tells it: looked up in the database when somebody asks, for a second at most."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.db import Error as DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from images.concurrency.deadlines import query_deadline
from images.errors import Busy
from images.tasks.queue import given_up, priorities

MOST = 10_000  # that are counted; one more stands for any number
SECONDS = 1.0


class Queue(Collector):
    """How much is to be done, and since when. Nothing, while the database is away or too slow."""

    def collect(self) -> Iterator[Metric]:
        with suppress(DatabaseError, Busy), query_deadline(SECONDS):
            tasks = DBTaskResult.objects.order_by()
            to_do = tasks.filter(status="READY")[: MOST + 1].count()
            dead = number_given_up()
            oldest = age_of_oldest()
            yield GaugeMetricFamily(
                "imagelib_queue_tasks", "Background tasks that are to be done, 10,001 for more.", to_do
            )
            yield GaugeMetricFamily(
                "imagelib_queue_given_up_tasks",
                "Background tasks that were given up, 10,001 for more.",
                dead,
            )
            yield GaugeMetricFamily(
                "imagelib_queue_oldest_seconds",
                "For how long the task that waits longest could have been begun.",
                oldest.total_seconds(),
            )


def number_given_up() -> int:
    """Return how many tasks were given up, MOST + 1 for more."""
    return given_up().order_by("finished_at")[: MOST + 1].count()


def age_of_oldest() -> timedelta:
    """Return for how long a task has been there to be had: 0 when there is none.

    By the index of the queue, which begins with the priority; `run_after` is the end of time where nobody
    said a moment.
    """
    now = timezone.now()
    moments = []
    for priority in priorities():
        ready = DBTaskResult.objects.filter(status="READY", priority=priority)
        late = ready.filter(run_after__lte=now).order_by("run_after")
        waiting = ready.filter(run_after=get_date_max()).order_by("enqueued_at")
        moments += [
            late.values_list("run_after", flat=True).first(),
            waiting.values_list("enqueued_at", flat=True).first(),
        ]
    return max((now - moment for moment in moments if moment), default=timedelta())
