"""Where in a list of images a page starts."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from images.catalogue.cursors import Cursor, Page, page_at
from images.catalogue.taken import FIRST_YEAR, LAST_YEAR
from images.errors import InvalidCursor
from images.models import Image
from images.pages.timeline import BY_DATE

BEFORE_ALL = UUID(int=0)  # the smallest id there can be


class MonthField(forms.DateField):
    """A month as `2026-03`; its value is the first day."""

    def __init__(self) -> None:
        bounds = (MinValueValidator(date(FIRST_YEAR, 1, 1)), MaxValueValidator(date(LAST_YEAR, 12, 1)))
        super().__init__(required=False, input_formats=["%Y-%m"], validators=bounds)


class PageForm(forms.Form):
    """Where in a list of images, in this `ordering`, a page starts: a Cursor, or None for the first page.

    A list by date starts at a month too: with its latest images, or in the other order its earliest.
    """

    cursor = forms.CharField(required=False)
    month = MonthField()

    def __init__(self, query: QueryDict, ordering: str):
        super().__init__(query)
        self.ordering = ordering

    def clean_cursor(self) -> Cursor | None:
        text = self.cleaned_data["cursor"]
        try:
            return Cursor.parse(text, self.ordering) if text else None
        except InvalidCursor:
            raise forms.ValidationError(_("Not a page of this list.")) from None

    @property
    def place(self) -> Cursor | None:
        """The cursor, else the place where the month begins."""
        cursor: Cursor | None = self.cleaned_data["cursor"]
        month: date | None = self.cleaned_data["month"]
        if cursor or not month or self.ordering not in BY_DATE:
            return cursor
        if self.ordering.startswith("-"):
            month = (month + timedelta(days=31)).replace(day=1)
        begin = datetime.combine(month, time(), UTC)
        return Cursor(self.ordering, begin.isoformat(), str(BEFORE_ALL), backwards=False)


def requested_cursor(request: HttpRequest, ordering: str) -> Cursor | None:
    """Return where the page starts that the query asks for. Raises Http404 for a place of another list."""
    form = PageForm(request.GET, ordering)
    if not form.is_valid():
        raise Http404
    return form.place


def requested_page(request: HttpRequest, images: QuerySet[Image], ordering: str) -> Page:
    """Return the page of `images` that the query asks for. Raises Http404 when it is none of this list."""
    return page_at(images, ordering, requested_cursor(request, ordering))
