"""Albums in the admin: found, described and deleted by who may change them. Their images are put in order on
their own pages.
"""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from images.catalogue.album_curation import create, delete, describe, judge
from images.catalogue.albums import listed_albums, may_change_album, may_make_albums, sees_all
from images.catalogue.tag_names import key_of
from images.models import Album

MOST = 100  # albums that are listed, and deleted, at once
SAID = ("title", "description", "search", "visibility", "ordering")


class AlbumForm(forms.ModelForm):
    """What is said of an album, judged before it is written."""

    class Meta:
        model = Album
        fields = SAID
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                judge(self.instance, cleaned["title"], cleaned["search"])
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(Album)
class AlbumAdmin(admin.ModelAdmin):
    form = AlbumForm
    list_display = ("title", "visibility", "ordering", "all", "public", "made_by", "updated_at")
    list_select_related = ("made_by",)
    list_filter = ("visibility",)
    show_facets = admin.ShowFacets.NEVER  # each is a count of its own
    readonly_fields = ("slug", "all", "public", "made_by", "created_at", "updated_at")
    fields = (*SAID, *readonly_fields)
    search_fields = ("key",)
    search_help_text = _("A part of the title, whatever the case and accents of its letters.")
    ordering = ("key", "id")
    sortable_by = ("title",)
    show_full_result_count = False
    list_per_page = MOST
    actions = ("delete",)

    def has_view_permission(self, request: HttpRequest, obj: Album | None = None) -> bool:
        return sees_all(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Album | None = None) -> bool:
        return sees_all(request.user) and (
            may_make_albums(request.user) if obj is None else may_change_album(request.user, obj)
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may_make_albums(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Album | None = None) -> bool:
        return False  # not by Django's page, which lists all entries of an album; see the action

    def get_queryset(self, request: HttpRequest) -> QuerySet[Album]:
        return listed_albums(request.user).order_by(*self.ordering)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset.filter(key__contains=key_of(search_term)), False

    def save_model(self, request: HttpRequest, obj: Album, form: AlbumForm, change: bool) -> None:
        said = form.cleaned_data
        if change:
            album = Album.objects.get(pk=obj.pk)
            describe(request.user, album, **{name: said[name] for name in form.changed_data})
        else:
            album = create(cast(User, request.user), **said)  # the admin lets nobody else in
        obj.__dict__.update(album.__dict__)  # by which the log and the next page know it

    @admin.action(description=_("Delete"), permissions=["change"])
    def delete(self, request: HttpRequest, albums: QuerySet[Album]) -> HttpResponse | None:
        chosen = list(albums[: MOST + 1])
        if len(chosen) > MOST or not all(may_change_album(request.user, album) for album in chosen):
            sentence = _("Choose at most %d albums at once, and none that you may not change.") % MOST
            self.message_user(request, sentence, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            context = self.admin_site.each_context(request) | {"title": _("Delete albums"), "opts": self.opts}
            context |= {"chosen": chosen, "action": "delete"}
            return TemplateResponse(request, "admin/images/album/confirm_delete.html", context)
        for album in chosen:
            self.log_deletions(request, Album.objects.filter(pk=album.pk))
            delete(album, by=request.user)
        message = ngettext("%d album was deleted.", "%d albums were deleted.", len(chosen)) % len(chosen)
        self.message_user(request, message, messages.SUCCESS)
        return None
