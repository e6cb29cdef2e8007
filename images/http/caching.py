"""What caches are told of an answer that is made for one person."""

from collections.abc import Callable

from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie


def personal(view: Callable) -> Callable:
    """Decorate a page: it is made for one person, so no shared cache keeps it."""
    return cache_control(private=True, no_cache=True)(vary_on_cookie(view))
