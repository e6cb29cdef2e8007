"""A person's sessions: what they are signed in with, seen and ended.

A session that is ended is gone with its next request; no cookie brings it back.
"""

from uuid import UUID

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from images.catalogue.access import AnyUser
from images.models import KnownSession


def sessions_of(user: AnyUser) -> QuerySet[KnownSession]:
    """Return the living sessions of `user`, the one seen last first."""
    living = KnownSession.objects.filter(user=user.pk, session__expire_date__gt=timezone.now())
    return living.order_by("-seen_at", "-pk")


def end_session(user: AnyUser, session_id: UUID) -> None:
    """End one of the sessions of `user`; it may be gone already."""
    Session.objects.filter(known__user=user.pk, known__pk=session_id).delete()


def end_sessions(user: AnyUser, *, but: str | None = None) -> int:
    """End all sessions of `user`, or all but the one with this key; return how many."""
    others = Session.objects.filter(known__user=user.pk).exclude(pk=but)
    return others.delete()[1].get(Session._meta.label, 0)
