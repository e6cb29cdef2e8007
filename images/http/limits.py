"""How often one person, or one address, may have the library work hard, or guess. Reads are not counted.

A count that cannot be kept refuses nobody: what guards the machine itself, turns at drawing and room on the
disk, has limits of its own, and a reader must not pay for a file that is locked.
"""

import hashlib
import logging
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from images.concurrency.counts import hit, take_back
from images.errors import Uncounted
from images.http.address import client_address

logger = logging.getLogger(__name__)

HOUR, MINUTE = 3600, 60  # seconds
RENDERS_PER_HOUR = 3600  # of derived images that are not stored: there are as many as one can think of
PASSWORDS_PER_HOUR = 60  # that one address tries or sets; the sign-in counts for each name by itself
MISSES_PER_MINUTE = 60  # of share links: who follows an old one a few times is not guessing
GUESSES_PER_HOUR = 10  # of the password of one link, by one address
GUESSES_OF_ALL_PER_HOUR = 100  # of that password, by however many addresses
MAILS_PER_HOUR, MAILS_TO_ONE_PER_HOUR = 20, 3  # asked for from one address; to one mailbox


@dataclass(frozen=True)
class Quota:
    """How many of `size` in a `window` are left to one person or address, for so many seconds."""

    policy: str
    size: int
    left: int
    seconds: int
    window: int = HOUR

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.size};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.left};t={self.seconds}',
        }


class OverQuota(Throttled):
    """Nothing is left of a quota until its window ends."""

    def __init__(self, quota: Quota):
        super().__init__(quota.seconds)
        self.quota = quota


def count_upload(user_id: int | None) -> Mapping[str, str]:
    """Count an upload of this person; return the headers that tell what is left. Raises OverQuota."""
    return _count("uploads", str(user_id), settings.IMAGELIB_UPLOADS_PER_HOUR)


def count_render(request: HttpRequest) -> None:
    """Count one render for the sender of `request`. Raises OverQuota when there were too many."""
    _count("renders", client_address(request), RENDERS_PER_HOUR)


def count_password(request: HttpRequest) -> None:
    """Count a password that the sender of `request` tries or sets. Raises OverQuota past too many."""
    _count("passwords", client_address(request), PASSWORDS_PER_HOUR)


def count_mail(request: HttpRequest) -> None:
    """Count a mail that the sender of `request` asks for. Raises OverQuota past too many."""
    _count("mails", client_address(request), MAILS_PER_HOUR)


def count_mail_to(address: str) -> None:
    """Count a mail to an e-mail address. Raises OverQuota past too many."""
    _count("mails to", address.casefold(), MAILS_TO_ONE_PER_HOUR)


def count_miss(request: HttpRequest) -> None:
    """Count a share link that is none for the sender of `request`. Raises OverQuota for who guesses."""
    _count("misses", client_address(request), MISSES_PER_MINUTE, MINUTE)


def count_guess(request: HttpRequest, link: UUID) -> None:
    """Count a password that the sender of `request` says for this link, before it is known to be a wrong one.
    Raises OverQuota when there were too many.
    """
    for policy, who, size in _guesses(request, link):
        _count(policy, who, size)


def forget_guess(request: HttpRequest, link: UUID) -> None:
    """Have it not counted: it was no wrong one."""
    for policy, who, _ in _guesses(request, link):
        with suppress(Uncounted):
            take_back(_name(policy, who))


def _guesses(request: HttpRequest, link: UUID) -> Iterator[tuple[str, str, int]]:
    # First the address: one that has no more guesses takes none from the others.
    yield "guesses", f"{client_address(request)} {link}", GUESSES_PER_HOUR
    yield "guesses-of-all", str(link), GUESSES_OF_ALL_PER_HOUR


def _count(policy: str, who: str, size: int, window: int | None = None) -> Mapping[str, str]:
    window = HOUR if window is None else window
    try:
        count = hit(_name(policy, who), window)
    except Uncounted as error:
        logger.warning("%s are not counted: %s", policy, error)
        return {}
    quota = Quota(policy, size, max(0, size - count.hits), math.ceil(count.seconds_left), window)
    if count.hits > size:
        raise OverQuota(quota)
    return quota.headers


def _name(policy: str, who: str) -> str:
    # Hashed: a header may be long, and nobody need read here who came.
    return hashlib.sha256(f"{policy} {who}".encode()).hexdigest()
