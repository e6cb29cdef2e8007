"""The pages of tags: all of them, and one with its images, where editors describe and merge it."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from images.accounts.members import for_members
from images.catalogue.access import AnyUser
from images.catalogue.curation import MOST
from images.catalogue.cursors import page_at
from images.catalogue.lists import ImageList
from images.catalogue.query import Field, Query, Text
from images.catalogue.search import search_deadline
from images.catalogue.tag_curation import delete, describe, merge, rename
from images.catalogue.tag_names import key_of
from images.catalogue.tags import may_curate, sees_all, visible_tag, visible_tags
from images.http.caching import personal
from images.models import Change, Tag
from images.pages.asked import Asked, tag_field
from images.pages.history import button_of_last
from images.pages.paging import requested_cursor
from images.pages.selection import act_on_many, bar, is_of_many
from images.pages.timeline import Day
from images.text import MAX_KEYWORD_LENGTH

TAGS_ON_A_PAGE = 200


class TagsForm(forms.Form):
    """Which tags, in which order."""

    search = forms.CharField(
        label=gettext_lazy("Part of the name"), max_length=MAX_KEYWORD_LENGTH, required=False, strip=True
    )
    order = forms.ChoiceField(
        label=gettext_lazy("Order"),
        choices=[("", gettext_lazy("By name")), ("count", gettext_lazy("Most images first"))],
        required=False,
    )


class TagForm(forms.ModelForm):
    """What a tag is called and what is said of it."""

    class Meta:
        model = Tag
        fields = ("name", "description", "color")
        widgets = {
            "name": forms.TextInput(attrs={"dir": "auto"}),
            "description": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
            "color": forms.TextInput(
                attrs={"dir": "ltr", "placeholder": "#2450bd", "pattern": "#[0-9a-f]{6}"}
            ),
        }


class MergeForm(forms.Form):
    """The tag that another becomes, by its name."""

    into = forms.CharField(label=gettext_lazy("Becomes the tag"), max_length=MAX_KEYWORD_LENGTH)

    def __init__(self, user: AnyUser, data: QueryDict | None = None):
        super().__init__(data, auto_id="merge_%s")
        self.user = user

    def clean_into(self) -> Tag:
        tag = visible_tags(self.user).filter(key=key_of(self.cleaned_data["into"])).first()
        if tag is None:
            raise ValidationError(_("There is no such tag."))
        return tag


@require_safe
@personal
@for_members
def tags(request: HttpRequest) -> HttpResponse:
    """The tags that exist for the person, page after page."""
    form = TagsForm(request.GET)
    said = form.cleaned_data if form.is_valid() else {"search": "", "order": ""}
    found = visible_tags(request.user)
    figure = "all" if sees_all(request.user) else "public"
    if search := said["search"]:
        found = found.filter(key__contains=key_of(search))
    ordering = f"-{figure}" if said["order"] else "key"
    page = page_at(found, ordering, requested_cursor(request, ordering), TAGS_ON_A_PAGE)
    rows = [(tag, getattr(tag, figure)) for tag in page.rows]
    return render(request, "tags/tags.html", {"form": form, "page": page, "tags": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@for_members
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """One tag and its images. A POST acts on many of these, or changes the tag, for those who curate."""
    try:
        tag = visible_tag(request.user, slug)
    except Tag.DoesNotExist:
        raise Http404 from None
    if request.method != "POST":
        return _tag_page(request, tag)
    if is_of_many(request.POST):
        return act_on_many(request, _images(request.user, tag).ids)
    if not may_curate(request.user):
        raise PermissionDenied
    return _change(request, tag)


def _tag_page(
    request: HttpRequest, tag: Tag, form: TagForm | None = None, merging: MergeForm | None = None
) -> HttpResponse:
    images, every = _images(request.user, tag), None
    with search_deadline():
        cursor = requested_cursor(request, images.ordering)
        page = images.page(cursor)
        if request.user.is_authenticated and page.next and not cursor:
            every = images.count(page)
    among = Asked(QueryDict()).among(Query(tag_field(tag.name)))
    is_wrong = bool(form and form.errors) or bool(merging and merging.errors)
    context = {
        "tag": tag,
        "count": tag.all if sees_all(request.user) else tag.public,
        "page": page,
        "days": [Day(None, page.rows)],
        "among": among,
        "search": Asked(request.GET).address(Query(tag_field(tag.name))),
        "may_curate": may_curate(request.user),
        "form": form or TagForm(instance=tag),
        "merging": merging or MergeForm(request.user),
        "is_wrong": is_wrong,
        **bar(every if every and every <= MOST else None, reverse("download") + among),
    }
    return render(request, "tags/tag.html", context, status=400 if is_wrong else 200)


def _images(user: AnyUser, tag: Tag) -> ImageList:
    return ImageList(user, (Field("tag", Text(tag.key, is_whole=True)),))


def _change(request: HttpRequest, tag: Tag) -> HttpResponse:
    match request.POST.get("action"):
        case "merge":
            return _merge(request, tag)
        case "delete":
            delete(tag, by=request.user)
            said = _("The tag is deleted. The images are as they were.")
            messages.success(request, format_html("{} {}", said, button_of_last(Change.Kind.TAG, tag.key)))
            return redirect("tags")
    return _describe(request, tag)


def _describe(request: HttpRequest, tag: Tag) -> HttpResponse:
    there = Tag.objects.get(pk=tag.pk)
    form = TagForm(request.POST, instance=tag)
    if form.is_valid():
        said = form.cleaned_data
        describe(there, request.user, description=said["description"], color=said["color"])
        try:
            there = rename(there, said["name"], by=request.user) if said["name"] != there.name else there
        except ValidationError as error:
            form.add_error("name", error.messages)
        else:
            messages.success(request, _("Saved."))
            return redirect(there)
    return _tag_page(request, Tag.objects.get(pk=tag.pk), form=form)


def _merge(request: HttpRequest, tag: Tag) -> HttpResponse:
    form = MergeForm(request.user, request.POST)
    if form.is_valid():
        try:
            into = merge(tag, form.cleaned_data["into"], by=request.user)
        except ValidationError as error:
            form.add_error("into", error.messages)
        else:
            way_back = button_of_last(Change.Kind.TAG, into.key)
            messages.success(request, format_html("{} {}", _("Its images have this tag now."), way_back))
            return redirect(into)
    return _tag_page(request, tag, merging=form)
