"""Where in a list of images a page starts."""

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from images.catalogue.cursors import Cursor, Page, page_at
from images.errors import InvalidCursor
from images.models import Image


class PageForm(forms.Form):
    """Where in a list of images, in this `ordering`, a page starts: a Cursor, or None for the first page."""

    cursor = forms.CharField(required=False)

    def __init__(self, query: QueryDict, ordering: str):
        super().__init__(query)
        self.ordering = ordering

    def clean_cursor(self) -> Cursor | None:
        text = self.cleaned_data["cursor"]
        try:
            return Cursor.parse(text, self.ordering) if text else None
        except InvalidCursor:
            raise forms.ValidationError(_("Not a page of this list.")) from None


def requested_page(request: HttpRequest, images: QuerySet[Image], ordering: str) -> Page:
    """Return the page of `images` that the query asks for. Raises Http404 when it is none of this list."""
    form = PageForm(request.GET, ordering)
    if not form.is_valid():
        raise Http404
    return page_at(images, ordering, form.cleaned_data["cursor"])
