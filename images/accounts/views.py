"""Signing in and out, one's own password and e-mail address, and a new password for who forgot theirs."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import NotAuthenticated

from images.accounts.authentication import resolve_user
from images.accounts.passwords import ForgottenPasswordForm, NewPasswordForm, OwnEmailForm, OwnPasswordForm
from images.accounts.resets import ask_for_links
from images.catalogue import access
from images.http.caching import personal
from images.http.limits import count_mail, count_password
from images.http.origin import absolute
from images.http.problems import answers_problems

BACKEND = "django.contrib.auth.backends.ModelBackend"  # of sessions; there are several


class SignIn(auth.LoginView):
    """Sign in, then back to the page that asked for it."""

    template_name = "accounts/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"sends_email": settings.SENDS_EMAIL}


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


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def change_email(request: HttpRequest) -> HttpResponse:
    """Change one's own e-mail address, or take it away."""
    user = cast(User, request.user)
    if request.method == "POST":
        count_password(request)
        form = OwnEmailForm(request.POST, instance=User.objects.get(pk=user.pk))
        if form.is_valid():
            form.save()
            messages.success(request, _("Your e-mail address was saved."))
            return redirect("account")
    else:
        form = OwnEmailForm(instance=user)
    return render(request, "accounts/email.html", {"form": form, "sends_email": settings.SENDS_EMAIL})


@require_http_methods(["GET", "HEAD", "POST"])
def ask_for_link(request: HttpRequest) -> HttpResponse:
    """Have a link to set a new password sent by e-mail. Whether somebody has the address is not told."""
    if not settings.SENDS_EMAIL:
        raise Http404
    if request.method != "POST":
        return render(request, "accounts/reset.html", {"form": ForgottenPasswordForm()})
    count_mail(request)
    form = ForgottenPasswordForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/reset.html", {"form": form}, status=400)
    ask_for_links(form.cleaned_data["email"], absolute(request, "/").rstrip("/"))
    messages.success(request, _("If an account has this e-mail address, a mail is on its way to it."))
    return redirect("login")


class SetPassword(auth.PasswordResetConfirmView):
    """Set a new password, by a link, and be signed in: a lockout would refuse the new password, too. Other
    sessions end, API tokens when that is asked for. The token is soon in the session and not in the address.
    """

    form_class = NewPasswordForm
    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("gallery")
    post_reset_login = True
    post_reset_login_backend = BACKEND

    def get_user(self, uidb64: str) -> User | None:
        user = super().get_user(uidb64)
        return user if user and user.is_active else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"sends_email": settings.SENDS_EMAIL}

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        return super().render_to_response(context, status=200 if self.validlink else 404, **options)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        count_password(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        messages.success(self.request, _("Your password was set, and you are signed in."))
        return super().form_valid(form)


@answers_problems(allow=("GET", "HEAD"))
def may_upload(request: HttpRequest) -> HttpResponse:
    """204, else 401 or 403. The nginx in front asks, with an upload's headers, before it reads the body."""
    user = resolve_user(request, to_write=True)
    if not user.is_authenticated:
        raise NotAuthenticated
    if not access.may_upload(user):
        raise PermissionDenied
    return HttpResponse(status=204)
