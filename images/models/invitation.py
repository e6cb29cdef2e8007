"""Invitations: addresses that make an account, each once. Rules are in accounts/invitations.py."""

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _

MAX_NOTE_LENGTH = 100


class Invitation(models.Model):
    """An account in a group for whoever comes with its secret first. It ends with the person who made it,
    with the group, and with the account that it made: of somebody who is gone no list tells the name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)  # SHA-256 in hex
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        on_delete=models.CASCADE,
        related_name="invitations",
        db_index=False,
    )
    note = models.CharField(_("for"), max_length=MAX_NOTE_LENGTH, blank=True, default="", db_default="")
    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("ends"))
    used_by = models.OneToOneField(  # null until then
        settings.AUTH_USER_MODEL,
        verbose_name=_("used by"),
        on_delete=models.CASCADE,
        null=True,
        related_name="invitation",
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        default_permissions = ("add", "delete", "view")
        indexes = [
            models.Index(fields=["made_by", "-created_at", "-id"], name="invitation_newest"),
            models.Index(fields=["-created_at", "-id"], name="invitation_created_at"),
        ]

    def __str__(self) -> str:
        return self.note or str(self.pk)

    def is_expired(self, now: datetime) -> bool:
        return self.used_by_id is None and self.expires_at <= now
