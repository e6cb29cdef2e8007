"""The face of the library in the admin: one page, for the one row there is."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from images.http import branding
from images.models import Library
from images.models.library import ONLY

admin.site.site_header = admin.site.site_title = lazy(lambda: str(branding.library()), str)()
admin.site.index_title = _("Administration")

WHERE = _("An address with https:// or http://, or a path of this site, such as /imprint.")


class LibraryForm(forms.ModelForm):
    """What is set of the library."""

    class Meta:
        model = Library
        fields = ("name", "logo", "accent", "footer", "imprint_url", "privacy_url")
        help_texts = {
            "name": _("In the header and the title of every page."),
            "logo": _("A public image. One at least twice as wide as high stands in the place of the name."),
            "accent": _(
                "Written #rrggbb. Links and buttons are drawn in it, or in a darker or lighter one where "
                "this could not be read."
            ),
            "footer": _("At the foot of every page, in lines as they are written here."),
            "imprint_url": WHERE,
            "privacy_url": WHERE,
        }
        widgets = {
            "name": AdminTextInputWidget({"dir": "auto"}),
            "accent": forms.TextInput({"dir": "ltr", "size": 8, "placeholder": "#2450bd"}),
            "footer": AdminTextareaWidget({"dir": "auto", "rows": 4}),
            "imprint_url": AdminTextInputWidget({"dir": "ltr", "inputmode": "url"}),
            "privacy_url": AdminTextInputWidget({"dir": "ltr", "inputmode": "url"}),
        }

    def clean_accent(self) -> str:
        accent: str = self.cleaned_data["accent"]
        return accent.lower()


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    """No list, nothing to be added or deleted: what others have a list at is the page itself."""

    form = LibraryForm
    raw_id_fields = ("logo",)
    readonly_fields = ("preview",)
    fieldsets = (
        (None, {"fields": ("name", "logo", "accent", "preview")}),
        (_("Footer"), {"fields": ("footer", "imprint_url", "privacy_url")}),
    )

    @admin.display(description=_("preview"))
    def preview(self, row: Library) -> str:
        """Links and buttons in the accent colour, light and dark."""
        return render_to_string("admin/images/library/preview.html", {"digits": row.digits})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The logo is told by its title, and is one of all images."""
        return request.user.has_perms(("images.change_library", "images.view_image"))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return self.changeform_view(request, str(ONLY), extra_context=extra_context)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Library | None:
        """Return the row, or one that is to be saved while nothing is set."""
        return Library.objects.filter(pk=ONLY).first() or Library() if object_id == str(ONLY) else None

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        """Say why no page shows the logo, where that is so."""
        row: Library = options["obj"]
        if row.logo and row.logo.deleted_at:
            self.message_user(request, _("The logo is in the trash, so no page shows it."), messages.WARNING)
        elif row.logo and not row.shown_logo:
            self.message_user(request, _("The logo is private, so no page shows it."), messages.WARNING)
        return super().render_change_form(request, context, *args, **options)

    def save_model(self, request: HttpRequest, obj: Library, form: Any, change: bool) -> None:
        """Write the row, which another may just have made."""
        Library.objects.update_or_create(pk=ONLY, defaults=form.cleaned_data)
        transaction.on_commit(branding.forget)
