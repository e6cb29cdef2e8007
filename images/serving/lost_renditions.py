"""Stored renditions over HTTP, drawn again from the original when their object is lost."""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from images.iiif.requests import RenditionSpec
from images.renditions.store import forget, get_rendition
from images.renditions.stored import StoredRendition
from images.serving.lookups import Found, find_image
from images.serving.responses import Content, serve
from images.serving.visibility import Rechecked
from storage.errors import CorruptObject, ObjectNotFound


def serve_stored(
    request: HttpRequest,
    stored: StoredRendition,
    find: Callable[[HttpRequest, UUID], Found] = find_image,
    checked: Callable[[StoredRendition], Content] = lambda stored: Rechecked(stored, stored.image_id),
) -> HttpResponseBase:
    """Return what `serve` makes of it, or of one drawn anew when its object is missing or damaged, from the
    image that `find` returns; `checked` is what asks again who may have it.
    """
    try:
        return serve(request, checked(stored), str(stored.image_id))
    except (ObjectNotFound, CorruptObject):
        forget(stored)
        image = find(request, stored.image_id).image
        drawn = get_rendition(image, RenditionSpec.parse(stored.spec))
        return serve(request, checked(drawn), str(stored.image_id))
