"""The pages of a share link: what it shows and nothing beside it, to everybody who has its address."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from images.accounts.visit_counts import note_visit
from images.accounts.visits import find_share, is_let_in, knows_password, let_in
from images.catalogue.cursors import Cursor
from images.catalogue.search import search_deadline
from images.catalogue.shares import Shared
from images.catalogue.sharing import MAX_PASSWORD_LENGTH
from images.errors import InvalidCursor
from images.models import Image, ShareLink
from images.pages.pictures import Picture, cell, stage

no_store = cache_control(no_store=True)


@dataclass(frozen=True)
class Shown:
    """An image of a link as its grid shows it, and the address of its page there."""

    image: Image
    address: str
    picture: Picture


class PasswordForm(forms.Form):
    """The password of a link. No password has space around it, which may come with what is copied."""

    password = forms.CharField(max_length=MAX_PASSWORD_LENGTH)


@csrf_exempt  # nobody is signed in by it, and browsers hide from where a form comes that may tell no referrer
@no_store
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, secret: str) -> HttpResponse:
    """What the link shows: one image large, else a page of a grid. A POST gives its password."""
    found = find_share(request, secret)
    if request.method == "POST":
        return _ask(request, found, secret)
    if not is_let_in(request, found):
        return _password_page(request, found)
    shared = Shared(found, secret)
    if found.target == ShareLink.Target.IMAGE:
        page = _image_page(request, shared, secret, shared.only())
    else:
        page = _grid_page(request, shared, secret)
    if request.method == "GET" and "cursor" not in request.GET:  # who goes on to its next page is still there
        note_visit(found)
    return page


@no_store
@require_safe
def shared_image(request: HttpRequest, secret: str, name: UUID) -> HttpResponse:
    """One image of those that the link shows. Who did not give the password is asked for it first."""
    found = find_share(request, secret)
    if not is_let_in(request, found):
        return _varied(found, redirect("share", secret))
    shared = Shared(found, secret)
    return _image_page(request, shared, secret, shared.image(name))


def _grid_page(request: HttpRequest, shared: Shared, secret: str) -> HttpResponse:
    with search_deadline():
        page = shared.page(_cursor(request, shared.ordering))
    shown = []
    for image in page.rows:
        address = _address(shared, secret, image)
        shown.append(Shown(image, address, cell(image, address)))
    context: dict[str, Any] = {"album": shared.share.album, "page": page, "shown": shown}
    if shared.share.may_download:
        context["download"] = reverse("shared-download", args=[secret])
    return _varied(shared.share, render(request, "shares/visit.html", context))


def _image_page(request: HttpRequest, shared: Shared, secret: str, image: Image) -> HttpResponse:
    is_one = shared.share.target == ShareLink.Target.IMAGE
    context = {
        "image": image,
        "picture": stage(image, _address(shared, secret, image)),
        "whole": "" if is_one else reverse("share", args=[secret]),
    }
    if shared.share.may_download:
        context["original"] = reverse("shared-file", args=[secret, shared.name_of(image)])
    return _varied(shared.share, render(request, "shares/visited_image.html", context))


def _ask(request: HttpRequest, share: ShareLink, secret: str) -> HttpResponse:
    response = redirect("share", secret)
    if not share.password:
        return response
    form = PasswordForm(request.POST)
    if form.is_valid() and knows_password(request, share, form.cleaned_data["password"]):
        let_in(response, share, secret)
        return response
    return _password_page(request, share, _("This is not the password."))


def _password_page(request: HttpRequest, share: ShareLink, refusal: str = "") -> HttpResponse:
    page = render(request, "shares/password.html", {"refusal": refusal}, status=403 if refusal else 200)
    return _varied(share, page)


def _cursor(request: HttpRequest, ordering: str) -> Cursor | None:
    text = request.GET.get("cursor", "")
    try:
        return Cursor.parse(text, ordering) if text else None
    except InvalidCursor:
        raise Http404 from None


def _address(shared: Shared, secret: str, image: Image) -> str:
    return reverse("shared-image", args=[secret, shared.name_of(image)])


def _varied(share: ShareLink, response: HttpResponse) -> HttpResponse:
    if share.password:
        patch_vary_headers(response, ("Cookie",))
    return response
