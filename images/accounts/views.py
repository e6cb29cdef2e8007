"""Signing in and out, and one's own password."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotAuthenticated

from images.accounts.authentication import resolve_user
from images.accounts.passwords import OwnPasswordForm
from images.catalogue import access
from images.http.caching import personal
from images.http.problems import answers_problems


class SignIn(auth.LoginView):
    """Sign in, then back to the page that asked for it."""

    template_name = "accounts/login.html"


class SignOut(auth.LogoutView):
    """Sign out, by POST."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        messages.success(request, _("You are signed out."))
        return response


@method_decorator(personal, name="dispatch")
class ChangePassword(SuccessMessageMixin, auth.PasswordChangeView):
    """Change one's own password; other sessions of the person end, API tokens when that is asked for."""

    form_class = OwnPasswordForm
    template_name = "accounts/password.html"
    success_url = reverse_lazy("gallery")

    def get_success_message(self, cleaned_data: dict[str, Any]) -> str:
        if cleaned_data.get("revoke_tokens"):
            return _("Your password was changed, and your API tokens were revoked.")
        return _("Your password was changed.")


@answers_problems(allow=("GET", "HEAD"))
def may_upload(request: HttpRequest) -> HttpResponse:
    """204, else 401 or 403. The nginx in front asks, with an upload's headers, before it reads the body."""
    user = resolve_user(request, to_write=True)
    if not user.is_authenticated:
        raise NotAuthenticated
    if not access.may_upload(user):
        raise PermissionDenied
    return HttpResponse(status=204)
