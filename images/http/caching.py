"""What caches are told of an answer that is made for one person."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie

NOINDEX = {"X-Robots-Tag": "noindex"}  # whoever has the address sees it, and search engines tell it nobody

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def unindexed(response: HttpResponse) -> HttpResponse:
    """Return the page, which search engines leave out."""
    for name, value in NOINDEX.items():
        response[name] = value
    return response


def personal(view: View) -> View:
    """Decorate a page: it is made for one person, so no shared cache keeps it."""
    return cache_control(private=True, no_cache=True)(vary_on_cookie(view))
