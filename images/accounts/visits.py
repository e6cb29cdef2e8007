"""Who visits a share link: whoever has its address, and its password where it has one."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from images.catalogue.shares import Shared, live_share
from images.http.limits import count_guess, count_miss, forget_guess
from images.models import ShareLink

COOKIE = SALT = "images.share"


def find_share(request: HttpRequest, secret: str) -> ShareLink:
    """Return the live link of this secret. Raises ShareLink.DoesNotExist, or OverQuota for who guesses: for
    others at the same address the links that live still do.
    """
    try:
        return live_share(secret)
    except ShareLink.DoesNotExist:
        count_miss(request)
        raise


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
    """Whether it is the link's password. Raises OverQuota where too many were wrong, before anything is
    hashed, or Busy while others are.
    """
    count_guess(request, share.pk)
    is_wrong = False
    try:
        is_wrong = not check_password(password, share.password)
    finally:
        if not is_wrong:  # right, or nobody looked
            forget_guess(request, share.pk)
    return not is_wrong


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
