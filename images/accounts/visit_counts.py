"""How often share links were visited: last to the hour, and so that no visit fails or waits.

A process writes of each link at most once a minute, and counts in memory between: what it has not written
when it ends is lost.
"""

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError
from django.db.models import DateTimeField, F, Value
from django.db.models.functions import Coalesce, Greatest

from images.accounts.last_seen import this_hour
from images.concurrency import outage
from images.concurrency.unwaited import without_waiting
from images.models import ShareLink

PAUSE = 60  # seconds between two writes of one link

logger = logging.getLogger(__name__)


@dataclass
class Visits:
    """Of one link those that are not written yet, the `hour` of the last one, and when they may be."""

    count: int = 0
    hour: datetime | None = None
    due: float = 0.0


_noted: dict[UUID, Visits] = {}  # those that were visited since write_visits was last called, about
_lock = threading.Lock()


def note_visit(share: ShareLink) -> None:
    """Count one visit of `share`."""
    with _lock:
        visits = _noted.setdefault(share.pk, Visits())
        visits.count += 1
        visits.hour = this_hour()
    _write(share.pk)


def write_visits() -> None:
    """Write what is not written yet of links that nobody visited again, and forget those."""
    for link in list(_noted):
        _write(link)
    with _lock:
        for link, visits in list(_noted.items()):
            if not visits.count and visits.due <= time.monotonic():
                del _noted[link]


def _write(link: UUID) -> None:
    with _lock:
        visits = _noted.get(link)
        if not visits or not visits.count or visits.due > time.monotonic():
            return
        count, hour, visits.count = visits.count, visits.hour, 0
        visits.due = time.monotonic() + PAUSE
    last = Value(hour, DateTimeField())
    try:
        with without_waiting():
            ShareLink.objects.filter(pk=link).update(
                visits=F("visits") + count,
                last_visit_at=Greatest(Coalesce("last_visit_at", last), last),
            )
    except DatabaseError as error:
        if not outage.is_known(error):
            logger.info("The visits of a share link are not noted yet: %s", error)
        with _lock:
            _noted.setdefault(link, Visits()).count += count
