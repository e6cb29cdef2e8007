"""Whose a session is. Django keeps its session's data, which say so to nobody but itself."""

import uuid

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models

MAX_AGENT_LENGTH = 300


class KnownSession(models.Model):
    """A session of somebody who signed in, from which browser, and when it was last seen.

    Beside Django's table and not in its place (a session model of our own): whoever is signed
    in stays so, and code of before finds its sessions. It deletes some, too: so no constraint of the database
    ties the two. The address is not kept: it is a proxy's on many a network, and tells where people live on
    the others.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)  # the key itself signs in
    session = models.OneToOneField(
        Session, on_delete=models.CASCADE, related_name="known", db_constraint=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False)
    agent = models.CharField(max_length=MAX_AGENT_LENGTH, db_default="")  # User-Agent
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()  # the beginning of that hour

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at", "-id"], name="known_session_latest")]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
