"""What Django's own middleware does not do: make way for bytes, refuse a body unread, and leave an unused
session alone.
"""

from collections.abc import Callable
from contextlib import suppress

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from images.catalogue.access import session_key
from images.http.problems import refusal
from images.imaging.formats import too_many_bytes

FORM_ALLOWANCE = 2**20  # bytes for the other fields of an upload and its multipart framing


class BytesFirst:
    """Sends a request for bytes straight to its view, past all that is made for pages and forms.

    Sessions, CSRF, messages and page policies cost a public image more time than it takes to serve, and some
    would add a cookie, `Vary` or, on a 304, a false `Content-Length`.
    """

    PREFIXES = ("/api/v1/images/", "/iiif/3/")

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(self.PREFIXES):
            with suppress(Resolver404):
                match = resolve(request.path_info)
                if getattr(match.func, "is_byte_view", False):
                    request.get_host()  # refuses a host that is not ours
                    return match.func(request, *match.args, **match.kwargs)
        return self.get_response(request)


class RefuseLargeBodies:
    """Answers 413 by Content-Length alone, before anything parses or spools the body."""

    def __init__(self, get_response: Callable):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > limit + FORM_ALLOWANCE:
            return refusal(request, "image_too_large", str(too_many_bytes(limit)))
        return self.get_response(request)


class QuietSessionMiddleware(SessionMiddleware):
    """Sessions that leave an answer alone when nothing read them.

    Django's own deletes a junk `sessionid` cookie from every answer, with `Set-Cookie` and `Vary: Cookie`: a
    visitor could keep a public image from being cached.
    """

    def process_request(self, request: HttpRequest) -> None:
        request.session = self.SessionStore(session_key(request))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.session.accessed:
            return response
        return super().process_response(request, response)
