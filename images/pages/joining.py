"""The page behind an invitation: an account is made by whoever has its address."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from images.accounts.invitations import find_invitation, join
from images.accounts.views import BACKEND
from images.http.limits import count_password


class JoinForm(UserCreationForm):
    """Who comes."""

    class Meta(UserCreationForm.Meta):
        fields = ("username", "email")
        labels = {"email": gettext_lazy("E-mail address (optional)")}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.order_fields(["username", "password1", "password2", "email"])


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
def join_page(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask whoever has the invitation for a name and a password; a POST makes the account and signs in.

    A stranger makes the server look for one row, and hash nothing.
    """
    find_invitation(secret)
    if request.method != "POST":
        return _page(request, JoinForm())
    count_password(request)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    newcomer = form.save(commit=False)  # hashed before the transaction, which others may wait for
    try:
        join(secret, newcomer)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form, status=400)
    login(request, newcomer, BACKEND)
    messages.success(request, _("Welcome! Your account is made, and you are signed in."))
    return redirect("gallery")


def _page(request: HttpRequest, form: JoinForm, status: int = 200) -> HttpResponse:
    return render(request, "accounts/join.html", {"form": form}, status=status)
