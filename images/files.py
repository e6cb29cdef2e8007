"""The byte views. Plain Django views: DRF would negotiate (406 for `Accept: image/*`) and vary by cookie.

images.middleware.BytesFirst sends requests straight here.
"""

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers

from images.access import find_public_image, resolve_user, visible_images
from images.errors import answers_problems
from images.serving import serve


def byte_view(view: Callable) -> Callable:
    """Mark a view that answers with bytes or a problem, and needs nothing of what is made for pages."""
    view = answers_problems(allow=("GET", "HEAD"))(view)
    view.is_byte_view = True
    return view


@byte_view
def serve_image_file(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """The original bytes of an image, verified, to whoever may see it."""
    image = find_public_image(image_id)
    if image:  # no session, no cookie, no user: one answer for everyone
        return serve(request, image)
    image = get_object_or_404(visible_images(resolve_user(request)), pk=image_id)
    response = serve(request, image)
    patch_vary_headers(response, ("Cookie", "Authorization"))
    return response
