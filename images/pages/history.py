"""The page of a history, and the button that undoes a step of it."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from images.catalogue.access import may_edit, visible_images
from images.catalogue.cursors import page_at
from images.catalogue.history import TRASHED, history_of
from images.catalogue.undoing import Undone, undo
from images.catalogue.undone import undoable
from images.http.caching import personal
from images.models import Change, Image
from images.pages.changes import Step, lines_of
from images.pages.paging import requested_cursor
from images.pages.times import moment

LATEST = "-at"


@require_safe
@personal
def image_history(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """What was changed of an image, for who may edit it."""
    image = get_object_or_404(visible_images(request.user).select_related("uploaded_by"), pk=image_id)
    if not may_edit(request.user, image):
        raise PermissionDenied
    page = page_at(history_of(Change.Kind.IMAGE, image.pk), LATEST, requested_cursor(request, LATEST))
    may_undo = undoable(request.user, image, page.rows)
    steps = [Step(change, lines_of(change), change.pk in may_undo) for change in page.rows]
    context = {"image": image, "page": page, "steps": steps, "begun": _begun(image)}
    return render(request, "history/image.html", context)


@require_POST
@personal
@login_required
def undo_change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Undo a change or an action, and go back to where that was asked for."""
    try:
        undone = undo(request.user, pk)
    except Change.DoesNotExist:
        raise Http404 from None
    _tell(request, undone)
    if any(result.change.before.get(TRASHED) and TRASHED in result.undone for result in undone.results):
        return redirect("trash")
    return redirect(_asked_from(request))


def button(action: UUID) -> SafeString:
    """Return the button of a message that undoes an action, of the form `undo` (base.html)."""
    address = reverse("undo", args=[action])
    return format_html('<button form="undo" formaction="{}">{}</button>', address, _("Undo"))


def _begun(image: Image) -> str:
    """Return how the image came into the library."""
    if image.uploaded_by:
        person = image.uploaded_by.get_username()
        return format_html(
            _("Uploaded by {person}, {moment}"), person=person, moment=moment(image.created_at)
        )
    return format_html(_("Uploaded {moment}"), moment=moment(image.created_at))


def _tell(request: HttpRequest, undone: Undone) -> None:
    left = sum(bool(result.left) for result in undone.results)
    if any(result.undone for result in undone.results):
        messages.success(request, format_html("{} {}", _("Undone."), button(undone.action)))
    elif not left:
        messages.info(request, _("It is as it was before already."))
    if left:
        sentence = ngettext(
            "%d change is not undone, or not all of it: it was changed again since, or is not yours to undo.",
            "%d changes are not undone, or not all of them: they were changed again since, or are not yours "
            "to undo.",
            left,
        )
        messages.warning(request, sentence % left)


def _asked_from(request: HttpRequest) -> str:
    """Return the page of this site on which the button was, else the gallery."""
    address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}):
        return reverse("gallery")
    parts = urlsplit(address)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
