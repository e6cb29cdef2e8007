"""Errors as HTTP: one table from exception to problem (RFC 9457), for plain views, DRF and pages alike.

No text of an exception that is not in the table, and none of the storage's, ever reaches a client.
"""

import functools
import logging
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from rest_framework import exceptions as drf
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from images.errors import (
    Busy,
    DigestMismatch,
    ImageTooLarge,
    InTrash,
    InvalidImage,
    InvalidSpec,
    PreconditionFailed,
    RangeNotSatisfiable,
    Unrenderable,
    UnsupportedFormat,
)
from images.models import Image
from storage.errors import StorageError

logger = logging.getLogger(__name__)

# code -> (status, title). The codes are a contract; clients switch on them.
PROBLEMS = {
    "validation_error": (400, "The request is not valid"),
    "digest_mismatch": (400, "The file does not match its digest"),
    "not_authenticated": (401, "Authentication is required"),
    "permission_denied": (403, "Not permitted"),
    "not_found": (404, "Not found"),
    "method_not_allowed": (405, "Method not allowed"),
    "not_acceptable": (406, "Not acceptable"),
    "in_trash": (409, "The image is in the trash"),
    "precondition_failed": (412, "Precondition failed"),
    "image_too_large": (413, "The image is too large"),
    "unsupported_format": (415, "The format is not supported"),
    "range_not_satisfiable": (416, "Range not satisfiable"),
    "invalid_image": (422, "Not a valid image"),
    "throttled": (429, "Too many requests"),
    "busy": (503, "Too busy just now"),
    "storage_error": (500, "The storage did not answer as it should"),
    "server_error": (500, "The server failed"),
}

BUSY_SECONDS = 5  # after which it makes sense to ask again

STORAGE_DETAIL = "The image could not be read or kept just now. Please try again later."
DATABASE_DETAIL = "The library cannot get at its catalogue just now. Please try again in a moment."

# exception -> code; the first that matches. Unless noted, the exception's own text is the detail.
TABLE = (
    (DigestMismatch, "digest_mismatch"),
    (InTrash, "in_trash"),
    (PreconditionFailed, "precondition_failed"),
    (RangeNotSatisfiable, "range_not_satisfiable"),
    (ImageTooLarge, "image_too_large"),
    (UnsupportedFormat, "unsupported_format"),
    (InvalidImage, "invalid_image"),
    (Busy, "busy"),
    (OperationalError, "busy"),  # locked, full or away; the detail is DATABASE_DETAIL
    (StorageError, "storage_error"),  # the detail is STORAGE_DETAIL
    (InvalidSpec, "validation_error"),
    (Unrenderable, "server_error"),
    (Image.DoesNotExist, "not_found"),  # purged while it was rendered; the detail is the title
    (Http404, "not_found"),  # the detail is the title: hidden and absent look the same
    (drf.NotFound, "not_found"),  # as above
    (drf.NotAuthenticated, "not_authenticated"),
    (drf.AuthenticationFailed, "not_authenticated"),
    (PermissionDenied, "permission_denied"),
    (drf.PermissionDenied, "permission_denied"),
    (drf.MethodNotAllowed, "method_not_allowed"),
    (drf.NotAcceptable, "not_acceptable"),
    (drf.UnsupportedMediaType, "unsupported_format"),
    (drf.Throttled, "throttled"),
    (drf.ValidationError, "validation_error"),  # the fields' messages are in `errors`
    (drf.ParseError, "validation_error"),
)


def describe(error: Exception) -> tuple[str, str] | None:
    """Return the code and the sentence that `error` becomes, or None when it is not in the table."""
    code = next((code for kind, code in TABLE if isinstance(error, kind)), None)
    if code is None:
        return None
    if code == "storage_error":
        logger.error("storage_error: %s", error)
        return code, STORAGE_DETAIL
    if isinstance(error, OperationalError):
        logger.error("database: %s", error)
        return code, DATABASE_DETAIL
    if code in ("not_found", "validation_error") and not isinstance(error, (drf.ParseError, InvalidSpec)):
        return code, PROBLEMS[code][1] + "."
    return code, str(error) or PROBLEMS[code][1] + "."


def _headers(error: Exception) -> Mapping[str, str]:
    """Return what is to be said with the problem that `error` becomes."""
    if isinstance(error, Busy | OperationalError):
        return {"Retry-After": str(BUSY_SECONDS)}
    if isinstance(error, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, drf.Throttled) and error.wait:
        return {"Retry-After": str(round(error.wait))}
    return {}


def problem_fields(code: str, detail: str) -> dict:
    """Return the members of the problem `code` (RFC 9457, 3.1)."""
    status, title = PROBLEMS[code]
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}


def problem(code: str, detail: str = "", headers: Mapping[str, str] = MappingProxyType({})) -> HttpResponse:
    """Return the problem `code` as a plain answer, stored by nobody."""
    fields = problem_fields(code, detail or PROBLEMS[code][1] + ".")
    response = JsonResponse(
        fields, status=fields["status"], content_type="application/problem+json", headers=headers
    )
    response["Cache-Control"] = "no-store"
    if code == "not_found":  # hidden or absent: another caller may get another answer
        response["Vary"] = "Cookie, Authorization"
    if code == "not_authenticated":
        response["WWW-Authenticate"] = "Token"
    return response


def answers_problems(allow: Collection[str]) -> Callable:
    """Decorate a plain view: only the methods in `allow`, and exceptions of the table become problems."""

    allowed = ", ".join([*allow, "OPTIONS"])
    preflight = {  # for any image; whether a page elsewhere may read it, the answer itself says
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "Accept, If-Match, If-None-Match, If-Range, Range",
    }

    def decorate(view: Callable) -> Callable:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.method == "OPTIONS":
                asked = preflight if "Access-Control-Request-Method" in request.headers else {}
                return HttpResponse(status=204, headers={"Allow": allowed} | asked)
            if request.method not in allow:
                return problem("method_not_allowed", headers={"Allow": allowed})
            try:
                return view(request, *args, **kwargs)
            except Exception as error:
                described = describe(error)
                if described is None:
                    raise
                return problem(*described, headers=_headers(error))

        return answer

    return decorate


def api_exception_handler(error: Exception, context: dict) -> Response | None:
    """DRF's EXCEPTION_HANDLER: the same table, the fields' own messages beside it."""
    described = describe(error)
    if described is None:
        return None
    set_rollback()
    data = problem_fields(*described)
    headers = {"Cache-Control": "no-store", **_headers(error)}
    if isinstance(error, drf.ValidationError):
        data["errors"] = error.detail
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    request = context["request"]
    if getattr(request, "accepted_renderer", None) is None or request.accepted_renderer.format != "api":
        request.accepted_renderer = ProblemRenderer()  # whatever the view writes when all is well
        request.accepted_media_type = ProblemRenderer.media_type
    return Response(data, status=data["status"], headers=headers)


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"


# --- Where no view of ours could answer ------------------------------------------------------------


def _speaks_problems(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/iiif/"))


def refusal(request: HttpRequest, code: str, detail: str = "") -> HttpResponse:
    """Return the problem `code` as whoever asked reads it: JSON for programs, a page for people."""
    if _speaks_problems(request):
        return problem(code, detail)
    status, title = PROBLEMS[code]
    response = render(
        request, "error.html", {"title": title, "detail": detail, "status": status}, status=status
    )
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, "validation_error")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, "permission_denied")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal(request, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort: a page that asks no session or database, or when templates fail, one without them."""
    if _speaks_problems(request):
        return problem("server_error")
    status, title = PROBLEMS["server_error"]
    detail = _("The failure has been logged. Please try again.")
    try:
        page = render_to_string("error.html", {"title": title, "detail": detail, "status": status})
    except Exception:  # whatever broke the page before may break this one
        logger.exception("The error page failed too")
        page = format_html("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>", title, detail)
    return HttpResponse(page, status=status, headers={"Cache-Control": "no-store"})


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(
        request, "permission_denied", "The form has expired. Please go back, reload and try again."
    )


def locked_out(request: HttpRequest, original_response=None, credentials: dict | None = None) -> HttpResponse:
    """What django-axes answers while a name is locked for an address."""
    response = refusal(request, "throttled", "Too many failed sign-ins. Please wait a quarter of an hour.")
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response
