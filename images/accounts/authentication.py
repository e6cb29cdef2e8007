"""Who sent a request: by its token, else by its session."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from images.catalogue.access import AnyUser


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Token …`, or `Bearer …`, hashed in the database."""

    def authenticate_header(self, request: Any) -> str:
        """Return the scheme by which the token is asked for: the one that the request used.

        What writes the OpenAPI document asks without a request.
        """
        scheme, _, _ = request.headers.get("Authorization", "").partition(" ") if request else ("", "", "")
        return "Bearer" if scheme.lower() == "bearer" else super().authenticate_header(request)

    def authenticate_credentials(self, token: bytes) -> Any:
        if not token.isascii():  # knox decodes before it looks, and junk is no server error
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


def resolve_user(request: HttpRequest) -> AnyUser:
    """Return who sent a plain Django request: its token's user, else its session's, else anonymous.

    Asks for itself: the byte views come before any middleware that would have. Raises AuthenticationFailed
    for a token that is not valid.
    """
    authenticated: tuple[AnyUser, Any] | None = TokenAuthentication().authenticate(request)
    if authenticated:
        return authenticated[0]
    request.session = SessionStore(session_key(request))
    return get_user(request)


def session_key(request: HttpRequest) -> str | None:
    """Return the session key that `request` brings if it can be one; of some PostgreSQL makes an error."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if re.fullmatch(r"[a-z0-9]{32}", key) else None
