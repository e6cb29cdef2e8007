"""Curation in Django's admin, where the staff flag and the permissions alone say who may what.

Nothing is deleted here: images move to the trash. Uploads go the way of every other.
"""

from datetime import date, datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Field, QuerySet
from django.forms import Textarea
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from images.admin.actions import ImageActions
from images.admin.changelist import FILTERS, ORDERS
from images.admin.editing import EditAdmin
from images.admin.lists import BoundedSearch
from images.catalogue.access import listed_images, may_edit, may_upload, trashed_images
from images.catalogue.history import recorded
from images.catalogue.publishing import asks, show_to
from images.catalogue.tags import tag_names
from images.catalogue.taken import Taken
from images.models import Image
from images.pages.clocks import OffsetField
from images.pages.editing import EditForm
from images.pages.forms import UploadForm
from images.pages.history import latest
from images.pages.labels import PUBLISHING, exposure
from images.pages.pictures import thumbnail
from images.pages.tagging import DescribedForm
from images.pages.times import moment
from images.pages.upload_outcomes import ingest_each, status_of

THUMBNAIL, PREVIEW = 72, 480  # pixels, the longer side


@admin.register(Image)
class ImageAdmin(ImageActions, BoundedSearch, EditAdmin):
    form = DescribedForm
    list_display = ("thumbnail", "name", "visibility", "kind", "uploaded_by", "day")
    list_display_links = ("thumbnail", "name")
    list_filter = FILTERS
    sortable_by = tuple(ORDERS)
    search_fields = ("search_text",)  # that there is a box; what is typed there ImageChangeList reads
    search_help_text = _("Words, or fields as in the gallery: by:ana -has:alt uploaded:2026-11")
    view_on_site = False  # `links` leads there, and not while the image is in the trash

    readonly_fields = (
        *("preview", "links", "taken_day", "taken_from", "filename", "kind", "dimensions", "size", "frames"),
        *("hash", "source_hash", "camera", "location"),
        *("uploaded_by", "uploaded", "changed", "trashed", "changes"),
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("preview", "links", "title", "alt_text", "decorative", "description", "tag_names"),
                    "visibility",
                )
            },
        ),
        (_("Rights"), {"fields": ("author", "credit", "copyright", "licence", "source_url")}),
        (_("When it was taken"), {"fields": ("taken", "offset", "taken_day", "taken_from")}),
        (_("Facts"), {"fields": readonly_fields[4:]}),
    )

    @admin.display(description=_("image"))
    def thumbnail(self, image: Image) -> str:
        return picture(image, THUMBNAIL)

    @admin.display(description=_("preview"))
    def preview(self, image: Image) -> str:
        return picture(image, PREVIEW)

    @admin.display(description=_("name"), ordering="filename")
    def name(self, image: Image) -> str:
        return Truncator(image).chars(60)

    @admin.display(description=_("type"), ordering="mime_type")
    def kind(self, image: Image) -> str:
        return image.mime_type.removeprefix("image/").upper()

    @admin.display(description=_("uploaded"), ordering="created_at")
    def day(self, image: Image) -> date:
        return image.created_at.date()

    @admin.display(description=_("uploaded"))
    def uploaded(self, image: Image) -> str:
        return moment(image.created_at)

    @admin.display(description=_("changed"))
    def changed(self, image: Image) -> str:
        return moment(image.updated_at)

    @admin.display(description=_("moved to the trash"))
    def trashed(self, image: Image) -> str:
        return moment(image.deleted_at) if image.deleted_at else ""

    @admin.display(description=_("dimensions"))
    def dimensions(self, image: Image) -> str:
        return f"{image.width} × {image.height}"  # noqa: RUF001 the sign of multiplication is meant

    @admin.display(description=_("camera"))
    def camera(self, image: Image) -> str:
        return ", ".join(
            filter(None, (image.metadata.get("camera"), image.metadata.get("lens"), exposure(image)))
        )

    @admin.display(description=_("date and time"))
    def taken(self, image: Image) -> datetime | None:
        """By the camera's clock, for those who may not correct it."""
        return Taken.of(image).clock

    @admin.display(description=_("offset from UTC"))
    def offset(self, image: Image) -> str:
        return OffsetField().prepare_value(image.taken_offset) or ""

    @admin.display(description=_("tags"))
    def tag_names(self, image: Image) -> str:
        return ", ".join(tag_names(image))

    @admin.display(description=_("location"))
    def location(self, image: Image) -> str:
        return ", ".join(f"{degrees:g}" for degrees in image.metadata.get("location", ()))

    @admin.display(description=_("history"))
    def changes(self, image: Image) -> SafeString:
        """The latest of what was changed; its own page has all, and undoes."""
        return latest(image)

    @admin.display(description=_("links"))
    def links(self, image: Image) -> str | Promise:
        if image.deleted_at:
            return _("None while the image is in the trash.")
        return format_html(
            '<a href="{}">{}</a> &nbsp; <a href="{}">{}</a>',
            *(image.get_absolute_url(), _("Page"), image.get_file_url(), _("File")),
        )

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "visibility":
            options["help_text"] = PUBLISHING
        if db_field.name in ("alt_text", "copyright"):
            options["widget"] = Textarea(attrs={"rows": 2})
        return super().formfield_for_dbfield(db_field, request, **options)

    def changeform_view(
        self, request: HttpRequest, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Offer no "Save and add another", and save as none: adding is uploading, on a page of its own."""
        if "_saveasnew" in request.POST:  # which Django takes unasked
            raise PermissionDenied
        extra_context = {"show_save_and_add_another": False, **(extra_context or {})}
        return super().changeform_view(request, object_id, form_url, extra_context)

    # --- Permissions ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        """Return what access.py shows this person, the trash included for who may empty it."""
        return listed_images(request.user) | trashed_images(request.user)

    def get_fieldsets(self, request: HttpRequest, obj: Image | None = None) -> list:
        """Where it was taken, and which file was sent, is for people who may edit the image."""
        hidden = {"location", "source_hash", "changes"} if obj and not may_edit(request.user, obj) else set()
        return [
            (title, options | {"fields": [name for name in options["fields"] if name not in hidden]})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Image | None = None) -> tuple[str, ...]:
        """To tell where it was taken is a question that the image's own page asks."""
        return (*self.readonly_fields, "visibility") if obj and asks(obj) else self.readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_upload(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: EditForm, change: bool) -> None:
        """Write the visibility by its own rule, and the rest before it as everywhere."""
        chosen, obj.visibility = obj.visibility, form.initial.get("visibility", obj.visibility)
        with recorded(request.user, [obj.pk]):
            super().save_model(request, obj, form, change)
            if "visibility" in form.changed_data:
                obj.write(*show_to(obj, chosen))

    # --- Upload ---

    def get_urls(self) -> list[URLPattern]:
        """Put an upload view before ModelAdmin's add view, which opens a transaction around storage calls."""
        add = path("add/", self.admin_site.admin_view(self.upload), name="images_image_add")
        return [add, *super().get_urls()]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """The upload form; a POST tells of each file what became of it."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        outcomes, status = [], 200
        if form.is_valid():
            outcomes = ingest_each(request, **form.cleaned_data)
            status = status_of(outcomes)
            for outcome in outcomes:
                if outcome.is_new:
                    self.log_addition(request, outcome.image, [{"added": {}}])
        elif form.is_bound:
            status = 400
        context = self.admin_site.each_context(request) | {"title": _("Upload images"), "opts": self.opts}
        located = [outcome.image for outcome in outcomes if outcome.waits]
        context |= {"form": form, "outcomes": outcomes, "located": located, "publishing": PUBLISHING}
        return TemplateResponse(request, "admin/images/image/upload.html", context, status=status)


def picture(image: Image, side: int) -> str:
    """Return the `picture` of `image` in a square of `side` pixels; a dash while its file is in the trash."""
    if image.deleted_at:
        return "–"  # noqa: RUF001 a dash is meant
    context = {"image": image, "picture": thumbnail(image, side), "lazy": True, "linked": True}
    return render_to_string("shared/picture.html", context)
