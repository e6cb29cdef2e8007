"""An image made a favourite, or none, by the heart of its page or of its cell."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme

from images.catalogue.access import visible_images
from images.catalogue.favourites import favour, unfavour
from images.concurrency.locks import locked

FAVOUR, UNFAVOUR = "favourite", "unfavourite"


def favour_by(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """Do what the `action` of the form says, and lead `back` to the page of this site that had the heart."""
    if not request.user.is_authenticated:
        raise PermissionDenied
    with transaction.atomic():
        image = get_object_or_404(locked(visible_images(request.user)), pk=image_id)
        (favour if request.POST["action"] == FAVOUR else unfavour)(request.user, [image])
    back = request.POST.get("back", "")
    is_here = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_here else image.get_absolute_url())
