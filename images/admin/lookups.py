"""Addresses of the admin that no page of it has: typed by hand, or made by a scanner."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, NotSupportedError
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from images.http.error_pages import refusal

logger = logging.getLogger(__name__)

# Django's admin takes any look-up of a field, and leaves it to the database to make sense of it.
SENSELESS = (DataError, NotSupportedError, OverflowError, ValueError, IndexError, ValidationError)


class RefuseSenselessLookups:
    """Middleware. Answers 400 where a view of the admin fails for what its address asks, 404 for a NUL in it.

    A regular expression is refused as such: SQLite leaves it to Python, where one can take for ever.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not _is_admins(request):
            return None
        if "\0" in request.path_info:
            return refusal(request, "not_found")
        if any(name.endswith(("__regex", "__iregex")) for name in request.GET):
            return refusal(request, "validation_error")
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not (_is_admins(request) and request.META.get("QUERY_STRING") and isinstance(error, SENSELESS)):
            return None
        logger.warning("The admin cannot answer %s", request.get_full_path(), exc_info=error)
        return refusal(request, "validation_error")


def _is_admins(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.app_name == "admin"
