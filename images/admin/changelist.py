"""The admin's list of images: pages of catalogue/lists.py, with filters that are written as searches."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import build_q_object_from_lookup_parameters
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, ChangeList
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.catalogue import counts
from images.catalogue.conditions import Conditions
from images.catalogue.cursors import Cursor, Page
from images.catalogue.lists import ImageList
from images.catalogue.query import Choice, Field, Query, conjuncts, parse
from images.catalogue.saved_searches import written_out
from images.catalogue.search import is_sha256
from images.catalogue.sources import NEWEST
from images.errors import InvalidCursor, InvalidSearch
from images.imaging.formats import MIME_TYPES
from images.models import Image

PAGE_SIZE = 50
MAX_NUMBER = 100  # of a page; further on it has its place alone
ORDERS = {"name": "filename", "day": "created_at"}  # by columns of the list
TRASHED = Field("is", Choice("trashed"))


class WrittenFilter(admin.SimpleListFilter):
    """A filter whose choices are searches: each a label and a text, by the value in the address."""

    written: Mapping[str, tuple[str | Promise, str]]

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(value, label) for value, (label, _text) in self.written.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        return queryset  # ImageChangeList asks for the text

    @property
    def text(self) -> str:
        """The search that is chosen, an empty one when none is. Raises IncorrectLookupParameters."""
        if self.value() is None:
            return ""
        if self.value() not in self.written:
            raise IncorrectLookupParameters
        return self.written[str(self.value())][1]


class TrashFilter(WrittenFilter):
    """The library without its trash, unless the trash is asked for."""

    title, parameter_name = _("trash"), "trash"
    written = {"only": (_("In the trash"), "is:trashed")}

    def choices(self, changelist: ChangeList) -> Any:
        everything, *others = super().choices(changelist)
        yield everything | {"display": _("In the library")}
        yield from others


class VisibilityFilter(WrittenFilter):
    title, parameter_name = _("visibility"), "visibility__exact"
    written = {value: (label, f"is:{value}") for value, label in Image.Visibility.choices}


class AltTextFilter(WrittenFilter):
    title, parameter_name = _("alternative text"), "alt_text__isempty"
    written = {"1": (_("Empty"), "-has:alt"), "0": (_("Not empty"), "has:alt")}


class LicenceFilter(WrittenFilter):
    title, parameter_name = _("licence"), "licence__isempty"
    written = {"1": (_("Empty"), "-has:licence"), "0": (_("Not empty"), "has:licence")}


class TypeFilter(WrittenFilter):
    title, parameter_name = _("type"), "mime_type__exact"
    written = {kind: (kind[6:].upper(), f"type:{kind[6:]}") for kind in MIME_TYPES}


class UploadFilter(WrittenFilter):
    title, parameter_name = _("uploaded"), "uploaded"
    written = {
        "today": (_("Today"), "uploaded:today"),
        "week": (_("This week"), "uploaded:this-week"),
        "month": (_("This month"), "uploaded:this-month"),
        "year": (_("This year"), "uploaded:this-year"),
    }


FILTERS = (TrashFilter, VisibilityFilter, AltTextFilter, LicenceFilter, TypeFilter, UploadFilter)


class ImageChangeList(ChangeList):
    """Shows a page at a place, or with a number, and how many images there are on the first alone."""

    images: ImageList | None  # None where the search is none

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Image]:
        """Return all images of the list: what an action is about, never what a page shows."""
        rows = super().get_queryset(request, exclude_parameters)
        lookups: Any = self.get_filters(request)[2]
        given = build_q_object_from_lookup_parameters(lookups)
        try:
            query = self._query
        except InvalidSearch as error:
            messages.error(request, str(error))
            self.images = None
            return rows.none()
        chosen = (parse(spec.text).tree for spec in self.filter_specs if isinstance(spec, WrittenFilter))
        nodes = (*conjuncts(query.tree), *(node for tree in chosen for node in conjuncts(tree)))
        self.images = ImageList(
            request.user, nodes, given, self._ordering, is_trash=TRASHED in nodes, related=("uploaded_by",)
        )
        conditions = Conditions(request.user, is_trash=self.images.is_trash)
        written = (written_out(node, conditions.albums) for node in nodes)
        wanted = Q(*map(conditions.of, written), deleted_at__isnull=not self.images.is_trash)
        return rows.filter(wanted)

    def get_results(self, request: HttpRequest) -> None:
        """Raises IncorrectLookupParameters where the address names no page of this list."""
        self.page, count = self._page(request.GET.get(PAGE_VAR, "")), None
        if self.images and not self.page.previous:
            count = self.images.count(self.page)
        is_many = count is not None and count > counts.MAX_COUNT
        self.counted = f"{counts.MAX_COUNT:,}+" if is_many else count
        self.result_list = self.page.rows
        # What is not known is not offered to be selected as a whole.
        self.result_count = len(self.page.rows) if count is None or is_many else count
        self.full_result_count, self.show_full_result_count = self.result_count, False
        self.show_admin_actions, self.can_show_all, self.multi_page = True, False, False
        self.paginator = None

    def page_link(self, cursor: Cursor) -> str:
        return self.get_query_string({PAGE_VAR: str(cursor)})

    @property
    def next_link(self) -> str:
        return self.page_link(self.page.next) if self.page.next else ""

    @property
    def previous_link(self) -> str:
        return self.page_link(self.page.previous) if self.page.previous else ""

    def _page(self, text: str) -> Page[Image]:
        if self.images is None:
            return Page([], None, None)
        if text.isascii() and text.isdecimal():
            return self._numbered(self.images, int(text) if len(text) < 4 else MAX_NUMBER + 1)
        try:
            return self.images.page(Cursor.parse(text, self._ordering) if text else None, PAGE_SIZE)
        except InvalidCursor as error:
            raise IncorrectLookupParameters from error

    def _numbered(self, images: ImageList, number: int) -> Page[Image]:
        """Return the page with this number, from 1 on: all before it are read."""
        before = (number - 1) * PAGE_SIZE
        if not 1 <= number <= MAX_NUMBER:
            raise IncorrectLookupParameters
        page = images.page(None, before + PAGE_SIZE)
        rows = page.rows[before:]
        if before and not rows:
            raise IncorrectLookupParameters
        previous = Cursor.beside(rows[0], self._ordering, backwards=True) if before else None
        return Page(rows, page.next, previous)

    @cached_property
    def _query(self) -> Query:
        """What the box says; a SHA-256 may stand there as it is. Raises InvalidSearch."""
        text = self.query.strip()
        try:
            is_sha256(text)
        except ValidationError:
            return parse(text)
        return parse(f"hash:{text}")

    @cached_property
    def _ordering(self) -> str:
        """The order of the first column that is asked for, of the search, or the newest first."""
        column: str = self.params.get(ORDER_VAR, "").partition(".")[0]
        numbers = {str(number): str(name) for number, name in enumerate(self.list_display)}
        if field := ORDERS.get(numbers.get(column.removeprefix("-"), "")):
            return "-" * column.startswith("-") + field
        return self._query.sort.replace("taken_at", "dated_at") or NEWEST
