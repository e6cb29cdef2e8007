"""How often one person, or one address, may have the library work hard. Reads are not counted.

A count that cannot be kept refuses nobody: what guards the machine itself, turns at drawing and room on the
disk, has limits of its own, and a reader must not pay for a file that is locked.
"""

import hashlib
import logging
import math

from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from images.concurrency.counts import hit
from images.errors import Uncounted
from images.http.address import client_address

logger = logging.getLogger(__name__)

HOUR = 3600  # seconds
UPLOADS_PER_HOUR = 600
RENDERS_PER_HOUR = 3600  # of derived images that are not stored: there are as many as one can think of


def count_upload(user_id: int | None) -> None:
    """Count one upload of this person. Raises Throttled when there were too many."""
    _count("uploads", str(user_id), UPLOADS_PER_HOUR)


def count_render(request: HttpRequest) -> None:
    """Count one render for the sender of `request`. Raises Throttled when there were too many."""
    _count("renders", client_address(request), RENDERS_PER_HOUR)


def _count(policy: str, who: str, size: int) -> None:
    # Hashed: a header may be long, and nobody need read here who came.
    name = hashlib.sha256(f"{policy} {who}".encode()).hexdigest()
    try:
        count = hit(name, HOUR)
    except Uncounted as error:
        logger.warning("%s are not counted: %s", policy, error)
        return
    if count.hits > size:
        raise Throttled(math.ceil(count.seconds_left))
