"""Who sent a request: by its token, else by its session."""

import re
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS

from images.accounts.last_seen import note_use
from images.accounts.session_store import SessionStore
from images.accounts.tokens import find_token
from images.catalogue.access import AnyUser
from images.models import Scope, Token


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Token …`, or `Bearer …`, hashed in the database.

    The one place that holds a token to its scope: every door that takes tokens finds its caller here. Raises
    PermissionDenied where one that reads is to change something. What has expired is as unknown as the rest,
    and stays: who authenticates writes nothing that somebody would wait for.
    """

    def __init__(self, *, to_write: bool = False):
        self.to_write = to_write  # whatever the method says: nginx asks by GET for an upload

    def authenticate(self, request: Any) -> tuple[User, Token] | None:
        authenticated: tuple[User, Token] | None = super().authenticate(request)
        if authenticated:
            _, token = authenticated
            if token.scope == Scope.READ and (self.to_write or request.method not in SAFE_METHODS):
                raise PermissionDenied(gettext("This token may only read: make one that may write, too."))
            note_use(token)
        return authenticated

    def authenticate_header(self, request: Any) -> str:
        """Return the scheme by which the token is asked for: the one that the request used.

        What writes the OpenAPI document asks without a request.
        """
        scheme = request.headers.get("Authorization", "").partition(" ")[0] if request else ""
        return "Bearer" if scheme.lower() == "bearer" else super().authenticate_header(request)

    def authenticate_credentials(self, token: bytes) -> Any:
        try:
            return self.validate_user(find_token(token.decode("ascii")))
        except (UnicodeDecodeError, Token.DoesNotExist):
            raise AuthenticationFailed("Invalid token.") from None


def resolve_user(request: HttpRequest, *, to_write: bool = False) -> AnyUser:
    """Return who sent a plain Django request: its token's user, else its session's, else anonymous.

    Asks for itself: the byte views come before any middleware that would have. Raises AuthenticationFailed
    for a token that is not valid, PermissionDenied for one that reads where it is `to_write`.
    """
    authenticated = TokenAuthentication(to_write=to_write).authenticate(request)
    if authenticated:
        return authenticated[0]
    request.session = SessionStore(session_key(request))
    return get_user(request)


def session_key(request: HttpRequest) -> str | None:
    """Return the session key that `request` brings if it can be one; of some PostgreSQL makes an error."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if re.fullmatch(r"[a-z0-9]{32}", key) else None
