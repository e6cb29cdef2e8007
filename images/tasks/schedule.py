"""The schedule: what keeps a library well without anybody, done by one worker at a time.

Each job is a command of `manage.py`, and is run as one: whatever goes wrong in it ends its own process, the
tasks go on meanwhile, and its exit code says what became of it. A command can be interrupted and run again,
so a worker that ends takes its job with it, and another worker begins that anew when its lease is over.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.models import ScheduledJob

logger = logging.getLogger(__name__)

LOST = "The worker ended in the middle of it, each time."
DAY = timedelta(days=1)
FIRST = timedelta(hours=1)  # after the job is known: a new library has other things to do
ATTEMPTS = 3  # at a job whose workers ended in the middle of it, until its next day


@dataclass(frozen=True)
class Job:
    """A command and how often it is run. One that deletes is off until somebody switches it on; until then
    `preview` runs in its place, which says what it would delete.
    """

    title: str | Promise
    command: tuple[str, ...]
    every: timedelta = DAY
    preview: tuple[str, ...] = ()

    @property
    def is_on_by_default(self) -> bool:
        return not self.preview


JOBS = {
    "verify": Job(
        _("Read a hundredth of the images back, a thousand at most, those unverified for longest first"),
        ("verifystorage", "--sample", "1%", "--most", "1000", "--damage"),
    ),
    "reinspect": Job(
        _("Read images anew, for an hour, that an earlier version read or somebody asked for"),
        ("reinspectimages", "--longest", "1h"),
        timedelta(hours=1),
    ),
    "backup": Job(_("Put the catalogue into the store, beside the originals"), ("backuplibrary",)),
    "backup-age": Job(
        _("Look whether the newest backup in the store is younger than two days"),
        ("checkbackup", "--younger-than", "2d"),
        timedelta(hours=6),
    ),
    "figures": Job(
        _("Correct kept figures, and forget the history of more than a year ago"), ("recountfigures",)
    ),
    "trash": Job(
        _("Delete for good what has been in the trash for 30 days"),
        ("emptytrash", "--older-than", "30d"),
        preview=("emptytrash", "--older-than", "30d", "--dry-run"),
    ),
    "prune": Job(
        _("Delete the objects that no image refers to"),
        ("prunestorage", "--delete"),
        preview=("prunestorage",),
    ),
}


def jobs() -> QuerySet[ScheduledJob]:
    """Return the rows of all jobs, read by now and made where there are none yet; those of other versions are
    left out.
    """
    rows = ScheduledJob.objects.filter(name__in=JOBS)
    if len(rows) < len(JOBS):
        first = timezone.now() + FIRST
        ScheduledJob.objects.bulk_create(
            [ScheduledJob(name=name, is_on=job.is_on_by_default, due_at=first) for name, job in JOBS.items()],
            ignore_conflicts=True,
        )
        return rows.all()
    return rows


def command_of(row: ScheduledJob) -> tuple[str, ...]:
    """Return what is run when the job is due; nothing when it is off and nothing tells what it would do."""
    job = JOBS[row.name]
    return job.command if row.is_on else job.preview


def run_now(rows: QuerySet[ScheduledJob]) -> int:
    """Have these jobs run as soon as none is at work; return how many there are to run."""
    names = [row.name for row in rows if command_of(row)]
    return rows.filter(name__in=names).update(due_at=timezone.now())


def switch(name: str, is_on: bool) -> None:
    """Switch a job on or off; it is run now, the way it is run from now on."""
    jobs().filter(name=name).update(is_on=is_on, due_at=timezone.now())


def take(worker: str) -> ScheduledJob | None:
    """Return the job that is due for longest, with a lease from now on; None while another is at work.

    Raises DatabaseError, at once when another worker decides just then.
    """
    now = timezone.now()
    if _next_of(jobs(), now) is None:  # a reader, whom no writer waits for
        return None
    with transaction.atomic():
        every = jobs().select_for_update(nowait=True).order_by("name")  # who has the first one decides
        row = _next_of(every, now)
        if row is None:
            return None
        if row.attempts >= ATTEMPTS:
            end(row, jobs().filter(pk=row.pk), ScheduledJob.Outcome.FAILED, LOST)
            return None
        row.worker, row.begun_at, row.ended_at, row.progress = worker, now, None, ""
        row.lease_until, row.attempts = now + lease(), row.attempts + 1
        row.save(update_fields=["worker", "begun_at", "ended_at", "progress", "lease_until", "attempts"])
        return row


def _next_of(rows: Iterable[ScheduledJob], now: datetime) -> ScheduledJob | None:
    rows = list(rows)
    if any(row.is_at_work(now) for row in rows):
        return None
    due = [row for row in rows if row.due_at <= now and command_of(row)]
    return min(due, key=lambda row: row.due_at, default=None)


def end(row: ScheduledJob, held: QuerySet[ScheduledJob], outcome: str, result: str) -> None:
    """Let the row say what became of its job, and when it is due again: at once where that was asked for
    meanwhile.
    """
    log = logger.info if outcome == ScheduledJob.Outcome.WELL else logger.error
    log("the scheduled job %s: %s. %s", row.name, outcome, result.rpartition("\n")[2])
    now = timezone.now()
    with transaction.atomic():
        held.filter(due_at__lte=row.begun_at or now).update(due_at=now + JOBS[row.name].every)
        held.update(lease_until=None, ended_at=now, progress="", outcome=outcome, result=result, attempts=0)


def lease() -> timedelta:
    """Return for how long a worker need not be heard of: it may be at a task meanwhile."""
    return timedelta(seconds=2 * settings.IMAGELIB_LEASE_SECONDS)
