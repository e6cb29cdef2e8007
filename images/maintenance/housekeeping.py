"""What every server does by itself now and then, in a thread of each of its processes."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.db import connections
from django.utils import timezone

from images.accounts.visit_counts import write_visits
from images.maintenance.garbage import wanted_digests
from storage import get_storage

logger = logging.getLogger(__name__)


def start(tell: Callable[[], None]) -> None:
    """Keep house from now on, as long as this process lives, and `tell` whom it concerns."""
    threading.Thread(target=_keep_house, args=(tell,), name="housekeeping", daemon=True).start()


def _keep_house(tell: Callable[[], None]) -> None:
    while True:
        try:
            write_visits()
            if is_due():
                forget_what_is_gone()
                tell()
        except Exception:  # whatever it was, the next time it may work
            logger.exception("housekeeping failed; it is tried again")
        finally:
            connections.close_all()  # idle, it would keep one of the database's
        time.sleep(settings.IMAGELIB_HOUSEKEEPING_SECONDS)


def is_due() -> bool:
    """Whether no process of this data folder was told so for a period; the next one is not, then.

    Two that ask at once may both be told: the work is done twice, and no harm.
    """
    note = settings.IMAGELIB_DATA_DIR / "housekeeping"  # its time is all that it says
    with suppress(FileNotFoundError):
        if 0 <= time.time() - note.stat().st_mtime < settings.IMAGELIB_HOUSEKEEPING_SECONDS:
            return False
    note.touch()
    return True


def forget_what_is_gone() -> int:
    """Remove from this server's cache what no row refers to: purged images, and what was drawn of them.

    Returns the number of files. What came within the last period is left to the next time.
    """
    before = timezone.now() - timedelta(seconds=settings.IMAGELIB_HOUSEKEEPING_SECONDS)
    forgotten = get_storage().forget_copies(wanted_digests, before)
    if forgotten:
        logger.info("forgot %s cached files that no image refers to any more", forgotten)
    return forgotten
