"""Errors where no view of ours could answer: problems for programs, pages for people."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _

from images.http import branding
from images.http.problems import PROBLEMS, problem, with_length
from images.http.request_ids import failed_request
from images.http.secrecy import is_secret

PERSONAL = ("not_found", "permission_denied")  # the pages that know who is asking, and where they may go

logger = logging.getLogger(__name__)


def _speaks_problems(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/iiif/"))


def refusal(
    request: HttpRequest, code: str, detail: str = "", headers: Mapping[str, str] = MappingProxyType({})
) -> HttpResponse:
    """Return the problem `code` as whoever asked reads it: JSON for programs, a page for people."""
    return (
        problem(code, detail, headers) if _speaks_problems(request) else _page(request, code, detail, headers)
    )


def refusal_as_accepted(
    request: HttpRequest, code: str, detail: str, headers: Mapping[str, str], members: Mapping[str, Any]
) -> HttpResponse:
    """Return the problem `code` as a page where that is asked for: at an address that people come to, too."""
    if "text/html" in request.headers.get("Accept", ""):
        return _page(request, code, detail, headers)
    return problem(code, detail, headers, members)


def _page(request: HttpRequest, code: str, detail: str, headers: Mapping[str, str]) -> HttpResponse:
    status, title = PROBLEMS[code]
    context = _context(title, detail, status)
    # A page that knows who is asking asks the database anyway.
    is_personal = code in PERSONAL and not is_secret(request)
    personal = {"is_personal": True, "library": branding.library} if is_personal else {}
    try:
        response = render(request, "error.html", context | personal, status=status)
    except DatabaseError:  # nobody can tell just now who is asking
        response = render(request, "error.html", context, status=status)
    except Exception:
        logger.exception("The page of an error failed")  # Django answers with another, and says nothing of it
        raise
    for name, value in {**headers, "Cache-Control": "no-store"}.items():
        response[name] = value
    return with_length(response)


def _context(title: str, detail: str, status: int) -> dict[str, Any]:
    said = {"title": title, "detail": detail, "status": status}
    return said | {"request_id": failed_request(status), "library": branding.known}


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
    context = _context(title, detail, status)
    try:
        page = render_to_string("error.html", context)
    except Exception:  # whatever broke the page before may break this one
        logger.exception("The error page failed too")
        page = format_html("<!doctype html><title>{0}</title><h1>{0}</h1><p>{1}</p>", title, detail)
    return with_length(HttpResponse(page, status=status, headers={"Cache-Control": "no-store"}))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal(
        request, "permission_denied", "The form has expired. Please go back, reload and try again."
    )
