"""The schedule: what keeps a library well without anybody, done by one worker at a time.

Each job is a command of `manage.py`, and is run as one: whatever goes wrong in it ends its own process, the
tasks go on meanwhile, and its exit code says what became of it. A command can be interrupted and run again,
so a worker that ends takes its job with it, and another worker begins that anew when its lease is over.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imagelib import supervisor
from images.models import ScheduledJob

logger = logging.getLogger(__name__)

LOST = "The worker ended in the middle of it, each time."
DAY = timedelta(days=1)
FIRST = timedelta(hours=1)  # after the job is known: a new library has other things to do
LONGEST = timedelta(hours=12)  # that a job may take
LOOK_SECONDS = 5.0  # between two looks at what is due, and at what is at work
NICENESS = 10  # of a job: who waits to be answered comes first
STOP_SECONDS = 10  # that a job has to end when its worker does
ATTEMPTS = 3  # at a job whose workers ended in the middle of it, until its next day
LINES, WIDTH = 20, 500  # what is kept of what a job printed last
FACTS = 10_000  # bytes of what it summed up; what is longer is not kept
SAID = 200  # bytes at most that say how far it is


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
    """Return the job that is due for longest, with a lease from now on; None while another is at work."""
    now = timezone.now()
    if _next_of(jobs(), now) is None:  # a reader, whom no writer waits for
        return None
    with transaction.atomic():
        row = _next_of(jobs().select_for_update().order_by("name"), now)  # all of them: one worker decides
        if row is None:
            return None
        if row.attempts >= ATTEMPTS:
            _end(row, jobs().filter(pk=row.pk), ScheduledJob.Outcome.FAILED, LOST)
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


def _end(row: ScheduledJob, held: QuerySet[ScheduledJob], outcome: str, result: str) -> None:
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


class Run:
    """A job at work, as a process of its own."""

    def __init__(self, row: ScheduledJob):
        self.row, self._end = row, time.monotonic() + LONGEST.total_seconds()
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 for as long as the job
        self._facts: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 likewise
        self._progress: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 likewise
        facts, progress = self._facts.fileno(), self._progress.fileno()  # and the command's
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *command_of(row)]
        command += ["--facts", f"/dev/fd/{facts}", "--progress-fd", str(progress)]
        self._process = supervisor.start(command, facts, progress, niceness=NICENESS, output=self._output)

    def is_over(self) -> bool:
        """Whether the job ended, and its row says so. Else the row says how far it is, and its lease is
        renewed. When another worker has it by now, or it took too long, it is ended.
        """
        code = self._process.poll()
        if code is None:
            in_time = time.monotonic() < self._end
            if in_time and self._held().update(
                lease_until=timezone.now() + lease(), progress=self._how_far()
            ):
                return False
            self.stop()
            code = self._process.returncode
        if facts := self._said():
            self._held().update(facts=facts)
        printed = self._printed()
        if code == 0:
            outcome = ScheduledJob.Outcome.WELL
        elif code == 1 and printed:  # Python itself ends with 1, too, when it cannot even begin
            outcome = ScheduledJob.Outcome.PROBLEMS
        else:
            outcome = ScheduledJob.Outcome.FAILED
        _end(self.row, self._held(), outcome, printed or (_ended_by(code) if code else ""))
        return True

    def give_back(self) -> None:
        """End the job; another worker begins it anew at once."""
        self.stop()
        self._held().update(lease_until=None, attempts=0)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _held(self) -> QuerySet[ScheduledJob]:
        """The row, unless somebody else has it by now."""
        return ScheduledJob.objects.filter(
            pk=self.row.pk, worker=self.row.worker, begun_at=self.row.begun_at, ended_at=None
        )

    def _said(self) -> dict[str, Any]:
        """Return what the command summed up; nothing when it did not come to that."""
        self._facts.seek(0)
        with suppress(ValueError):  # half of an object is none
            said = json.loads(self._facts.read(FACTS))
            if isinstance(said, dict):
                return said
        return {}

    def _how_far(self) -> str:
        """Return how far the command says it is; "" before it does."""
        return os.pread(self._progress.fileno(), SAID, 0).decode(errors="ignore").strip()

    def _printed(self) -> str:
        """Return the last lines that were printed; the very last says what it all comes to. Errors are in the
        log alone: they may name a host.
        """
        self._output.seek(max(0, self._output.seek(0, os.SEEK_END) - LINES * WIDTH))
        lines = self._output.read().decode(errors="replace").splitlines()
        return "\n".join(line[:WIDTH] for line in lines[-LINES:])


def _ended_by(code: int) -> str:
    return f"It was ended by {signal.Signals(-code).name}." if code < 0 else "The log says why."


class Schedule:
    """The part of a worker that looks after the schedule, between its tasks."""

    def __init__(self, worker: str):
        self._worker = worker
        self._run: Run | None = None
        self._next = 0.0

    def look(self) -> None:
        """Begin what is due, and see to what is at work. Raises DatabaseError."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_SECONDS
        if self._run and self._run.is_over():
            self._run = None
        if self._run is None and (row := take(self._worker)):
            try:
                self._run = Run(row)
            except OSError as error:  # no room for its output, or for another process
                logger.error("the scheduled job %s could not be begun: %s", row.name, error)
                _end(row, jobs().filter(pk=row.pk), ScheduledJob.Outcome.FAILED, "The log says why.")

    def stop(self) -> None:
        if self._run:
            self._run.give_back()
