"""API tokens: knox's rows of their hashes, and what people said of them. Rules are in accounts/tokens.py."""

from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

MAX_NAME_LENGTH = 100
ID_LENGTH = 32  # hex digits


class Scope(models.TextChoices):
    """What a token may do of what its person may."""

    READ = "read", _("read")
    WRITE = "write", _("read and write")


class TokenTerms(models.Model):
    """What was said of a token when it was made, and when it was last used. One without is of before there
    were terms, or was made by code of before: it may write.

    No constraint of the database ties the two: code of before deletes tokens, and knows of no terms.
    """

    token = models.OneToOneField(
        AuthToken, on_delete=models.CASCADE, primary_key=True, related_name="terms", db_constraint=False
    )
    name = models.CharField(_("name"), max_length=MAX_NAME_LENGTH, db_default="")
    scope = models.CharField(_("scope"), max_length=5, choices=Scope, db_default=Scope.WRITE)
    made_with = models.ForeignKey(  # the token that made this one, if one did
        AuthToken, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    last_used_at = models.DateTimeField(_("last used"), null=True)  # the beginning of that hour

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Token(AuthToken):
    """A token with its terms."""

    class Meta:
        proxy = True
        default_permissions = ()

    def __str__(self) -> str:
        """As the admin's log has it, which stays when the person is gone."""
        return self.name

    @property
    def id(self) -> UUID:
        """Names it in addresses: 128 of the 512 bits of the digest, from which nobody guesses the token."""
        return UUID(self.digest[:ID_LENGTH])

    @property
    def terms_or_none(self) -> TokenTerms | None:
        return getattr(self, "terms", None)

    @property
    def name(self) -> str:
        """As its person called it, else by its first characters."""
        terms = self.terms_or_none
        return (terms and terms.name) or f"{self.begins_with}…"

    @property
    def begins_with(self) -> str:
        return str(self.token_key[:8])

    @property
    def scope(self) -> Scope:
        terms = self.terms_or_none
        return Scope(terms.scope) if terms else Scope.WRITE

    @property
    def last_used_at(self) -> datetime | None:
        """The beginning of the hour."""
        terms = self.terms_or_none
        return terms.last_used_at if terms else None

    def is_expired(self, now: datetime) -> bool:
        return self.expiry is not None and self.expiry <= now
