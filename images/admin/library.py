"""The face of the library in the admin: one page, for the one row there is."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from images.http import branding
from images.models import Library
from images.models.library import ONLY

admin.site.site_header = admin.site.site_title = lazy(lambda: str(branding.library()), str)()
admin.site.index_title = _("Administration")


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    """No list, nothing to be added or deleted: what others have a list at is the page itself."""

    fields = ("name",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self.changeform_view(request, str(ONLY), extra_context=extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Library | None:
        """Return the row, or one that is to be saved while nothing is set."""
        return Library.objects.filter(pk=ONLY).first() or Library() if object_id == str(ONLY) else None

    def save_model(self, request: HttpRequest, obj: Library, form: Any, change: bool) -> None:
        """Write the row, which another may just have made."""
        Library.objects.update_or_create(pk=ONLY, defaults=form.cleaned_data)
        transaction.on_commit(branding.forget)
