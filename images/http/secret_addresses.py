"""Pages whose address is a secret: whoever has it may do what they offer."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, HttpResponseBase

from images.http.caching import NOINDEX
from images.http.error_pages import refusal
from images.http.problems import describe, headers_of

Page = TypeVar("Page", bound=Callable[..., HttpResponseBase])

# Of the address no more than its origin is told on. With `no-referrer` browsers would send the page's own
# form as from nowhere (Origin: null, Fetch 3.2), and the check for forged forms would refuse it.
KEPT_SECRET = {"Cache-Control": "no-store", "Referrer-Policy": "strict-origin", **NOINDEX}


def secret_address(page: Page) -> Page:
    """Decorate a page whose address is a secret. What it refuses says as little of the address."""

    @wraps(page)
    def answer(request: HttpRequest, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = page(request, *args, **kwargs)
        except Exception as error:
            described = describe(error)
            if described is None:
                raise
            response = refusal(request, *described, headers_of(error))
        for name, value in KEPT_SECRET.items():
            response[name] = value
        return response

    return cast(Page, answer)
