"""How often one person, or one address, may have the library work hard. Reads are not counted."""

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle
from rest_framework.views import APIView

from images.http.address import client_address


class UploadThrottle(UserRateThrottle):
    scope = "upload"


class RenderThrottle(SimpleRateThrottle):
    """Counts derived images that are not stored, of which there are as many as one can think of."""

    scope = "render"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return self.cache_format % {"scope": self.scope, "ident": client_address(request)}


def count_render(request: HttpRequest) -> None:
    """Count one render for the sender of `request`. Raises Throttled when there were too many."""
    throttle = RenderThrottle()
    # A plain request has all that a throttle asks of DRF's, and no throttle here asks for the view.
    if not throttle.allow_request(request, view=None):  # type: ignore[arg-type]
        raise Throttled(throttle.wait())
