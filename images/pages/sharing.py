"""The page on which a share link is made, and which alone shows its address."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from images.catalogue.sharing import aimed, make_share
from images.http.caching import personal
from images.http.error_pages import refusal
from images.http.origin import share_address
from images.models import ShareLink
from images.pages.share_forms import TargetForm, TermsForm

SHARE = "share"  # what the button of a selection says


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def new_share(request: HttpRequest) -> HttpResponse:
    """The form of a link to what the address names. A POST makes the link, and answers with its address."""
    target = TargetForm(request.POST if request.method == "POST" else request.GET)
    if not target.is_valid():
        raise Http404
    of = target.meant_by(request.user)
    form = TermsForm(request.POST if request.method == "POST" else None)
    try:
        if form.is_valid():
            share, secret = make_share(request.user, of, **form.terms)
            address = share_address(request, secret)
            return _unstored(request, "sharing/made.html", {"share": share, "address": address})
        return _form_page(request, aimed(request.user, of)[0], target, form)
    except ValidationError as error:
        return refusal(request, "validation_error", " ".join(error.messages))


def share_selection(request: HttpRequest, ids: Sequence[UUID]) -> HttpResponse:
    """Return the form of a link to a selection. Raises ValidationError where it may not be shared."""
    try:
        share, selected = aimed(request.user, ids)
    except PermissionDenied as error:
        raise ValidationError(str(error)) from None
    return _form_page(request, share, TargetForm(initial={"images": [*selected]}), TermsForm())


def _form_page(request: HttpRequest, share: ShareLink, target: TargetForm, form: TermsForm) -> HttpResponse:
    selected = target["images"].value()
    count = len(selected.split() if isinstance(selected, str) else selected or ())
    context = {"share": share, "selected": count, "target": target, "form": form}
    return _unstored(request, "sharing/new.html", context, 400 if form.errors else 200)


def _unstored(
    request: HttpRequest, template: str, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """Return a page that has a secret, of a link or of who makes it, and that nothing keeps."""
    response = render(request, template, context, status=status)
    response["Cache-Control"] = "no-store"
    return response
