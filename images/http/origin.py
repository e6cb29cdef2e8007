"""The origin that people use, in front of a path."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse


def absolute(request: HttpRequest, path: str) -> str:
    """Return `path` at the origin people use: IMAGELIB_PUBLIC_URL, else the one this request came to."""
    origin = settings.IMAGELIB_PUBLIC_URL
    return origin.geturl() + path if origin else request.build_absolute_uri(path)


def share_address(request: HttpRequest, secret: str) -> str:
    """Return the address of the share link that has this secret."""
    return absolute(request, reverse("share", args=[secret]))
