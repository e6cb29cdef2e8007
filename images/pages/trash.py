"""The trash: what a person may bring back, or delete for good."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from images.catalogue.access import may_purge, trashed_images
from images.catalogue.curation import act, restoring
from images.catalogue.trash import held, purge
from images.http.caching import personal
from images.models import Image
from images.pages.emptying import empty
from images.pages.forms import TrashForm
from images.pages.labels import Action
from images.pages.notices import tell
from images.pages.paging import requested_page


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def trash(request: HttpRequest) -> HttpResponse:
    """The trashed images the person may restore. A POST restores those that `image` names, or purges them, or
    empties the trash.
    """
    trashed = trashed_images(request.user)
    if request.method != "POST":
        page = requested_page(request, trashed, "-deleted_at")
        counted = held(request.user) if page.rows and not page.previous else None
        return render(request, "trash/trash.html", {"page": page, "held": counted})
    if request.POST.get("action") == "empty":
        return empty(request)
    form = TrashForm(request.POST, trashed)
    if not form.is_valid():
        raise Http404
    images = list(form.cleaned_data["image"])
    if not images:
        messages.warning(request, _("Choose at least one image."))
        return redirect("trash")
    if form.cleaned_data["action"] == form.PURGE:
        return _purge(request, images, form.cleaned_data["confirmed"])
    return _restore(request, images)


def _restore(request: HttpRequest, images: list[Image]) -> HttpResponse:
    tell(request, Action.RESTORE, act(request.user, restoring(), [image.pk for image in images]))
    return redirect(images[0] if len(images) == 1 else "trash")


def _purge(request: HttpRequest, images: list[Image], confirmed: bool) -> HttpResponse:
    if not may_purge(request.user):
        raise PermissionDenied
    if not confirmed:
        return render(request, "trash/confirm_purge.html", {"images": images})
    for image in images:
        purge(image)
    message = ngettext("One image was deleted for good.", "{} images were deleted for good.", len(images))
    messages.success(request, message.format(len(images)))
    return redirect("trash")
