"""Addresses that are secrets: whoever has one is let in. No log names them, no other site is told them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

SHARES = "/s/"
PLACES = (SHARES, "/accounts/join/", "/accounts/reset/")  # what follows is the secret

TOLD_NOBODY = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


def is_secret(request: HttpRequest) -> bool:
    """Whether the address of `request` is one that nobody else may learn."""
    return request.path_info.startswith(PLACES)


class KeepSecrets:
    """Has browsers and search engines tell nobody the address of a share link, whatever it answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(SHARES):
            for name, value in TOLD_NOBODY.items():
                response[name] = value
        return response
