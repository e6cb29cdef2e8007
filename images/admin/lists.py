"""Lists of the admin that no search keeps busy."""

from typing import TypeVar

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split

from images.catalogue.search import MAX_WORDS, TOO_MANY_WORDS, search_deadline
from images.text import clean

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row]) -> list[Row]:
    """Return the rows that an action is about, in no longer than any search."""
    with search_deadline():
        return list(rows)


class BoundedSearch(admin.ModelAdmin):
    """Searches for a few different words or phrases, and no longer than any search."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # each is a count of its own

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Take none of what is for those who may edit the image alone."""
        is_told = not lookup.startswith(("metadata", "source_hash"))
        return is_told and super().lookup_allowed(lookup, value, request)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        with search_deadline():
            changes = super().get_changelist_instance(request)
            len(changes.result_list)  # evaluates it
        return changes

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        words = dict.fromkeys(smart_split(clean(search_term)))
        if len(words) > MAX_WORDS:
            self.message_user(request, TOO_MANY_WORDS, messages.ERROR)
            return queryset.none(), False
        return super().get_search_results(request, queryset, " ".join(words))
