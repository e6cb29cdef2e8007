"""The byte views. Plain Django views: DRF would negotiate (406 for `Accept: image/*`) and vary by cookie."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers

from images.access import public_images, resolve_user, visible_images
from images.errors import answers_problems
from images.serving import serve


@answers_problems(allow=("GET", "HEAD"))
def serve_image_file(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The original bytes of an image, verified, to whoever may see it."""
    image = public_images().filter(pk=image_id).first()
    if image:  # no session, no cookie, no user: one answer for everyone
        return serve(request, image)
    image = get_object_or_404(visible_images(resolve_user(request)), pk=image_id)
    response = serve(request, image)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response
