"""The pictures of a share link, at addresses that end with it."""

import time
from collections.abc import Callable
from typing import BinaryIO
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

from images.accounts.visits import find_shared
from images.http.limits import count_render
from images.iiif.pyramid import listed_sizes
from images.models import Image
from images.renditions.drawing import draw_once
from images.renditions.store import get_rendition, is_storable
from images.serving.lookups import Found
from images.serving.lost_renditions import serve_stored
from images.serving.responses import Content, serve
from images.serving.views import byte_view
from images.serving.visibility import SLOW_SECONDS


@byte_view
def serve_shared_picture(request: HttpRequest, secret: str, name: UUID, spec: str) -> HttpResponseBase:
    """A listed size of an image that the link shows, as its pages ask for it and in no other way."""

    def shown() -> Image:
        return find_shared(request, secret).image(name)

    started = time.monotonic()
    shared = find_shared(request, secret)
    image = shared.image(name)
    canonical = next((one for one in listed_sizes(image.width, image.height) if str(one) == spec), None)
    if canonical is None:
        raise Http404
    if is_storable(image, canonical):
        response = serve_stored(
            request,
            get_rendition(image, canonical),
            find=lambda *_: Found(shown(), is_personal=True),
            checked=lambda stored: StillShared(stored, shown, started),
        )
    else:
        count_render(request)
        response = serve(request, StillShared(draw_once(image, canonical), shown, started), "")
    if shared.share.password:
        patch_vary_headers(response, ("Cookie",))
    return response


class StillShared:
    """The `content` of an image that a link shows, for its visitors alone, as long as the link shows it:
    `shown` raises when it no longer does, and is asked when it took long since `started` to have the bytes.
    """

    audience = "private"

    def __init__(self, content: Content, shown: Callable[[], object], started: float):
        self.hash, self.size, self.mime_type = content.hash, content.size, content.mime_type
        self.filename = content.filename
        self._content, self._shown, self._started = content, shown, started

    def open(self) -> BinaryIO:
        file = self._content.open()
        try:
            self._recheck()
        except BaseException:  # whatever it was, nobody else closes it
            file.close()
            raise
        return file

    def read(self) -> bytes:
        data = self._content.read()
        self._recheck()
        return data

    def _recheck(self) -> None:
        if time.monotonic() - self._started > SLOW_SECONDS:
            self._shown()
