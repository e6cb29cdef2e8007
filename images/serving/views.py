"""The byte views. Plain Django views: DRF would negotiate (406 for `Accept: image/*`) and vary by cookie.

images.http.middleware.BytesFirst sends requests straight here.
"""

import json
from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from images.catalogue.access import find_public_image, find_public_rendition, resolve_user, visible_images
from images.http.limits import count_render
from images.http.problems import answers_problems
from images.iiif.pyramid import CONTEXT, PROFILE, information, is_kept
from images.iiif.requests import RenditionSpec
from images.models import Image, KeptRendition
from images.pages.embeds import absolute
from images.renditions.store import draw_once, forget, get_rendition
from images.serving.responses import PRIVATE, serve
from storage.errors import CorruptObject, ObjectNotFound

JSON_LD = f'application/ld+json;profile="{CONTEXT}"'


def byte_view(view: Callable) -> Callable:
    """Mark a view that answers with bytes or a problem, and needs nothing of what is made for pages."""
    view = answers_problems(allow=("GET", "HEAD"))(view)
    view.is_byte_view = True
    return view


@byte_view
def serve_image_file(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The original bytes of an image, verified, to whoever may see it."""
    image, personal = _find(request, image_id)
    return _varied(serve(request, image), personal)


@byte_view
def serve_rendition(request: HttpRequest, image_id: UUID, spec: str) -> HttpResponse:
    """What the image request `spec` makes of an image (IIIF Image API 3.0, 4)."""
    kept = find_public_rendition(image_id, spec)
    if kept:  # as the pages ask: canonical, kept and public
        return _linked(_serve_kept(request, kept), request.path)
    image, personal = _find(request, image_id)
    canonical = RenditionSpec.parse(spec).canonical(image.width, image.height)
    if is_kept(canonical, image.width, image.height):
        response = _serve_kept(request, get_rendition(image, canonical))
    else:
        count_render(request)
        response = serve(request, draw_once(image, canonical))
    place = reverse("iiif-rendition", args=[image_id, canonical])
    return _varied(_linked(response, place), personal)


@byte_view
def serve_information(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The image information document, info.json (IIIF Image API 3.0, 5)."""
    image, personal = _find(request, image_id)
    identifier = absolute(request, image.get_service_url())
    document = information(identifier, image.width, image.height)
    headers = _headers(image, personal) | {
        "Content-Type": request.get_preferred_type([JSON_LD, "application/json"]) or JSON_LD,
        "Vary": "Accept",
        "X-Content-Type-Options": "nosniff",
    }
    return _varied(HttpResponse(json.dumps(document, indent=2), headers=headers), personal)


@byte_view
def redirect_to_information(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """From the base URI of an image to its info.json (IIIF Image API 3.0, 2)."""
    image, personal = _find(request, image_id)
    headers = _headers(image, personal) | {"Location": reverse("iiif-information", args=[image_id])}
    return _varied(HttpResponse(status=303, headers=headers), personal)


def _headers(image: Image, personal: bool) -> dict[str, str]:
    """Return what is said of an answer that is not bytes: who may keep it, and whose scripts may read it."""
    headers = {"Cache-Control": PRIVATE if personal else "no-cache"}
    return headers | ({"Access-Control-Allow-Origin": "*"} if image.is_public else {})


def _find(request: HttpRequest, image_id: UUID) -> tuple[Image, bool]:
    """Return the image, and whether that depends on who asks. Raises Http404 when it is not for them."""
    image = find_public_image(image_id)
    if image:  # no session, no cookie, no user: one answer for everyone
        return image, False
    return get_object_or_404(visible_images(resolve_user(request)), pk=image_id), True


def _varied(response: HttpResponse, personal: bool) -> HttpResponse:
    if personal:
        patch_vary_headers(response, ("Cookie", "Authorization"))
    return response


def _serve_kept(request: HttpRequest, kept: KeptRendition) -> HttpResponse:
    """Serve it; one whose object is missing or damaged is made again, for the original is there."""
    try:
        return serve(request, kept)
    except (ObjectNotFound, CorruptObject):
        forget(kept)
        image, _ = _find(request, kept.image_id)
        return serve(request, get_rendition(image, RenditionSpec.parse(kept.spec)))


def _linked(response: HttpResponse, canonical: str) -> HttpResponse:
    """Say the canonical address (4.8) and the level of compliance (6)."""
    response["Link"] = f'<{canonical}>;rel="canonical", <{PROFILE}>;rel="profile"'
    return response
