"""The byte views. Plain Django views: DRF would negotiate (406 for `Accept: image/*`) and vary by cookie.

images.serving.middleware.BytesFirst sends requests straight here.
"""

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header

from images.errors import InvalidParameter
from images.http.caching import NOINDEX
from images.http.limits import count_render
from images.http.origin import absolute
from images.http.problems import Args, View, answers_problems
from images.iiif.information import CONTEXT, PROFILE, information
from images.iiif.pyramid import is_listed
from images.iiif.requests import RenditionSpec
from images.models import Image
from images.renditions.drawing import draw_once
from images.renditions.embedded import embedded
from images.renditions.store import get_rendition, is_storable
from images.serving.lookups import Found, find_image, find_open_rendition
from images.serving.lost_renditions import serve_stored
from images.serving.responses import PRIVATE, serve
from images.serving.visibility import Rechecked

JSON_LD = f'application/ld+json;profile="{CONTEXT}"'


def byte_view(view: View[Args]) -> View[Args]:
    """Mark a view that answers with bytes or a problem, and needs nothing of what is made for pages."""
    view = answers_problems(allow=("GET", "HEAD"))(view)
    view.is_byte_view = True  # type: ignore[attr-defined]  # functions take any, their type knows none
    return view


@byte_view
def serve_image_file(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """The original bytes of an image, verified, or a copy with its words in it, to whoever may see it."""
    found = find_image(request, image_id)
    if "metadata" in request.GET:
        return found.varied(_serve_copy(request, found.image))
    return found.varied(serve(request, Rechecked(found.image, image_id), str(image_id)))


@byte_view
def serve_rendition(request: HttpRequest, image_id: UUID, spec: str) -> HttpResponseBase:
    """What the image request `spec` makes of an image (IIIF Image API 3.0, 4)."""
    stored = find_open_rendition(image_id, spec)
    if stored:  # as the pages ask: canonical, stored and public
        return _linked(serve_stored(request, stored), request.path)
    found = find_image(request, image_id)
    width, height = found.image.width, found.image.height
    canonical = RenditionSpec.parse(spec).canonical(width, height)
    if is_listed(canonical, width, height) and is_storable(found.image, canonical):
        response = serve_stored(request, get_rendition(found.image, canonical))
    else:
        count_render(request)
        response = serve(request, draw_once(found.image, canonical), str(image_id))
    place = reverse("iiif-rendition", args=[image_id, canonical])
    return found.varied(_linked(response, place))


@byte_view
def serve_information(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """The image information document, info.json (IIIF Image API 3.0, 5)."""
    found = find_image(request, image_id)
    identifier = absolute(request, found.image.get_service_url())
    document = information(identifier, found.image.width, found.image.height)
    headers = _headers(found) | {
        "Content-Type": request.get_preferred_type([JSON_LD, "application/json"]) or JSON_LD,
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return found.varied(HttpResponse(json.dumps(document, indent=2), headers=headers))


@byte_view
def redirect_to_information(request: HttpRequest, image_id: UUID) -> HttpResponseBase:
    """From the base URI of an image to its info.json (IIIF Image API 3.0, 2)."""
    found = find_image(request, image_id)
    headers = _headers(found) | {"Location": reverse("iiif-information", args=[image_id])}
    return found.varied(HttpResponse(status=303, headers=headers))


def _serve_copy(request: HttpRequest, image: Image) -> HttpResponseBase:
    if request.GET.getlist("metadata") != ["embedded"]:
        raise InvalidParameter("The parameter metadata has one value: embedded.")
    count_render(request)
    with embedded(image) as copy:
        response = serve(request, copy, str(image.pk))
    if "Content-Disposition" in response:
        response["Content-Disposition"] = content_disposition_header(True, copy.filename)
    return response


def _headers(found: Found) -> dict[str, str]:
    """Return what is said of an answer that is not bytes: who may keep it, and whose scripts may read it."""
    headers = {"Cache-Control": PRIVATE if found.is_personal else "no-cache"}
    if found.image.is_open:
        headers |= {"Access-Control-Allow-Origin": "*"}
    return headers | (NOINDEX if found.image.audience == "unlisted" else {})


def _linked(response: HttpResponseBase, canonical: str) -> HttpResponseBase:
    """Say the canonical address (4.8) and the level of compliance (6)."""
    response["Link"] = f'<{canonical}>;rel="canonical", <{PROFILE}>;rel="profile"'
    return response
