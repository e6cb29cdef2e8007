"""What an operator has to know, in sentences: a banner in the admin has them, and mails."""

import logging
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import Error as DatabaseError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from images.catalogue.storing import lasting_refusal
from images.errors import Busy, Undelivered
from images.http import branding
from images.http.room import shortage
from images.models import ScheduledJob, Warned
from images.tasks.figures import age_of_oldest, backup_age, damaged, number_given_up
from images.tasks.schedule import JOBS, jobs

STARTED = time.monotonic()
OVERDUE = timedelta(hours=2)  # that a job may wait for a worker, but not for another job
OLD = timedelta(days=2)  # of a backup, as the job that looks at its age is told
STUCK = timedelta(minutes=15)  # that a task may wait
FILLING = 0.1  # of a disk, when less is free
REMINDED = timedelta(days=1)
OVER = timedelta(hours=1)  # that a warning holds no more until it is told: some come and go
HERE = f"disk of {socket.gethostname()}"[:128]  # each machine has its own
FRESH_SECONDS = 20.0  # that a process shows the same: every page of the admin asks
TOLD_SECONDS = 300.0  # between two looks of a worker at what a mail has to tell
NO_WORKER = ("queue", "worker")  # what no worker may be there to tell
FULL = (
    "The store takes no more, because it is full or a quota is used up. Uploads and backups fail, all else "
    "goes on: make room there, or raise the quota."
)
REFUSES = (
    "The store answers, and takes nothing: it is full, a quota is used up, it is read-only, or the keys may "
    "not write. Uploads and backups fail, all else goes on; the log has its words."
)
PRIORITY = 50  # of mails: somebody waits for them

logger = logging.getLogger(__name__)


class Notice(NamedTuple):
    """A warning: `kind` names what is amiss, `sentence` says it and what to do."""

    kind: str
    sentence: str


class _Shown:
    """What this process looked up last, and until when it is shown."""

    until = 0.0
    notices: tuple[Notice, ...] = ()


def shown() -> tuple[Notice, ...]:
    """Return the warnings of now, give or take FRESH_SECONDS; none while the database is away."""
    if time.monotonic() >= _Shown.until:
        with suppress(DatabaseError, Busy):
            _Shown.notices, _Shown.until = tuple(notices()), time.monotonic() + FRESH_SECONDS
    return _Shown.notices


def notices() -> Iterator[Notice]:
    """Yield what is amiss now. Raises DatabaseError or Busy."""
    yield from _of_jobs({row.name: row for row in jobs()})
    yield from _of_disks()
    if refusal := lasting_refusal():
        yield Notice("store", _(FULL) if refusal.is_full else _(REFUSES))
    if age_of_oldest() > STUCK:
        yield Notice(
            "queue",
            _("Background tasks wait for more than a quarter of an hour: is a worker running?"),
        )
    if number_given_up():
        yield Notice("given-up", _("Background tasks were given up: see them under Background tasks."))


def _of_jobs(rows: dict[str, ScheduledJob]) -> Iterator[Notice]:
    Outcome = ScheduledJob.Outcome
    now = timezone.now()
    found = {name: row.facts for name, row in rows.items() if row.is_on and row.facts}
    age, looked = backup_age(found), rows["backup-age"]
    if looked.is_on and (looked.outcome == Outcome.PROBLEMS if age is None else age > OLD.total_seconds()):
        yield Notice(
            "backup",
            _("The newest backup in the store is too old, or there is none: see what backuplibrary says."),
        )
    verified = rows["verify"]  # one that failed has not seen that what was found before is well
    if verified.is_on and (
        verified.outcome == Outcome.PROBLEMS or (verified.outcome == Outcome.FAILED and damaged(found))
    ):
        yield Notice(
            "damage",
            _("The last verification found originals or backups that are missing or damaged."),
        )
    for name, row in rows.items():
        if row.is_on and row.outcome == Outcome.FAILED:
            command = JOBS[name].command[0]
            yield Notice(f"failed-{name}", _("%s could not be done; the log says why.") % command)
    waits = any(row.due_at < now - OVERDUE for row in rows.values() if row.is_on)
    if waits and not any(row.is_at_work(now) or _ended_lately(row, now) for row in rows.values()):
        yield Notice("worker", _("Nothing of the schedule is done: no worker is running."))


def _ended_lately(row: ScheduledJob, now: datetime) -> bool:
    return row.ended_at is not None and row.ended_at > now - OVERDUE


def _of_disks() -> Iterator[Notice]:
    if sentence := shortage():
        yield Notice(HERE, sentence)
        return
    with suppress(OSError):
        disk = shutil.disk_usage(settings.IMAGELIB_DATA_DIR)
        if disk.free < FILLING * disk.total:
            yield Notice(HERE, _("The disk of the data folder is filling: less than a tenth is free."))


class Letter(NamedTuple):
    """A mail to be sent."""

    kind: str
    sentence: str
    is_over: bool = False


def tell() -> None:
    """Enqueue a mail for each warning that is new, or a day old, and for each that is over. Whatever the
    number of workers that look, each is told once. Without a server for mail nothing is done.
    """
    others = Q(kind__startswith="disk of ") & ~Q(kind=HERE)  # they know themselves
    _tell(
        lambda kind: True,
        Warned.objects.exclude(others),
        lambda letter: send_warning.enqueue(letter.kind, sentence=letter.sentence, is_over=letter.is_over),
    )


def tell_without_worker() -> None:
    """Send what a server has to tell itself: that no worker does anything, and of the disk of a machine that
    has none. Workers, who start with it, have a while to begin. What could not be sent is, the next time.

    Raises DatabaseError or Busy.
    """
    if time.monotonic() < STARTED + TOLD_SECONDS:
        return
    kinds = {HERE, *NO_WORKER}
    letters: list[Letter] = []
    try:
        _tell(kinds.__contains__, Warned.objects.filter(kind__in=kinds), letters.append)
    finally:  # what was noted is not told again for a day
        for letter in letters:
            try:
                send_warning.call(letter.kind, sentence=letter.sentence, is_over=letter.is_over)
            except Undelivered as error:
                logger.error("a warning was not sent: %s", error)
                Warned.objects.filter(kind=letter.kind).delete()


def _tell(is_told: Callable[[str], bool], known: QuerySet[Warned], send: Callable[[Letter], object]) -> None:
    """Bring the `known` warnings up to date with those of now whose kind `is_told`, and `send` what a mail
    has to tell of it.
    """
    if not settings.SENDS_EMAIL:
        return
    now, amiss = timezone.now(), {kind: sentence for kind, sentence in notices() if is_told(kind)}
    for kind, sentence in amiss.items():
        with transaction.atomic():
            row, is_new = Warned.objects.select_for_update(nowait=True).get_or_create(
                kind=kind, defaults={"told_at": now, "sentence": sentence}
            )
            if is_new or row.told_at <= now - REMINDED:
                Warned.objects.filter(kind=kind).update(told_at=now, sentence=sentence, over_since=None)
                send(Letter(kind, sentence))
            elif row.over_since:
                Warned.objects.filter(kind=kind).update(over_since=None)
    for row in known.exclude(kind__in=amiss):
        if row.over_since is None:
            Warned.objects.filter(kind=row.kind, over_since=None).update(over_since=now)
        elif row.over_since <= now - OVER:
            with transaction.atomic():
                if Warned.objects.filter(kind=row.kind, over_since=row.over_since).delete()[0]:
                    send(Letter(row.kind, row.sentence, is_over=True))


class Teller:
    """The part of a worker that looks now and then whether there is something to tell by mail."""

    def __init__(self) -> None:
        self._next = 0.0

    def look(self) -> None:
        """Raises DatabaseError or Busy."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + TOLD_SECONDS
            tell()


@task(priority=PRIORITY)
def send_warning(kind: str, *, sentence: str, is_over: bool = False) -> None:
    """Send superusers who have an address a warning, or word that it is over. Raises Undelivered."""
    people = User.objects.filter(is_superuser=True, is_active=True).exclude(email="")
    addresses = sorted(people.values_list("email", flat=True))
    if not addresses:
        logger.warning("no superuser has an e-mail address to be told: %s", sentence)
        return
    subject = _("%(library)s: a warning is over") if is_over else _("%(library)s: a warning")
    lines = [_("It is over:"), sentence] if is_over else [sentence]
    if settings.IMAGELIB_PUBLIC_URL:
        lines.append(settings.IMAGELIB_PUBLIC_URL.geturl() + reverse("admin:images_scheduledjob_changelist"))
    try:
        send_mail(subject % {"library": str(branding.library())}, "\n".join([*lines, ""]), None, addresses)
    except Exception as error:  # of whatever kind; and what it says may have an address in it
        raise Undelivered(f"The server for mail took none: {type(error).__name__}.") from None
