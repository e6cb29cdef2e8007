"""What does not fit around a server: tables, clocks, its secret key.

Each is said in a sentence, in the log of a server that starts and by `check --deploy --database default`.
Much goes on working all the same, so none of it is refused.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.checks import CheckMessage, Warning
from django.db import Error as DatabaseError
from django.db import connection, connections

from images.concurrency.sessions import refusal
from images.models import LastKey
from images.models.key import ONLY
from images.models.tables import differing_migrations
from storage import get_storage
from storage.errors import StorageError

CLOCK_SECONDS = 5  # by which clocks may differ; a store's tells whole seconds
AGAIN_SECONDS = 2  # until a database that is away is asked again
NAMED = 3  # migrations; the others are counted

logger = logging.getLogger("imagelib")


def start(end: Callable[[str], None] | None = None) -> None:
    """Say in the log what does not fit, in a thread: no silent database or store holds up a server.

    One that began while the database was away brings `end`, which is told why no lock would hold, if so.
    """
    threading.Thread(target=_look, args=[end], name="surroundings", daemon=True).start()


def misfits() -> list[CheckMessage]:
    """Return a warning for each thing that does not fit. Writes nothing. Raises DatabaseError."""
    missing, unknown = differing_migrations()
    found = [*_said_of_migrations(missing, unknown), *_said_of_clocks()]
    return found if missing else [*found, *_said_of_key()]


def keep_key() -> None:
    """Have the next server compare its key with this one's. Raises DatabaseError."""
    if not (kept := LastKey.objects.first()) or not _is_ours(kept):
        hasher = PBKDF2PasswordHasher()
        digest = hasher.encode(settings.SECRET_KEY, hasher.salt())
        LastKey.objects.update_or_create(pk=ONLY, defaults={"digest": digest})


def _look(end: Callable[[str], None] | None) -> None:
    if end and (sentence := _answer()):
        end(sentence)
    else:
        _say()


def _answer() -> str:
    """Return why no lock would hold, "" when they do, once the database says."""
    is_said = False
    while True:
        try:
            return refusal()
        except DatabaseError as error:
            if not is_said:
                _say_it_is_away(error)
            is_said = True
        time.sleep(AGAIN_SECONDS)


def _say() -> None:
    try:
        for misfit in misfits():
            logger.warning("%s %s", misfit.msg, misfit.hint)
        keep_key()
    except DatabaseError as error:
        _say_it_is_away(error)
    finally:
        connections.close_all()


def _say_it_is_away(error: DatabaseError) -> None:
    logger.warning("The database could not be looked at: %s", str(error).partition("\n")[0])


# --- Tables ----------------------------------------------------------------------------------------


def _said_of_migrations(missing: list[str], unknown: list[str]) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if missing:
        sentence = f"The database is not migrated to this version: it lacks {_named(missing)}."
        found.append(Warning(sentence, hint="Run `manage.py migrate`.", id="imagelib.W007"))
    if unknown:
        sentence = f"The database is ahead of this version, which does not know {_named(unknown)}."
        hint = "A later version migrated it: bring this server up to that one."
        found.append(Warning(sentence, hint=hint, id="imagelib.W008"))
    return found


def _named(names: list[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


# --- Clocks ----------------------------------------------------------------------------------------


def _said_of_clocks() -> list[CheckMessage]:
    found: list[CheckMessage] = []
    clocks: list[tuple[str, Callable[[], datetime | None]]] = [("the store's", _clock_of_store)]
    if connection.vendor == "postgresql":
        connection.ensure_connection()  # which takes a while
        clocks.insert(0, ("PostgreSQL's", _clock_of_postgresql))
    for whose, ask in clocks:
        if abs(ahead := _seconds_ahead(ask)) > CLOCK_SECONDS:
            side = "ahead of" if ahead > 0 else "behind"
            sentence = f"The clock of this machine is {abs(ahead):.0f} seconds {side} {whose}."
            hint = "Have every machine keep its time (NTP): a store refuses all from 15 minutes on."
            found.append(Warning(sentence, hint=hint, id="imagelib.W005"))
    return found


def _seconds_ahead(ask: Callable[[], datetime | None]) -> float:
    """Return by how much this machine's clock must be ahead of the one that `ask` asks: that told its time at
    some moment between question and answer. Negative when it is behind.
    """
    begun = time.time()
    told = ask()
    ended = time.time()
    there = told.timestamp() if told else begun
    return max(0, begun - there) or min(0, ended - there)


def _clock_of_postgresql() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (told,) = cursor.fetchone()
    moment: datetime = told
    return moment


def _clock_of_store() -> datetime | None:
    try:
        return get_storage().clock()
    except StorageError:  # the log of the storage says why
        return None


# --- The secret key --------------------------------------------------------------------------------


def _said_of_key() -> list[CheckMessage]:
    if not (kept := LastKey.objects.first()) or _is_ours(kept):
        return []
    return [
        Warning(
            "The server that started last on this database had another secret key: sessions and links of one "
            "server are not those of the other.",
            hint="Give every server the same IMAGELIB_SECRET_KEY. If you changed it on purpose, this is said "
            "once.",
            id="imagelib.W006",
        )
    ]


def _is_ours(kept: LastKey) -> bool:
    return PBKDF2PasswordHasher().verify(settings.SECRET_KEY, kept.digest)
