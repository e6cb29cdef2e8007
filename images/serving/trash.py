"""The picture of an image in the trash, whose own addresses are absent to everyone."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from images.accounts.authentication import resolve_user
from images.catalogue.access import trashed_images
from images.iiif.pyramid import sizes
from images.iiif.requests import sized
from images.renditions.store import get_rendition
from images.serving.lookups import Found
from images.serving.lost_renditions import serve_stored
from images.serving.responses import PRIVATE
from images.serving.views import byte_view


@byte_view
def serve_trashed_picture(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """The smallest size that info.json listed of an image in the trash, to whoever may restore it."""
    found = _find(request, image_id)
    width, height = found.image.width, found.image.height
    smallest = sized(sizes(width, height)[0], width, height, "webp")
    response = serve_stored(request, get_rendition(found.image, smallest), _find)
    if response["Cache-Control"] != PRIVATE:  # it was restored just now, and is public at its own addresses
        raise Http404
    return found.varied(response)


def _find(request: HttpRequest, image_id: UUID) -> Found:
    trashed = trashed_images(resolve_user(request))
    return Found(get_object_or_404(trashed, pk=image_id), is_personal=True)
