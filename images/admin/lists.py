"""Lists of the admin that no search keeps busy."""

from functools import cached_property
from typing import Any, TypeVar, cast

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from images.admin.changelist import ImageChangeList
from images.catalogue.search import search_deadline

MOST = 10_000  # rows that a list counts and goes through, the newest

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row]) -> list[Row]:
    """Return the rows that an action is about, in no longer than any search."""
    with search_deadline():
        return list(rows)


class BoundedPaginator(Paginator):
    """Counts no more than MOST rows."""

    @cached_property
    def count(self) -> int:
        rows = cast(QuerySet[Any], self.object_list)
        return rows[:MOST].count()


class BoundedSearch(admin.ModelAdmin):
    """Lists images a page at a time, in no longer than any search."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each is a count of its own

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Take none of what is for those who may edit the image alone."""
        is_told = not lookup.startswith(("metadata", "source_hash"))
        return is_told and super().lookup_allowed(lookup, value, request)

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return ImageChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        with search_deadline():
            return super().get_changelist_instance(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        return queryset, False  # ImageChangeList reads it
