"""What a page says after images were changed, the way back included."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from images.catalogue.curation import Changes
from images.ingest.copies import Copies
from images.models import Image
from images.pages.history import button, way_back
from images.pages.labels import PUBLISHING, Action

NAMED = 500  # images that a form restores; below Django's limit of fields
LINKED = 10  # images that one message leads to

_DONE = {
    Action.PUBLISH: ngettext_lazy("%d image is public now.", "%d images are public now."),
    Action.UNLIST: ngettext_lazy("%d image is unlisted now.", "%d images are unlisted now."),
    Action.HIDE: ngettext_lazy("%d image is private now.", "%d images are private now."),
    Action.TAG: ngettext_lazy("%d image has these tags now.", "%d images have these tags now."),
    Action.UNTAG: ngettext_lazy("%d image is without these tags.", "%d images are without these tags."),
    Action.SHIFT_DATES: ngettext_lazy("%d image has another date now.", "%d images have another date now."),
    Action.EDIT: ngettext_lazy("%d image has these words now.", "%d images have these words now."),
    Action.FAVOUR: ngettext_lazy("%d image is a favourite of yours.", "%d images are favourites of yours."),
    Action.UNFAVOUR: ngettext_lazy(
        "%d image is no favourite of yours.", "%d images are no favourites of yours."
    ),
    Action.TRASH: ngettext_lazy("%d image is in the trash.", "%d images are in the trash."),
    Action.RESTORE: ngettext_lazy("%d image is back in the library.", "%d images are back in the library."),
}

WITHOUT_UNDO = (Action.FAVOUR, Action.UNFAVOUR, Action.TRASH, Action.RESTORE)  # or a way back of their own


def tell(request: HttpRequest, action: Action, changes: Changes) -> None:
    """Leave messages for the next page: how many images were changed, what follows, how many were not."""
    if changes.images:
        done = _DONE[action] % len(changes.images)
        undo = "" if action in WITHOUT_UNDO else way_back(changes.action)
        messages.success(request, format_html("{} {} {}", done, _consequence(action, changes), undo))
    if changes.notices:
        undecided = ngettext(
            "%d image says where it was taken and came back private: nobody said to publish that.",
            "%d images say where they were taken and came back private: nobody said to publish that.",
            len(changes.notices),
        )
        messages.warning(request, undecided % len(changes.notices))
    failed = changes.refused_by(ValidationError)
    for pk in failed[:LINKED]:
        sentence = " ".join(cast(ValidationError, changes.refusals[pk]).messages)
        messages.error(request, f"{changes.refused[pk]}: {sentence}")
    if (further := len(failed) - LINKED) > 0:
        others = ngettext("So it is with %d other.", "So it is with %d others.", further)
        messages.error(request, others % further)
    tell_of_refused(request, len(changes.refused_by(Image.DoesNotExist, PermissionDenied)))


def tell_of_refused(request: HttpRequest, count: int) -> None:
    """Leave a message for the next page about this many images that are hidden, absent or forbidden alike."""
    if count:
        left = ngettext(
            "%d image was left as it is: it is not there, or you may not change it.",
            "%d images were left as they are: they are not there, or you may not change them.",
            count,
        )
        messages.warning(request, left % count)


def tell_of_copies(request: HttpRequest, copies: Copies) -> None:
    """Leave messages for the next page: which copies are public, of what there are none and why."""
    if copies.made:
        done = ngettext(
            "%d copy without the location is public now.",
            "%d copies without the location are public now.",
            len(copies.made),
        )
        named = [(copy.get_absolute_url(), copy) for copy in list(copies.made.values())[:LINKED]]
        links = format_html_join(" ", '<a href="{}">{}</a>', named)
        messages.success(request, format_html("{} {}", done % len(copies.made), links))
    for image, sentence in copies.failed:
        messages.error(request, f"{image}: {sentence}")
    if copies.left:
        left = ngettext(
            "%d image has not been come to yet. Answer once more for it.",
            "%d images have not been come to yet. Answer once more for these.",
            len(copies.left),
        )
        messages.warning(request, left % len(copies.left))


def _consequence(action: Action, changes: Changes) -> str | Promise:
    match action:
        case Action.PUBLISH | Action.UNLIST:
            return format_html('<span class="publishing">{}</span>', PUBLISHING)
        case Action.HIDE:
            return _("Copies that browsers and caches made before are not recalled.")
        case Action.TRASH:
            return _way_back(changes)
        case Action.RESTORE if len(changes.images) == 1:
            (image,) = changes.images.values()
            return format_html('<a href="{}">{}</a>', image.get_absolute_url(), image)
    return ""


def _way_back(changes: Changes) -> SafeString:
    """Return a link to the trash, and a button of the form `undo` (base.html) that restores the images, or of
    more than a form has, one that undoes the action.
    """
    trash = format_html('<a href="{}">{}</a>', reverse("trash"), _("See the trash"))
    if len(changes.images) > NAMED:
        return format_html("{} {}", button(changes.action), trash)
    ids = format_html_join(
        "",
        '<input type="hidden" form="undo" name="images" value="{}">',
        ((pk,) for pk in changes.images),
    )
    return format_html(
        '{}<button form="undo" name="action" value="{}">{}</button> {}',
        *(ids, Action.RESTORE, Action.RESTORE.label, trash),
    )
