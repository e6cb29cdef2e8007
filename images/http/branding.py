"""The face of the library on every page: what the admin set, without a query for each of them.

A process reads it anew when it is asked after KEPT seconds, so it shows by then what was changed at another.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest

from images.models import Library

KEPT = 5  # seconds

logger = logging.getLogger(__name__)

_reading = threading.Lock()
_row, _until = Library(), float("-inf")


def library() -> Library:
    """Return what is set, as it was at most KEPT seconds ago, with its logo; while the database does not
    answer, what was known before.
    """
    # One of many reads, while the others have what was known. Only at first there is nothing: they wait.
    is_first = _until == float("-inf")
    if time.monotonic() >= _until and _reading.acquire(timeout=KEPT if is_first else 0):
        try:
            if time.monotonic() >= _until:
                keep(_read())
        finally:
            _reading.release()
    return _row


def known() -> Library:
    """Return what was read last, and ask nothing: for where the database may be what failed."""
    return _row


def keep(row: Library, seconds: float = KEPT) -> None:
    """Show `row` for the next `seconds`, in this process."""
    global _row, _until
    _row, _until = row, time.monotonic() + seconds


def forget() -> None:
    """Have it read anew when it is asked for next."""
    global _until
    _until = float("-inf")


def branding(request: HttpRequest) -> dict[str, Callable[[], Library]]:
    """Context processor. Templates call it, so one that shows nothing of it asks for nothing."""
    return {"library": library}


def _read() -> Library:
    try:
        return Library.objects.select_related("logo").first() or Library()
    except Error as error:
        logger.warning("The library's name and colours could not be read: %s", error)
        return _row
