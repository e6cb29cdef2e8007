"""Sessions that say whose they are: Django's own, with a row beside each that is somebody's.

The name of the class is part of what Django signs: one of another name would end every session.
"""

import logging
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.db import DatabaseError, transaction
from django.utils import timezone

from images.accounts.last_seen import this_hour
from images.concurrency import outage
from images.concurrency.unwaited import without_waiting
from images.models import KnownSession
from images.models.session import MAX_AGENT_LENGTH
from images.text import clean

SEEN = "seen"  # in the session's data: the hour of its last save
REMEMBERED = 1000  # sessions seen in this hour, which a process need not write down again
FORGOTTEN = 100  # sessions of a person that are over, at most, with each that is saved

logger = logging.getLogger(__name__)


class SessionStore(DatabaseSessionStore):
    """A session; `agent` is the browser that sent it. Saved, it is known: whichever door was signed in by."""

    agent = ""
    owner: int | None = None  # of what was saved last

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        self.owner = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        if self.owner:
            data[SEEN] = this_hour().isoformat()
        return super().create_model_instance(data)

    def save(self, must_create: bool = False) -> None:
        with transaction.atomic():
            super().save(must_create)
            if self.owner and self.session_key:
                over = Session.objects.filter(known__user=self.owner, expire_date__lte=timezone.now())
                forgotten = [*over.values_list("pk", flat=True)[:FORGOTTEN]]
                Session.objects.filter(pk__in=forgotten).delete()
                know(self.session_key, self.owner, self.agent, this_hour())

    def see(self) -> None:
        """Note that this session, if it is somebody's, was seen in this hour. Neither fails nor waits: what
        cannot be written now is written with one of the next requests.
        """
        try:
            owner, hour = self.get(SESSION_KEY), this_hour()
            if owner and self.session_key and self.get(SEEN) != hour.isoformat():
                _see(self.session_key, int(owner), self.agent[:MAX_AGENT_LENGTH], hour)
        except DatabaseError as error:
            if not outage.is_known(error):
                logger.info("A session is not noted yet: %s", error)


@lru_cache(maxsize=REMEMBERED)  # what raises is not remembered
def _see(key: str, owner: int, agent: str, hour: datetime) -> None:
    with without_waiting():
        know(key, owner, agent, hour)


def know(key: str, owner: int, agent: str, hour: datetime) -> None:
    """Write down whose the session with this key is, from which browser, and that it was seen in `hour`."""
    agent = clean(agent)[:MAX_AGENT_LENGTH]
    known = KnownSession(session_id=key, user_id=owner, agent=agent, created_at=timezone.now(), seen_at=hour)
    KnownSession.objects.bulk_create(
        [known], update_conflicts=True, unique_fields=["session"], update_fields=["agent", "seen_at"]
    )
