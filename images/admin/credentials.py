"""Tokens, invitations and lockouts in the admin: looked at and taken back, never made or changed.

A token is made by its person, or by `createtoken`, and shown once; the admin's own form would show it in a
message. So is an invitation, on a page of its own. What django-axes keeps of a locked door stays, since
deleting it opens the door; its logs of every sign-in do not: nobody curates by them, and the server's log has
them. Editors see none of this without its permissions.
"""

from datetime import datetime

import axes.admin  # noqa: F401 it registers what is replaced here
import knox.admin  # noqa: F401 as above
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken

from images.accounts.tokens import revoke
from images.admin.lists import BoundedPaginator
from images.models import Invitation, Token

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
    """API tokens. Deleting one revokes it, and those that were made with it."""

    list_display = ("begins_with", "name", "user", "scope", "created", "expiry", "last_used")
    fields = list_display
    search_fields = ("token_key", "terms__name", "user__username")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Token]:
        every: QuerySet[Token] = Token.objects.select_related("user", "terms")
        return every

    @admin.display(description=_("begins with"), ordering="token_key")
    def begins_with(self, token: Token) -> str:
        return str(token.token_key)

    @admin.display(description=_("name"), ordering="terms__name")
    def name(self, token: Token) -> str:
        return token.name

    @admin.display(description=_("may"), ordering="terms__scope")
    def scope(self, token: Token) -> str:
        return str(token.scope.label)

    @admin.display(description=_("last used"), ordering="terms__last_used_at")
    def last_used(self, token: Token) -> datetime | None:
        return token.last_used_at

    def delete_model(self, request: HttpRequest, token: Token) -> None:
        revoke(Token.objects.filter(pk=token.pk))

    def delete_queryset(self, request: HttpRequest, tokens: QuerySet[Token]) -> None:
        revoke(tokens)


@admin.register(Invitation)
class InvitationAdmin(TakenBackOnly):
    """Everybody's invitations. Deleting one that nobody used revokes it; an account that it made stays."""

    list_display = ("__str__", "group", "made_by", "created_at", "expires_at", "used_by")
    list_select_related = ("group", "made_by", "used_by")
    fields = ("note", *list_display[1:])
    search_fields = ("note", "made_by__username", "used_by__username")
    ordering = ("-created_at", "-id")
    sortable_by = ()  # no other order has an index
    paginator = BoundedPaginator
    show_full_result_count = False


@admin.register(AccessAttempt)
class LockoutAdmin(TakenBackOnly):
    """Failed sign-ins of one name from one address. Deleting them lets the person try again at once."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    fields = (*list_display, "user_agent", "path_info")
    search_fields = ("username", "ip_address")
