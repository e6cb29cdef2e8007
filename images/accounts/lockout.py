"""Too many failed sign-ins: whom django-axes counts, and what it answers (AXES_* in the settings)."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.throttling import BaseThrottle

from images.http.error_pages import refusal


def client_address(request: HttpRequest) -> str:
    """Return the client's address, read through as many proxies as IMAGELIB_TRUSTED_PROXIES trusts."""
    return BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # which asks for no more than its META


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
) -> HttpResponse:
    """What django-axes answers while a name is locked for an address."""
    response = refusal(request, "throttled", "Too many failed sign-ins. Please wait a quarter of an hour.")
    response["Retry-After"] = str(int(settings.AXES_COOLOFF_TIME * 3600))
    return response
