"""Share links in the admin: everybody's are looked at and ended, never made or changed."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.admin.credentials import TakenBackOnly
from images.admin.lists import BoundedPaginator
from images.catalogue.sharing import revoke
from images.models import ShareLink

MAX_PEOPLE = 100  # whose links one search finds


@admin.register(ShareLink)
class ShareAdmin(TakenBackOnly):
    list_display = (
        *("__str__", "maker", "leads_to", "created_at", "expires_at", "revoked_at"),
        *("visits", "last_visit_at"),
    )
    fields = (
        *("maker", "leads_to", "note", "has_password", "may_download", "may_locate"),
        *("created_at", "expires_at", "revoked_at", "visits", "last_visit_at"),
    )
    readonly_fields = fields
    list_select_related = ("maker", "image", "album")
    list_per_page = 100
    paginator = BoundedPaginator
    show_full_result_count = False
    ordering = ("-created_at", "-id")
    sortable_by = ()  # no other order has an index
    search_fields = ("maker__username",)
    search_help_text = _("A part of the name of who made them.")
    actions = ("end",)

    @admin.display(description=_("shows"))
    def leads_to(self, share: ShareLink) -> str:
        what = share.image or share.album or share.search
        return f"{share.get_target_display()}: {what}" if what else share.get_target_display()

    @admin.display(description=_("with a password"), boolean=True)
    def has_password(self, share: ShareLink) -> bool:
        return bool(share.password)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ShareLink]:
        return ShareLink.objects.defer("image__search_text")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        people = User.objects.filter(username__icontains=search_term).order_by("username")
        return queryset.filter(maker__in=list(people.values_list("pk", flat=True)[:MAX_PEOPLE])), False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # which lists all images of a selection
        return actions

    def get_deleted_objects(
        self, objs: QuerySet[ShareLink] | Sequence[ShareLink], request: HttpRequest
    ) -> tuple[list[Any], dict[Any, Any], set[Any], list[Any]]:
        """Name the links alone: a selection has up to ten thousand rows of its own."""
        names = [str(share) for share in objs]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    @admin.action(description=_("End these links"), permissions=["delete"])
    def end(self, request: HttpRequest, shares: QuerySet[ShareLink]) -> None:
        ended = revoke(shares)
        message = ngettext("%d link was ended.", "%d links were ended.", ended) % ended
        self.message_user(request, message, messages.SUCCESS)
