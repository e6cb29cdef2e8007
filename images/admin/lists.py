"""Lists of the admin that no search keeps busy."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split

from images.catalogue.search import MAX_WORDS, TOO_MANY_WORDS, search_deadline
from images.text import clean


class BoundedSearch(admin.ModelAdmin):
    """Searches for a few different words or phrases, and no longer than any search."""

    show_full_result_count = False

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
