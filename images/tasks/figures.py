"""Queue and schedule as /metrics tells them: looked up in the database when asked, for a second at most."""

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import Error as DatabaseError
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from images.catalogue.storing import lasting_refusal
from images.concurrency.deadlines import query_deadline
from images.errors import Busy
from images.models import ScheduledJob
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


class Findings(Collector):
    """What the jobs that are on found when they last went to their end, and what was met at the store. Nobody
    asks it.
    """

    def collect(self) -> Iterator[Metric]:
        with suppress(DatabaseError, Busy), query_deadline(SECONDS):
            rows = ScheduledJob.objects.filter(is_on=True, name__in=["backup", "backup-age", "verify"])
            found = {name: facts for name, facts in rows.values_list("name", "facts") if facts}
            yield GaugeMetricFamily(
                "imagelib_backup_age_seconds",
                "Age of the newest backup in the store, as the schedule saw it last; +Inf for none.",
                backup_age(found),
            )
            yield GaugeMetricFamily(
                "imagelib_damaged_objects",
                "Originals and backups that the last verification found missing or damaged.",
                damaged(found),
            )
            yield GaugeMetricFamily(
                "imagelib_store_refuses",
                "1 while the store answers and takes nothing: it is full, or read-only.",
                int(lasting_refusal() is not None),
            )


def backup_age(found: dict[str, Any]) -> float | None:
    """Return how many seconds ago the newest backup came, by what the job that looked last `found`: infinite
    when there was none and the library had images, None when nobody has looked, or none is needed.
    """
    looks = [facts for name, facts in found.items() if name != "verify" and "looked" in facts]
    if not looks:
        return None
    last = max(looks, key=lambda facts: datetime.fromisoformat(facts["looked"]))
    if last.get("came"):
        return (timezone.now() - datetime.fromisoformat(last["came"])).total_seconds()
    return math.inf if last.get("needed") else None


def damaged(found: dict[str, Any]) -> int | None:
    """Return the number of originals and backups that are lost, None when nobody has looked."""
    return found["verify"].get("damaged") if "verify" in found else None


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
