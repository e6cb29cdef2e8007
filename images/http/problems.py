"""Errors as HTTP: one table from exception to problem (RFC 9457), for plain views, DRF and pages alike.

No text of an exception that is not in the table, and none of the storage's, ever reaches a client.
"""

import functools
import logging
from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from types import MappingProxyType
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    UnreadablePostError,
)
from rest_framework import exceptions as drf

from images.concurrency import outage
from images.errors import (
    Busy,
    Conflict,
    DigestMismatch,
    ImageTooLarge,
    InTrash,
    InvalidImage,
    InvalidParameter,
    InvalidSpec,
    LocationUndecided,
    NoRoom,
    PreconditionFailed,
    RangeNotSatisfiable,
    Undelivered,
    Unrenderable,
    Unstrippable,
    UnsupportedFormat,
)
from images.http.limits import OverQuota
from images.http.request_ids import failed_request
from images.models import Album, Change, Image, Invitation, ShareLink, Tag
from storage.errors import StorageAway, StorageError

Args = ParamSpec("Args")
View = Callable[Concatenate[HttpRequest, Args], HttpResponseBase]

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
    "conflict": (409, "It was changed meanwhile"),
    "in_trash": (409, "The image is in the trash"),
    "location_undecided": (409, "Nobody said whether to tell where it was taken"),
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

# What is wrong is the file: to send it again helps nothing.
REFUSALS_OF_FILES = ("image_too_large", "unsupported_format", "invalid_image")

BUSY_SECONDS = 5  # after which it makes sense to ask again
NO_ROOM_SECONDS = 300  # people make room, not time


class Detail(Enum):
    """Whose text the `detail` of a problem is."""

    ERROR = auto()  # the exception's own, a sentence for people; the title when it says nothing
    TITLE = auto()  # the problem's title: hidden and absent look the same
    LIBRARY = auto()  # the sentence in DETAILS; what the exception says goes to the log


DETAILS = {
    "storage_error": "The image could not be read or kept just now. Please try again later.",
    "busy": "The library cannot get at its catalogue just now. Please try again in a moment.",
}

# What each exception becomes: its code, and whose text the detail is. The first that matches.
TABLE = (
    (DigestMismatch, "digest_mismatch", Detail.ERROR),
    (Conflict, "conflict", Detail.ERROR),
    (InTrash, "in_trash", Detail.ERROR),
    (LocationUndecided, "location_undecided", Detail.ERROR),
    (PreconditionFailed, "precondition_failed", Detail.ERROR),
    (RangeNotSatisfiable, "range_not_satisfiable", Detail.ERROR),
    (ImageTooLarge, "image_too_large", Detail.ERROR),
    (UnsupportedFormat, "unsupported_format", Detail.ERROR),
    (InvalidImage, "invalid_image", Detail.ERROR),
    (Unstrippable, "invalid_image", Detail.ERROR),
    (InvalidSpec, "validation_error", Detail.ERROR),
    (InvalidParameter, "validation_error", Detail.ERROR),
    (Unrenderable, "server_error", Detail.ERROR),
    (Undelivered, "server_error", Detail.ERROR),  # of tasks; the admin tells it
    (Busy, "busy", Detail.ERROR),
    (OperationalError, "busy", Detail.LIBRARY),  # locked, full or away
    (StorageError, "storage_error", Detail.LIBRARY),
    (Image.DoesNotExist, "not_found", Detail.TITLE),  # purged while it was rendered
    (Album.DoesNotExist, "not_found", Detail.TITLE),  # deleted while something was put into it
    (Tag.DoesNotExist, "not_found", Detail.TITLE),  # deleted while another became it
    (Change.DoesNotExist, "not_found", Detail.TITLE),
    (ShareLink.DoesNotExist, "not_found", Detail.TITLE),  # none that lives
    (Invitation.DoesNotExist, "not_found", Detail.TITLE),
    (UnreadablePostError, "validation_error", Detail.TITLE),  # the sender is gone, or too slow
    (Http404, "not_found", Detail.TITLE),
    (PermissionDenied, "permission_denied", Detail.ERROR),
    (drf.NotFound, "not_found", Detail.TITLE),
    (drf.NotAuthenticated, "not_authenticated", Detail.ERROR),
    (drf.AuthenticationFailed, "not_authenticated", Detail.ERROR),
    (drf.PermissionDenied, "permission_denied", Detail.ERROR),
    (drf.MethodNotAllowed, "method_not_allowed", Detail.ERROR),
    (drf.NotAcceptable, "not_acceptable", Detail.ERROR),
    (drf.UnsupportedMediaType, "unsupported_format", Detail.ERROR),
    (OverQuota, "throttled", Detail.ERROR),
    (drf.ValidationError, "validation_error", Detail.TITLE),  # the fields' messages are in `errors`
    (drf.ParseError, "validation_error", Detail.ERROR),
)


def describe(error: Exception) -> tuple[str, str] | None:
    """Return the code and the sentence that `error` becomes, or None when it is not in the table."""
    row = next((row for row in TABLE if isinstance(error, row[0])), None)
    if row is None:
        return None
    _, code, detail = row
    if detail is Detail.LIBRARY:
        is_logged = isinstance(error, OperationalError) and outage.has_refused(error)
        if not (is_logged or isinstance(error, StorageAway)):  # else the log has that already
            logger.error("%s: %s", code, error)
        return code, DETAILS[code]
    if isinstance(error, Unrenderable):  # the server failed, which else no line says but the request's own
        logger.error("%s: %s", code, error)
    own = str(error) if detail is Detail.ERROR else ""
    return code, own or title_sentence(code)


def title_sentence(code: str) -> str:
    """Return the title of the problem `code` as a sentence."""
    return PROBLEMS[code][1] + "."


def headers_of(error: Exception) -> Mapping[str, str]:
    """Return what is to be said with the problem that `error` becomes."""
    if isinstance(error, NoRoom):
        return {"Retry-After": str(NO_ROOM_SECONDS)}
    if isinstance(error, Busy | OperationalError):
        return {"Retry-After": str(BUSY_SECONDS)}
    if isinstance(error, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, OverQuota):
        return {"Retry-After": str(error.quota.seconds), **error.quota.headers}
    return {}


def members_of(error: Exception) -> Mapping[str, Any]:
    """Return what is told in the problem that `error` becomes beside what every problem tells."""
    if not isinstance(error, InvalidParameter):
        return {}
    members = {"errors": error.errors, "offset": error.offset}
    return {name: value for name, value in members.items() if value or value == 0}


def problem_fields(code: str, detail: str) -> dict[str, Any]:
    """Return the members of the problem `code` (RFC 9457, 3.1), `request_id` where the server failed."""
    status, title = PROBLEMS[code]
    fields = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    return fields | ({"request_id": identity} if (identity := failed_request(status)) else {})


def problem(
    code: str,
    detail: str = "",
    headers: Mapping[str, str] = MappingProxyType({}),
    members: Mapping[str, Any] = MappingProxyType({}),
) -> HttpResponse:
    """Return the problem `code` as a plain answer, with further `members`, stored by nobody."""
    fields = {**problem_fields(code, detail or title_sentence(code)), **members}
    response = JsonResponse(
        fields, status=fields["status"], content_type="application/problem+json", headers=headers
    )
    response["Cache-Control"] = "no-store"
    if code == "not_found":  # hidden or absent: another caller may get another answer
        response["Vary"] = "Cookie, Authorization"
    if code == "not_authenticated":
        response["WWW-Authenticate"] = "Token"
    return with_length(response)


def with_length(response: HttpResponse) -> HttpResponse:
    """Say the length of an error, for not every one passes CommonMiddleware."""
    response["Content-Length"] = str(len(response.content))
    return response


def plainly(request: HttpRequest, *said: Any) -> HttpResponse:
    """Return the problem as `problem` does, whoever asked."""
    return problem(*said)


def answers_problems(
    allow: Collection[str], refuse: Callable[..., HttpResponse] = plainly
) -> Callable[[View[Args]], View[Args]]:
    """Decorate a plain view: only the methods in `allow`, and exceptions of the table become problems, which
    `refuse` answers with to a request.
    """

    allowed = ", ".join([*allow, "OPTIONS"])
    preflight = {  # for any image; whether a page elsewhere may read it, the answer itself says
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": allowed,
        "Access-Control-Allow-Headers": "Accept, If-Match, If-None-Match, If-Range, Range",
    }

    def decorate(view: View[Args]) -> View[Args]:
        @functools.wraps(view)
        def answer(request: HttpRequest, /, *args: Args.args, **kwargs: Args.kwargs) -> HttpResponseBase:
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
                return refuse(request, *described, headers_of(error), members_of(error))

        return answer

    return decorate
