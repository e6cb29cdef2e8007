"""Forms that change a password, and offer to revoke what else signs in as the person: their API tokens. And
those of the e-mail address, with which another password can be had.
"""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    PasswordChangeForm,
    PasswordResetForm,
    SetPasswordForm,
)
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

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


class NewPasswordForm(OffersRevocation, SetPasswordForm):
    """That of somebody who forgot the one before."""


class OthersPasswordForm(OffersRevocation, AdminPasswordChangeForm):
    """Another's, in the admin."""

    def __init__(self, user: User, *args: Any, **kwargs: Any):
        super().__init__(user, *args, **kwargs)
        self.order_fields(["usable_password"])
        self.base_fields = self.fields  # type: ignore[misc]  # the admin shows these, and no other


class ForgottenPasswordForm(PasswordResetForm):
    """Asks for a link to a new password."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")


class OwnEmailForm(forms.ModelForm):
    """One's own e-mail address. It asks for the password: who finds a browser signed in, and sets an address
    of their own, could have a link to a new password sent there, and would have the account for good.

    That the address is one's own is not checked: a link sent to a wrong one opens this account, and no other.
    """

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    class Meta:
        model = User
        fields = ("email",)
        labels = {"email": _("E-mail address")}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "email"})}

    def clean_password(self) -> None:
        if not self.instance.check_password(self.cleaned_data["password"]):
            raise ValidationError(gettext("This is not your password."))

    def save(self, commit: bool = True) -> User:
        self.instance.save(update_fields=["email"])
        user: User = self.instance
        return user
