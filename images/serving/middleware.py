"""The fast path: requests for bytes pass by sessions, CSRF and all that is made for pages."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponseBase
from django.urls import Resolver404, resolve

from images.http.routes import note
from images.http.secrecy import SHARES


class BytesFirst:
    """Sends a request for bytes straight to its view, past all that is made for pages and forms.

    Sessions, CSRF, messages and page policies cost a public image more time than it takes to serve, and some
    would add a cookie, `Vary` or, on a 304, a false `Content-Length`.
    """

    PREFIXES = ("/api/v1/images/", "/iiif/3/", "/trash/", SHARES)

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(self.PREFIXES):
            with suppress(Resolver404):
                match = resolve(request.path_info)
                if getattr(match.func, "is_byte_view", False):
                    note(request, match)
                    request.get_host()  # refuses a host that is not ours
                    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
                    return response
        return self.get_response(request)
