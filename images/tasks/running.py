"""A job of the schedule at work, and the part of a worker that begins it and sees to it."""

import json
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from imagelib import supervisor
from images.models import ScheduledJob
from images.tasks.schedule import command_of, end, jobs, lease, take

logger = logging.getLogger(__name__)

LONGEST = timedelta(hours=12)  # that a job may take
LOOK_SECONDS = 5.0  # between two looks at what is due, and at what is at work
NICENESS = 10  # of a job: who waits to be answered comes first
STOP_SECONDS = 10  # that a job has to end when its worker does
LINES, WIDTH = 20, 500  # what is kept of what a job printed last
FACTS = 10_000  # bytes of what it summed up; what is longer is not kept
SAID = 200  # bytes at most that say how far it is


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
        end(self.row, self._held(), outcome, printed or (_ended_by(code) if code else ""))
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
                end(row, jobs().filter(pk=row.pk), ScheduledJob.Outcome.FAILED, "The log says why.")

    def stop(self) -> None:
        if self._run:
            self._run.give_back()
