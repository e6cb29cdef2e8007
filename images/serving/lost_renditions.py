"""Stored renditions over HTTP, drawn again from the original when their object is lost."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from images.iiif.requests import RenditionSpec
from images.renditions.store import forget, get_rendition
from images.renditions.stored import StoredRendition
from images.serving.lookups import Found, find_image
from images.serving.responses import serve
from images.serving.visibility import Rechecked
from storage.errors import CorruptObject, ObjectNotFound


def serve_stored(
    request: HttpRequest,
    stored: StoredRendition,
    find: Callable[[HttpRequest, UUID], Found] = find_image,
) -> HttpResponseBase:
    """Return what `serve` makes of it, or of one drawn anew when its object is missing or damaged, from the
    image that `find` returns.
    """
    try:
        return serve(request, Rechecked(stored, stored.image_id), str(stored.image_id))
    except (ObjectNotFound, CorruptObject):
        forget(stored)
        image = find(request, stored.image_id).image
        drawn = get_rendition(image, RenditionSpec.parse(stored.spec))
        return serve(request, Rechecked(drawn, stored.image_id), str(stored.image_id))
