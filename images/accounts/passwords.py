"""Forms that change a password, and offer to revoke what else signs in as the person: their API tokens."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.accounts.sessions import end_sessions
from images.accounts.tokens import revoke, tokens_of


class OffersRevocation:
    """Comes before a form of Django's. Programs go on working unless it is asked for."""

    user: User
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(user, *args, **kwargs)  # type: ignore[call-arg]  # the form's that comes after
        if tokens := tokens_of(user).count():
            self.fields["revoke_tokens"] = forms.BooleanField(
                label=ngettext("Revoke %d API token too", "Revoke %d API tokens too", tokens) % tokens,
                help_text=_(
                    "A new password does not stop programs that have a token. Revoking it does, at once."
                ),
                required=False,
            )

    def save(self, commit: bool = True) -> User:
        # Hashed before the transaction, for which others may wait.
        user: User = super().save(commit=False)  # type: ignore[misc]  # as above
        with transaction.atomic():
            if self.cleaned_data.get("revoke_tokens"):
                revoke(tokens_of(self.user))
            end_sessions(self.user)  # Django, which keeps the one that asked, makes it anew
            if commit:
                user.save()
        return user


class OwnPasswordForm(OffersRevocation, PasswordChangeForm):
    """One's own, which asks for the present one."""


class OthersPasswordForm(OffersRevocation, AdminPasswordChangeForm):
    """Another's, in the admin."""

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(user, *args, **kwargs)
        self.order_fields(["usable_password"])
        self.base_fields = self.fields  # type: ignore[misc]  # the admin shows these, and no other
