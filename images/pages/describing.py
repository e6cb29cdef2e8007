"""The walk from image to image that lacks its words: one is shown large, its words in fields."""

from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from images.catalogue.access import may_edit, visible_images
from images.catalogue.counts import MAX_COUNT
from images.catalogue.cursors import Cursor
from images.catalogue.history import recorded
from images.catalogue.sources import NEWEST
from images.catalogue.undescribed import count_undescribed, undescribed_from
from images.concurrency.locks import locked
from images.http.caching import personal
from images.models import Image
from images.pages.editing import EditForm
from images.pages.paging import requested_cursor
from images.pages.words import ImageForm


class WordsForm(EditForm):
    """The words that an image lacks, and those beside. A button says whether it is decorative."""

    class Meta:
        model = Image
        fields = ("alt_text", "title", "description", "decorative")
        widgets = ImageForm.Meta.widgets | {
            "alt_text": forms.Textarea(attrs={"rows": 4, "dir": "auto", "autofocus": True}),
        }
        labels = {"alt_text": _("What does the image show?")}
        help_texts = {"alt_text": _("Its alternative text, for people who cannot see it.")}


class ComingFrom(forms.Form):
    """The image from which one came."""

    back = forms.UUIDField(required=False)


@require_safe
@personal
@login_required
def words(request: HttpRequest) -> HttpResponse:
    """The first image at the place of the walk; at its end, a page that says what is left."""
    place = requested_cursor(request, NEWEST)
    if image := undescribed_from(request.user, place):
        return _to(image, back=place.id if place else "")
    return render(request, "words/end.html", _left(request))


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def words_of(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """One image of the walk, though it has its words by now. A POST writes them, and leads to the next."""
    if request.method != "POST":
        image = get_object_or_404(visible_images(request.user), pk=image_id)
        if not may_edit(request.user, image):
            raise PermissionDenied
        return _page(request, image, WordsForm(instance=image))
    with transaction.atomic():
        image = get_object_or_404(locked(visible_images(request.user)), pk=image_id)
        if not may_edit(request.user, image):
            raise PermissionDenied
        form = WordsForm(request.POST, instance=image)
        if form.is_valid():
            with recorded(request.user, [image.pk]):
                form.save_changes()
    if form.errors:
        image.refresh_from_db()
        return _page(request, image, form)
    return redirect(_beyond(image))


def _page(request: HttpRequest, image: Image, form: WordsForm) -> HttpResponse:
    context = {
        "image": image,
        "form": form,
        "fields": [form[name] for name in ("alt_text", "title", "description")],
        "skip": _beyond(image),
        "back": _back(request, image),
    }
    status = 400 if form.errors else 200
    return render(request, "words/words.html", context | _left(request), status=status)


def _back(request: HttpRequest, image: Image) -> str:
    """Return the address of the image from which one came, else of the one before that lacks its words; empty
    where there is none.
    """
    coming = ComingFrom(request.GET)
    pk = coming.cleaned_data["back"] if coming.is_valid() else None
    before = visible_images(request.user).filter(pk=pk).first() if pk else None
    if not before or not may_edit(request.user, before):
        before = undescribed_from(request.user, Cursor.beside(image, NEWEST, backwards=True))
    return reverse("words-of", args=[before.pk]) if before else ""


def _left(request: HttpRequest) -> dict[str, int | str]:
    count = count_undescribed(request.user)
    return {"left": count, "more_than": f"{MAX_COUNT:,}" if count > MAX_COUNT else ""}


def _beyond(image: Image) -> str:
    """Return the address of the walk behind `image`."""
    place = Cursor.beside(image, NEWEST, backwards=False)
    return f"{reverse('words')}?{urlencode({'cursor': str(place)})}"


def _to(image: Image, back: str) -> HttpResponseRedirect:
    query = f"?{urlencode({'back': back})}" if back else ""
    return redirect(f"{reverse('words-of', args=[image.pk])}{query}")
