"""How often one person, or one address, may have the library work hard. Reads are not counted.

A count that cannot be kept refuses nobody: what guards the machine itself, turns at drawing and room on the
disk, has limits of its own, and a reader must not pay for a file that is locked.
"""

import hashlib
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from images.concurrency.counts import hit
from images.errors import Uncounted
from images.http.address import client_address

logger = logging.getLogger(__name__)

HOUR = 3600  # seconds
RENDERS_PER_HOUR = 3600  # of derived images that are not stored: there are as many as one can think of
PASSWORDS_PER_HOUR = (
    60  # tried or set from one address; the sign-in, which is for each name, counts by itself
)


@dataclass(frozen=True)
class Quota:
    """How many of `size` an hour are left to one person or address, for so many seconds."""

    policy: str
    size: int
    left: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """What is said of it (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.size};w={HOUR}',
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


def _count(policy: str, who: str, size: int) -> Mapping[str, str]:
    # Hashed: a header may be long, and nobody need read here who came.
    name = hashlib.sha256(f"{policy} {who}".encode()).hexdigest()
    try:
        count = hit(name, HOUR)
    except Uncounted as error:
        logger.warning("%s are not counted: %s", policy, error)
        return {}
    quota = Quota(policy, size, max(0, size - count.hits), math.ceil(count.seconds_left))
    if count.hits > size:
        raise OverQuota(quota)
    return quota.headers
