"""The upload form."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.catalogue.access import may_upload
from images.catalogue.publishing import HELD
from images.http.caching import personal
from images.http.origin import absolute
from images.http.problems import PROBLEMS, REFUSALS_OF_FILES
from images.imaging.formats import too_many_bytes
from images.ingest.pipeline import KNOWN_WITHOUT
from images.pages.arrivals import MAX_KNOWN, address_of_images
from images.pages.forms import UploadForm
from images.pages.labels import PUBLISHING
from images.pages.upload_outcomes import Outcome, ingest_each, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def upload(request: HttpRequest) -> HttpResponse:
    """The upload form; a POST tells of each file what became of it."""
    if not may_upload(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _upload_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_page(request, form, status=400)
    outcomes = ingest_each(request, **form.cleaned_data)
    return _upload_page(request, form, outcomes, status_of(outcomes))


def _upload_page(
    request: HttpRequest, form: UploadForm, outcomes: Collection[Outcome] = (), status: int = 200
) -> HttpResponse:
    limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
    taken = [(outcome.image, outcome.is_new) for outcome in outcomes if outcome.image]
    context = {
        "form": form,
        "outcomes": sorted(outcomes, key=lambda outcome: outcome.image is not None),  # what was refused first
        "arrivals": address_of_images(taken),
        "located": [outcome.image for outcome in outcomes if outcome.waits],
        "publishing": PUBLISHING,
        "asked_of": _(HELD),
        "known_without": _(KNOWN_WITHOUT),
        "api": absolute(request, reverse("api-image-list")),
        "most_known": MAX_KNOWN,
        "max_bytes": limit,
        "too_large": too_many_bytes(limit),
        "refusals": " ".join(str(PROBLEMS[code][0]) for code in REFUSALS_OF_FILES),
    }
    return render(request, "upload/upload.html", context, status=status)
