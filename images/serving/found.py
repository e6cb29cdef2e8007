"""What a request for bytes finds: the image, and whether that depends on who asks."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_vary_headers

from images.accounts.authentication import resolve_user
from images.catalogue.access import visible_images
from images.models import Image
from images.serving.lookups import find_public_image


@dataclass(frozen=True)
class Found:
    """An image, and whether it was found for this caller only, so that the answer is personal."""

    image: Image
    is_personal: bool

    def varied(self, response: HttpResponseBase) -> HttpResponseBase:
        """Say of a personal answer that another caller may get another."""
        if self.is_personal:
            patch_vary_headers(response, ("Cookie", "Authorization"))
        return response


def find_image(request: HttpRequest, image_id: UUID) -> Found:
    """Return the image for whoever sent `request`. Raises Http404 when it is not for them."""
    image = find_public_image(image_id)
    if image:  # no session, no cookie, no user: one answer for everyone
        return Found(image, is_personal=False)
    visible = visible_images(resolve_user(request))
    return Found(get_object_or_404(visible, pk=image_id), is_personal=True)
