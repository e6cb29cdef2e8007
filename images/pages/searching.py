"""The page of the search: what the sheet offers, and every field with examples."""

from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from images.accounts.members import for_members
from images.catalogue.query import Days, Field, Query, Text, Value, conjuncts
from images.catalogue.query.fields import FIELDS
from images.http.caching import personal
from images.models import Tag
from images.pages.asked import Asked, narrowed, without
from images.pages.sheet import sections

TAGS_OFFERED = 12


def _day(text: str) -> date | None:
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")

    def format_value(self, value: Any) -> Any:
        """Return the day as HTML takes it, nothing for what is none."""
        if isinstance(value, str) and not _day(value):
            return None
        return super().format_value(value)


class WordsForm(forms.Form):
    """What is typed rather than chosen; `query` is the search with it. A tag is one of the address."""

    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=100, required=False)
    camera = forms.CharField(label=gettext_lazy("Camera"), max_length=100, required=False)
    first = forms.DateField(label=gettext_lazy("Taken from"), required=False, widget=DayInput)
    last = forms.DateField(label=gettext_lazy("Taken until"), required=False, widget=DayInput)

    def __init__(self, asked: Asked):
        self.asked = asked
        is_sent = "words" in asked.parameters
        super().__init__(
            asked.parameters if is_sent else None, initial=_typed(asked.query), auto_id="sheet_%s"
        )

    def clean(self) -> dict[str, Any] | None:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("The range ends before it begins."))
        return cleaned

    @property
    def query(self) -> Query:
        """The search with what was typed in place of what it said of the same fields."""
        said = self.cleaned_data
        camera, first, last = " ".join(said["camera"].replace('"', " ").split()), said["first"], said["last"]
        query = _put(self.asked.query, "camera", Text(camera, is_whole=True) if camera else None)
        return _put(query, "taken", Days(first, last) if first or last else None)


@require_safe
@personal
@for_members
def search_page(request: HttpRequest) -> HttpResponse:
    """What can be chosen and what can be typed. Words sent from here lead on to what they find."""
    asked = Asked(request.GET)
    form = WordsForm(asked)
    if form.is_valid():
        return redirect(asked.address(form.query))
    figure = "all" if request.user.has_perm("images.view_image") else "public"
    most = Tag.objects.filter(**{f"{figure}__gt": 0}).order_by(f"-{figure}", "key")
    tags = most.values_list("name", flat=True)[:TAGS_OFFERED]
    context = {
        "asked": asked,
        "form": form,
        "sections": sections(asked, request.user, tags),
        "search_fields": FIELDS.values(),
    }
    return render(request, "search/search.html", context, status=400 if form.errors else 200)


def _put(query: Query, name: str, value: Value | None) -> Query:
    """Return the query with this value of a field and no other; without the field for None."""
    others = without(query, name)
    return others if value is None else narrowed(others, Field(name, value))


def _typed(query: Query) -> dict[str, Any]:
    """Return what a search says of the fields of WordsForm."""
    there = {node.name: node.value for node in conjuncts(query.tree) if isinstance(node, Field)}
    camera, taken = there.get("camera"), there.get("taken")
    days = {"first": taken.first, "last": taken.last} if isinstance(taken, Days) else {}
    return days | {"camera": camera.text if isinstance(camera, Text) else ""}
