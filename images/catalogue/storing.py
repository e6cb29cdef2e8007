"""The one way into the store, and out of it.

That the store takes nothing although it answers is noted, for all processes to see. One that is away is told
otherwise: breakers know it, and it ends by itself. One that is full, over its quota or read-only goes on to
be read, and somebody has to do something. Most stores say why; some, SeaweedFS among them, say the same of
every fault, so what lasts counts as such a refusal, too.

So is what is about to be deleted: PostgreSQL gives a lock to others once the session is gone that had it,
while the store may still be at it. SQLite's are files, which a process has as long as it lives.
"""

import logging
from contextlib import suppress
from datetime import timedelta
from typing import IO

from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from images.errors import Busy
from images.models import Deletion, Refusal
from storage import get_storage
from storage.errors import StorageAway, StorageFull, StorageUnavailable

LASTING = timedelta(minutes=1)  # between two refusals with no put that went: one alone may be a mishap
NOTED = timedelta(seconds=10)  # that another refusal is not written down
DELETION = timedelta(minutes=1)  # that a store takes at most: it has a quarter of that to answer

logger = logging.getLogger(__name__)


def put(key: str, file: IO[bytes], content_type: str) -> None:
    """Put the object into the library's store, as StorageBackend.put does. Raises what that raises, Busy
    while it may still be deleted there, or DatabaseError. Whoever deletes objects under the key, too, is to
    have its lock.
    """
    if may_be_deleted(key):
        raise Busy(_("This file is being cleared away just now. Please try again in a minute."))
    try:
        get_storage().put(key, file, content_type)
    except StorageAway:
        raise
    except StorageUnavailable as error:
        _note(isinstance(error, StorageFull))
        raise
    _forget()


def delete(key: str) -> None:
    """Delete the object, whose lock the caller has, as StorageBackend.delete does, unless it `may_be_deleted`
    already. Nothing is put under the key before the store has ended that. Raises what that raises, or
    DatabaseError.
    """
    if _has_sessions():
        Deletion.objects.filter(until__lte=Now()).delete()
        Deletion.objects.create(key=key, until=Now() + DELETION)
    get_storage().delete(key)
    if _has_sessions():
        Deletion.objects.filter(key=key).delete()


def may_be_deleted(key: str) -> bool:
    """Return whether the store may still be at deleting the object, whoever has its lock by now."""
    return _has_sessions() and Deletion.objects.filter(key=key, until__gt=Now()).exists()


def _has_sessions() -> bool:
    return connection.vendor == "postgresql"


def lasting_refusal() -> Refusal | None:
    """Return since when the store takes nothing; None while it does, or refused once for what it did not say.

    Raises DatabaseError.
    """
    lasts = Q(is_full=True) | Q(met_at__gte=F("since") + LASTING)
    return Refusal.objects.filter(lasts).first()


def _note(is_full: bool) -> None:
    """Note a refusal. It is no matter when the database takes nothing either: it may be on the same disk."""
    now = timezone.now()
    with suppress(DatabaseError, Busy), transaction.atomic():
        known = Refusal.objects.first()
        if known is None:
            Refusal.objects.bulk_create(
                [Refusal(since=now, met_at=now, is_full=is_full)], ignore_conflicts=True
            )
            logger.error("the store answers, and takes nothing from now on")
        elif now - known.met_at >= NOTED or is_full > known.is_full:
            Refusal.objects.update(met_at=now, is_full=is_full or known.is_full)


def _forget() -> None:
    """Note that a put went. It asks first: to write would have every other writer of SQLite wait.

    A database that is away is no matter to be passed over here: with its session the lock is lost under which
    the row of what was put would be written next, by another session.
    """
    if known := Refusal.objects.first():
        with transaction.atomic():
            Refusal.objects.all().delete()
        logger.warning("the store takes objects again, after %s", timezone.now() - known.since)
