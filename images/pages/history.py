"""The page of a history, and the button that undoes a step of it."""

from collections.abc import Collection
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from images.accounts.members import for_members
from images.catalogue.access import may_edit, visible_images
from images.catalogue.albums import may_change_album, visible_album
from images.catalogue.cursors import Page, page_at
from images.catalogue.history import TRASHED, brief, fill_in, history_of, is_recorded
from images.catalogue.tags import may_curate, visible_tag
from images.catalogue.undoing import Undone, undo
from images.catalogue.undone import undoable
from images.catalogue.undone_albums import undoable_of_album
from images.catalogue.undone_tags import undoable_of_tag
from images.errors import Busy
from images.http.caching import personal
from images.models import Album, Change, Image, Tag
from images.pages.changes import Step, lines_of, undoings, went_back
from images.pages.paging import requested_cursor
from images.pages.times import moment

LATEST = "-at"
LATEST_SHOWN = 10


@require_safe
@personal
def image_history(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """What was changed of an image, for who may edit it."""
    image = get_object_or_404(visible_images(request.user).select_related("uploaded_by"), pk=image_id)
    if not may_edit(request.user, image):
        raise PermissionDenied
    page = page_at(history_of(Change.Kind.IMAGE, image.pk), LATEST, requested_cursor(request, LATEST))
    may_undo, address = undoable(request.user, image, page.rows), reverse("image-history", args=[image.pk])
    said = {"begun": _begun(image), "address": address}
    return _page(request, image, page, may_undo, _("To the image"), **said)


@require_safe
@personal
def album_history(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed of an album, for who may change it."""
    try:
        album = visible_album(request.user, slug)
    except Album.DoesNotExist:
        raise Http404 from None
    if not may_change_album(request.user, album):
        raise PermissionDenied
    page = page_at(brief(history_of(Change.Kind.ALBUM, album.pk)), LATEST, requested_cursor(request, LATEST))
    fill_in(page.rows)
    return _page(request, album, page, undoable_of_album(album, page.rows), _("To the album"))


@require_safe
@personal
@for_members
def tag_history(request: HttpRequest, slug: str) -> HttpResponse:
    """What was changed of a tag, for who curates."""
    try:
        tag = visible_tag(request.user, slug)
    except Tag.DoesNotExist:
        raise Http404 from None
    if not may_curate(request.user):
        raise PermissionDenied
    page = page_at(history_of(Change.Kind.TAG, tag.key), LATEST, requested_cursor(request, LATEST))
    return _page(request, tag, page, undoable_of_tag(tag, page.rows), _("To the tag"))


def _page(
    request: HttpRequest,
    shown: Image | Album | Tag,
    page: Page[Change],
    may_undo: Collection[UUID],
    back: str,
    **said: str,
) -> HttpResponse:
    """Return the page of what was changed, with a button at each step that `may_undo`."""
    undid = undoings(page.rows)
    steps = [
        Step(change, lines_of(change), change.pk in may_undo, change.pk in undid) for change in page.rows
    ]
    context = {"shown": shown, "back": back, "page": page, "steps": steps, **said}
    return render(request, "history/history.html", context)


@require_POST
@personal
@login_required
def undo_change(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Undo a change or an action, and go back to where that was asked for. What was undone is done again
    alike, by a button that says so: the address has `redo` then.
    """
    is_again = "redo" in request.GET
    try:
        undone = undo(request.user, pk)
    except Change.DoesNotExist:
        raise Http404 from None
    except Busy as error:  # some of it is done
        messages.warning(request, format_html("{} {}", error, button(pk, is_again=is_again)))
        return redirect(_asked_from(request))
    _tell(request, undone, is_again=is_again)
    if any(result.change.before.get(TRASHED) and TRASHED in result.undone for result in undone.results):
        return redirect("trash")
    return redirect(_asked_from(request))


def button_of_last(kind: str, target: object) -> SafeString:
    """Return the button that undoes what was done last to this image, album or tag."""
    change = history_of(kind, target).first()
    return button(change.action) if change else SafeString()


def way_back(action: UUID) -> SafeString:
    """Return the button that undoes an action; none where all was so already."""
    return button(action) if is_recorded(action) else SafeString()


def button(action: UUID, *, is_again: bool = False) -> SafeString:
    """Return the button of a message that undoes an action, of the form `undo` (base.html). Where that
    `is_again` what an undoing undid, it says so.
    """
    address, words = reverse("undo", args=[action]), _("Undo")
    if is_again:
        address, words = f"{address}?redo", _("Redo")
    return format_html('<button form="undo" formaction="{}">{}</button>', address, words)


def latest(image: Image) -> SafeString:
    """Return the last changes of `image` as lines, and a link to its history unless it is in the trash."""
    rows, nothing = [], _("nothing")
    for change in history_of(Change.Kind.IMAGE, image.pk)[:LATEST_SHOWN]:
        lines = lines_of(change)
        said = ((line.name, line.before or nothing, line.after or nothing) for line in lines)
        what = format_html_join("; ", "{}: {} → {}", said)
        who = change.by.get_username() if change.by else _("a command, or somebody who is gone")
        rows.append((moment(change.at), who, what or change.get_what_display()))
    steps = format_html_join("", "<div>{} <bdi>{}</bdi>: {}</div>", rows)
    if image.deleted_at:
        return steps
    address = reverse("image-history", args=[image.pk])
    return format_html('{}<a href="{}">{}</a>', steps, address, _("All, and undo"))


def _begun(image: Image) -> str:
    """Return how the image came into the library."""
    if image.uploaded_by:
        person = image.uploaded_by.get_username()
        return format_html(
            _("Uploaded by {person}, {moment}"), person=person, moment=moment(image.created_at)
        )
    return format_html(_("Uploaded {moment}"), moment=moment(image.created_at))


def _tell(request: HttpRequest, undone: Undone, *, is_again: bool) -> None:
    left = sum(bool(result.left) for result in undone.results)
    if any(result.undone for result in undone.results):
        sentence = _("Done again: {what}.") if is_again else _("Undone: {what}.")
        said = sentence.format(what=went_back(undone, is_again=is_again))
        messages.success(request, format_html("{} {}", said, button(undone.action, is_again=not is_again)))
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
