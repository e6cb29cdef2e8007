"""Who visits a share link: whoever has its address, and its password where it has one."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from images.catalogue.shares import Shared, live_share
from images.models import ShareLink

COOKIE = SALT = "images.share"


def find_share(request: HttpRequest, secret: str) -> ShareLink:
    """Return the live link of this secret. Raises ShareLink.DoesNotExist."""
    return live_share(secret)


def find_shared(request: HttpRequest, secret: str) -> Shared:
    """Return what the live link of this secret shows. Raises ShareLink.DoesNotExist, also of one whose
    password this visitor did not give.
    """
    share = find_share(request, secret)
    if not is_let_in(request, share):
        raise ShareLink.DoesNotExist("Its password was not given.")
    return Shared(share, secret)


def is_let_in(request: HttpRequest, share: ShareLink) -> bool:
    """Whether the link has no password, or this visitor gave the one that it has now."""
    if not share.password:
        return True
    said = request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=settings.SESSION_COOKIE_AGE) or ""
    return constant_time_compare(said, _proof(share))


def knows_password(request: HttpRequest, share: ShareLink, password: str) -> bool:
    """Whether it is the link's password. Raises Busy while others are hashed."""
    return check_password(password, share.password)


def let_in(response: HttpResponseBase, share: ShareLink, secret: str) -> None:
    """Have the browser show at the addresses of this link, until it is closed, that it knows the password."""
    response.set_signed_cookie(
        COOKIE,
        _proof(share),
        salt=SALT,
        path=reverse("share", args=[secret]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _proof(share: ShareLink) -> str:
    """Return what only somebody who was let in can have; another password makes another of it."""
    return salted_hmac(SALT, f"{share.pk} {share.password}", algorithm="sha256").hexdigest()
