"""Addresses that are secrets: whoever has one is let in. No log names them, no other site is told them."""

import logging
import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

SHARES = "/s/"
PLACES = (SHARES, "/accounts/join/", "/accounts/reset/")  # what follows is the secret

TOLD_NOBODY = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "same-origin",  # no other site shows it within its own pages
}
# The others have forms that sign in. With `no-referrer` browsers would send them as from nowhere (Origin:
# null, Fetch 3.2), and the check for forged forms refuse them. So the origin is told, no more of the address.
WITH_FORMS = TOLD_NOBODY | {"Referrer-Policy": "strict-origin", "Cache-Control": "no-store"}


def _spelled(text: str) -> str:
    """Return the pattern of `text` in an address, where any character may be percent-encoded, or, within
    another address within another, so often.
    """
    return "".join(f"(?:{re.escape(character)}|%(?:25)*{ord(character):02x})" for character in text)


SECRET = re.compile(rf"({'|'.join(map(_spelled, PLACES))})[^\s\"'<>]+", re.IGNORECASE)


def masked(text: str) -> str:
    """Return `text` without the secrets of the addresses in it, wherever they stand."""
    if "%" not in text and not any(place in text.lower() for place in PLACES):
        return text  # as nearly always, and ten times as fast
    return SECRET.sub(r"\1***", text)


class Masked(logging.Formatter):
    """Writes lines of a log, tracebacks too, as `formatter` does or else as `fmt` says, without secrets."""

    def __init__(self, fmt: str | None = None, formatter: logging.Formatter | None = None):
        super().__init__(fmt)
        self._write = formatter.format if formatter else super().format

    def format(self, record: logging.LogRecord) -> str:
        return masked(self._write(record))


def is_secret(request: HttpRequest) -> bool:
    """Whether the address of `request` is one that nobody else may learn."""
    return request.path_info.startswith(PLACES)


class KeepSecrets:
    """Has browsers and search engines tell nobody an address that is a secret, whatever it answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_secret(request):
            headers = TOLD_NOBODY if request.path_info.startswith(SHARES) else WITH_FORMS
            for name, value in headers.items():
                response[name] = value
        return response
