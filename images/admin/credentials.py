"""Tokens and lockouts in the admin: looked at and taken back, never made or changed.

A token is made by `createtoken`, which prints it once; the admin's own form would show it in a message. What
django-axes keeps of a locked door stays, since deleting it opens the door; its logs of every sign-in do not:
nobody curates by them, and the server's log has them. Editors see none of this without its permissions.
"""

import axes.admin  # noqa: F401 it registers what is replaced here
import knox.admin  # noqa: F401 as above
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

apps.get_app_config("knox").verbose_name = _("API")
apps.get_app_config("axes").verbose_name = _("Sign-in")
admin.site.unregister([AuthToken, AccessAttempt, AccessLog, AccessFailureLog])


class TakenBackOnly(admin.ModelAdmin):
    """Rows that are looked at and deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(AuthToken)
class TokenAdmin(TakenBackOnly):
    """API tokens. Deleting one revokes it."""

    list_display = ("begins_with", "user", "created", "expiry")
    fields = ("begins_with", "user", "created", "expiry")
    search_fields = ("token_key", "user__username")

    @admin.display(description=_("begins with"), ordering="token_key")
    def begins_with(self, token: AuthToken) -> str:
        return str(token.token_key)


@admin.register(AccessAttempt)
class LockoutAdmin(TakenBackOnly):
    """Failed sign-ins of one name from one address. Deleting them lets the person try again at once."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = (*list_display, "user_agent", "path_info")
    search_fields = ("username", "ip_address")
