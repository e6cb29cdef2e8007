"""Tags in the admin: described, renamed, merged and deleted by who may change everyone's images."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.catalogue.tag_curation import create, delete, describe, merge, rename
from images.catalogue.tag_names import key_of, only
from images.catalogue.tags import TAKEN, may_curate
from images.models import Tag

MOST = 100  # tags that are merged or deleted at once


class TagForm(forms.ModelForm):
    """A tag's name, which is no other's, and what is said of it."""

    class Meta:
        model = Tag
        fields = ("name", "description", "color")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        try:
            key, name = only(name)
        except ValidationError as error:
            raise ValidationError(error.message_dict["name"]) from None
        if Tag.objects.filter(key=key).exclude(pk__in=[self.instance.pk, self.instance.merging_into_id]):
            raise ValidationError(TAKEN)
        return name


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    form = TagForm
    list_display = ("name", "color", "public", "all", "description")
    readonly_fields = ("slug", "public", "all")
    fields = ("name", "slug", "description", "color", "public", "all")
    search_fields = ("key",)
    search_help_text = _("A part of the name, whatever the case and accents of its letters.")
    show_full_result_count = False
    list_per_page = MOST
    view_on_site = False
    actions = ("merge", "delete")

    def has_view_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return request.user.has_perm("images.view_image")

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return may_curate(request.user)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_curate(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False  # not by Django's page, which counts up all images of a tag; see the action

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.filter(key__contains=key_of(search_term)), False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Open no transaction around: a renamed tag is moved in batches."""
        view: Any = super()
        page: HttpResponse = view._changeform_view(request, object_id, form_url, extra_context)
        return page

    def save_model(self, request: HttpRequest, obj: Tag, form: TagForm, change: bool) -> None:
        said = form.cleaned_data
        if change:
            tag = Tag.objects.get(pk=obj.pk)
            describe(tag, request.user, description=said["description"], color=said["color"])
            tag = tag if tag.name == said["name"] else rename(tag, said["name"], by=request.user)
        else:
            tag = create(by=request.user, **said)
        obj.__dict__.update(tag.__dict__)  # by which the log and the next page know it

    @admin.action(description=_("Merge"), permissions=["change"])
    def merge(self, request: HttpRequest, tags: QuerySet[Tag]) -> HttpResponse | None:
        chosen = self._chosen(request, tags)
        into = next((tag for tag in chosen if str(tag.pk) == request.POST.get("into")), None)
        if chosen and into is None:
            return self._asked(request, chosen, "merge", _("Merge tags"))
        for tag in chosen:
            if into and tag != into:
                merge(tag, into, by=request.user)
                self.log_change(request, into, f"{tag} → {into}")
        return None

    @admin.action(description=_("Delete"), permissions=["change"])
    def delete(self, request: HttpRequest, tags: QuerySet[Tag]) -> HttpResponse | None:
        chosen = self._chosen(request, tags)
        if chosen and "confirmed" not in request.POST:
            return self._asked(request, chosen, "delete", _("Delete tags"))
        for tag in chosen:
            self.log_deletions(request, Tag.objects.filter(pk=tag.pk))
            delete(tag, by=request.user)
        message = ngettext("%d tag was deleted.", "%d tags were deleted.", len(chosen)) % len(chosen)
        self.message_user(request, message, messages.SUCCESS)
        return None

    def _chosen(self, request: HttpRequest, tags: QuerySet[Tag]) -> list[Tag]:
        chosen = list(tags[: MOST + 1])
        if len(chosen) > MOST:
            self.message_user(request, _("Choose at most %d tags at once.") % MOST, messages.ERROR)
            return []
        return chosen

    def _asked(self, request: HttpRequest, chosen: list[Tag], name: str, title: Any) -> HttpResponse:
        """Return the page that asks into which one, or whether they mean it."""
        context = self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        context |= {"chosen": chosen, "action": name}
        return TemplateResponse(request, "admin/images/tag/curation.html", context)
