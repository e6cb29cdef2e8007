"""One's own share links: which there are, their terms, and their end."""

from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from images.catalogue.access import AnyUser
from images.catalogue.cursors import page_at
from images.catalogue.shares import has_ended, leading, unended
from images.catalogue.sharing import change_share, listed, revoke, shares_of
from images.errors import Conflict
from images.http.caching import personal
from images.models import ShareLink
from images.pages.paging import requested_cursor
from images.pages.share_forms import ChangedTermsForm

NEWEST = "-created_at"


class State(models.TextChoices):
    """Whether a link shows anything, and why not."""

    LIVE = "live", gettext_lazy("works")
    NOWHERE = "nowhere", gettext_lazy("leads nowhere just now")
    EXPIRED = "expired", gettext_lazy("expired")
    REVOKED = "revoked", gettext_lazy("revoked")


class Row(NamedTuple):
    """A link as the list shows it; what it leads to is told where its maker sees that."""

    share: ShareLink
    state: State
    leads: bool


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def shares(request: HttpRequest) -> HttpResponse:
    """One's own links, page after page. A POST revokes all of them, once that is confirmed."""
    if request.method == "POST":
        return _revoke_all(request)
    page = page_at(listed(shares_of(request.user)), NEWEST, requested_cursor(request, NEWEST))
    context = {"page": page, "rows": list(_rows(request.user, page.rows))}
    return render(request, "sharing/shares.html", context)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def share_terms(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """The terms of one link. A POST changes them, or revokes it."""
    share = get_object_or_404(listed(shares_of(request.user)), pk=share_id)
    if request.method == "POST" and request.POST.get("action") == "revoke":
        revoke(shares_of(request.user).filter(pk=share.pk))
        messages.success(request, _("The link is revoked: from now on it shows nothing."))
        return redirect("shares")
    if share.revoked_at:
        raise Http404
    form = ChangedTermsForm(share, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            change_share(share, **form.terms)
        except (Conflict, ValidationError) as error:
            form.add_error(None, error if isinstance(error, ValidationError) else str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("shares")
    (row,) = _rows(request.user, [share])
    response = render(
        request, "sharing/terms.html", {"row": row, "form": form}, status=400 if form.errors else 200
    )
    if form.errors:  # it has the password that was sent
        response["Cache-Control"] = "no-store"
    return response


def _revoke_all(request: HttpRequest) -> HttpResponse:
    if request.POST.get("confirmed") != "yes":
        count = shares_of(request.user).filter(unended()).count()
        return render(request, "sharing/confirm_revoke.html", {"count": count})
    ended = revoke(shares_of(request.user))
    sentence = ngettext("%d link is revoked.", "%d links are revoked.", ended)
    messages.success(request, sentence % ended)
    return redirect("shares")


def _rows(user: AnyUser, shares: list[ShareLink]) -> Iterator[Row]:
    led = leading(user, shares)
    for share in shares:
        yield Row(share, _state(share, share.pk in led), share.pk in led)


def _state(share: ShareLink, leads: bool) -> State:
    if share.revoked_at:
        return State.REVOKED
    if has_ended(share):
        return State.EXPIRED
    return State.LIVE if leads else State.NOWHERE
