"""Where one comes to after an upload: what was just added, selected, and what is done with a selection."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from images.catalogue.access import may_delete, may_edit
from images.catalogue.arrivals import ORDER, arrived, named
from images.catalogue.search import EARLIEST, LATEST, search_deadline
from images.http.caching import personal
from images.models import Image
from images.pages.paging import requested_cursor
from images.pages.selection import MAX_SELECTED, act_on_many, bar
from images.pages.timeline import Day
from images.renditions.progress import progress_of

MAX_KNOWN = 60  # images that an address names one by one: proxies take 8,000 characters, gunicorn 4,094


class KnownField(forms.UUIDField):
    """Ids of images, none or up to MAX_KNOWN."""

    widget = forms.MultipleHiddenInput

    def clean(self, values: list[str]) -> list[UUID]:
        if len(values or ()) > MAX_KNOWN:
            raise forms.ValidationError("An address names no more images.")
        return [super(KnownField, self).clean(value) for value in values or ()]


class ArrivalsForm(forms.Form):
    """From which moment on the person uploaded, and which images the library had already."""

    uploaded_after = forms.DateTimeField(
        required=False, validators=[MinValueValidator(EARLIEST), MaxValueValidator(LATEST)], input_formats=()
    )
    images = KnownField(required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def arrivals(request: HttpRequest) -> HttpResponse:
    """The images of an upload, all of them selected. A POST acts on those that it names."""
    return act_on_many(request) if request.method == "POST" else _arrivals_page(request)


@login_required
def _arrivals_page(request: HttpRequest) -> HttpResponse:
    form = ArrivalsForm(request.GET)
    if not form.is_valid():
        raise Http404
    since, cursor = form.cleaned_data["uploaded_after"], requested_cursor(request, ORDER)
    with search_deadline():
        known = named(request.user, form.cleaned_data["images"]) if form.cleaned_data["images"] else []
        page = arrived(request.user, since, cursor, MAX_SELECTED - MAX_KNOWN) if since else None
    new = page.rows if page else []
    there = {image.pk for image in new}
    further = [] if cursor else [image for image in known if image.pk not in there]
    images = [*new, *further]
    groups = [Day(None, new), Day(None, further, gettext("In the library already"))]
    chosen = sum(may_edit(request.user, image) or may_delete(request.user, image) for image in images)
    days = [group for group in groups if group.images]
    context = {"images": images, "days": days, "page": page, "chosen": chosen, **bar()}
    context["progress"] = progress_of(new)
    return render(request, "selection/selection.html", context)


def address_of(new: Iterable[datetime], known: Iterable[UUID]) -> str:
    """Return the address of the images that were created at these moments, and of those known before; empty
    where there is neither. A long upload's known ones are not all in it: it leads to what was added.
    """
    said: list[tuple[str, object]] = [("uploaded_after", moment.isoformat()) for moment in sorted(new)[:1]]
    said += [("images", pk) for pk in list(dict.fromkeys(known))[:MAX_KNOWN]]
    return f"{reverse('selection')}?{urlencode(said)}" if said else ""


def address_of_images(images: Iterable[tuple[Image, bool]]) -> str:
    """Return the address of these images, each with whether it is new."""
    pairs = list(images)
    return address_of(
        [image.created_at for image, is_new in pairs if is_new],
        [image.pk for image, is_new in pairs if not is_new],
    )
