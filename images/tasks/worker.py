"""Does background tasks, one after another, and sees to the schedule, until it is told to stop."""

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections

from images.concurrency.queries import counted
from images.concurrency.sessions import refusal
from images.errors import Busy
from images.http import snapshots
from images.tasks.notices import Teller
from images.tasks.queue import do, take
from images.tasks.running import Schedule
from storage.errors import StorageUnavailable

logger = logging.getLogger(__name__)

POLL_SECONDS = 1  # until an empty queue is asked again
REST_SECONDS = 10  # while the store or the database is away: the other tasks would use up their attempts
STOP = (signal.SIGTERM, signal.SIGINT)


def work() -> str:
    """Do tasks until SIGTERM or SIGINT, which wait until the task at hand is done. Return "", or at once why
    it does none: no lock would hold. A database that is away is asked for that before the first.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    snapshots.start("worker")
    name, rest = f"{socket.gethostname()}/{os.getpid()}", 0
    schedule, teller, refused = Schedule(name), Teller(), None
    with counted():
        while signal.sigtimedwait(STOP, rest) is None:
            if refused is None and (refused := ask()) is None:
                rest = REST_SECONDS
                continue
            if refused:
                return refused
            rest = do_next(name)
            see_to(schedule, teller)
        with suppress(DatabaseError):  # which is away: the lease says when another may have it
            schedule.stop()
    snapshots.publish()
    return ""


def ask() -> str | None:
    """Return why no task may be done here, "" when all may; None while the database is away."""
    try:
        return refusal()
    except DatabaseError as error:
        logger.error("The database could not be looked at: %s", str(error).partition("\n")[0])
        return None


@contextmanager
def within_lease() -> Iterator[None]:
    """SIGALRM ends a process that takes longer: somebody else may have its task or its job from then on."""
    signal.setitimer(signal.ITIMER_REAL, settings.IMAGELIB_LEASE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        close_old_connections()


@within_lease()
def do_next(worker: str) -> int:
    """Do the task that is next, if there is one; return for how many seconds to rest then."""
    try:
        task = take(worker)
        error = do(task) if task else None
    except DatabaseError as raised:
        logger.error("the queue of tasks cannot be asked; it is tried again: %s", type(raised).__name__)
        return REST_SECONDS
    if task is None:
        return POLL_SECONDS
    return REST_SECONDS if isinstance(error, StorageUnavailable) else 0


@within_lease()
def see_to(schedule: Schedule, teller: Teller) -> None:
    """Look at what is due and what is to be told. Another worker that holds their rows is not waited for."""
    try:
        schedule.look()
        teller.look()
    except (DatabaseError, Busy) as raised:
        logger.error("the schedule cannot be asked; it is tried again: %s", type(raised).__name__)
