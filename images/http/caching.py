"""What caches are told of an answer that is made for one person."""

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def personal(view: View) -> View:
    """Decorate a page: it is made for one person, so no shared cache keeps it."""
    return cache_control(private=True, no_cache=True)(vary_on_cookie(view))
