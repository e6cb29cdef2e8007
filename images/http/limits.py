"""How often one person, or one address, may have the library work hard. Reads are not counted."""

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class UploadThrottle(UserRateThrottle):
    scope = "upload"


class RenderThrottle(SimpleRateThrottle):
    """Counts derived images that are not stored, of which there are as many as one can think of."""

    scope = "render"

    def get_cache_key(self, request: HttpRequest, view) -> str:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


def count_render(request: HttpRequest) -> None:
    """Count one render for the sender of `request`. Raises Throttled when there were too many."""
    throttle = RenderThrottle()
    if not throttle.allow_request(request, view=None):
        raise Throttled(throttle.wait())
