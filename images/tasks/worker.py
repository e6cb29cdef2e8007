"""Does background tasks, one after another, and sees to the schedule, until it is told to stop."""

import logging
import os
import signal
import socket
from contextlib import suppress

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections

from images.concurrency.queries import counted
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


def work() -> None:
    """Do tasks until SIGTERM or SIGINT, which wait until the task at hand is done."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    snapshots.start("worker")
    name, rest = f"{socket.gethostname()}/{os.getpid()}", 0
    schedule, teller = Schedule(name), Teller()
    with counted():
        while signal.sigtimedwait(STOP, rest) is None:
            rest = do_next(name)
            see_to(schedule, teller)
        with suppress(DatabaseError):  # which is away: the lease says when another may have it
            schedule.stop()
    snapshots.publish()


def do_next(worker: str) -> int:
    """Do the task that is next, if there is one; return for how many seconds to rest then.

    SIGALRM ends a process that outlasts the lease of its task: somebody else may have it from then on.
    """
    signal.setitimer(signal.ITIMER_REAL, settings.IMAGELIB_LEASE_SECONDS)
    try:
        task = take(worker)
        error = do(task) if task else None
    except DatabaseError as raised:
        logger.error("the queue of tasks cannot be asked; it is tried again: %s", type(raised).__name__)
        return REST_SECONDS
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        close_old_connections()
    if task is None:
        return POLL_SECONDS
    return REST_SECONDS if isinstance(error, StorageUnavailable) else 0


def see_to(schedule: Schedule, teller: Teller) -> None:
    try:
        schedule.look()
        teller.look()
    except (DatabaseError, Busy) as raised:
        logger.error("the schedule cannot be asked; it is tried again: %s", type(raised).__name__)
    finally:
        close_old_connections()
