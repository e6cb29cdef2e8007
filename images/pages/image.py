"""The page of one image: what is known of it, what may be done to it, how to embed it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from images.catalogue.access import copies_of, may_edit, may_find, visible_images
from images.catalogue.albums import may_change_album, may_file
from images.catalogue.favourites import is_favourite, marked
from images.catalogue.history import recorded
from images.catalogue.links import albums_of, read_links
from images.catalogue.sharing import links_to
from images.concurrency.locks import locked
from images.http.caching import personal, unindexed
from images.http.origin import absolute
from images.models import Image, Undrawn
from images.pages.embeds import embeds
from images.pages.favouring import FAVOUR, UNFAVOUR, favour_by
from images.pages.filing import FILE, UNFILE, FilingForm
from images.pages.labels import LICENCES, PUBLISHING, SHOWN_BY, Action
from images.pages.neighbours import neighbours
from images.pages.selection import SelectionForm, carry_out
from images.pages.words import ImageForm

MAX_COPIES = 10  # linked from the page; one is the rule


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def image(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """One image. A POST changes what is said of it, or does the `action` that it names."""
    images = marked(visible_images(request.user).select_related("uploaded_by", "derived_from"), request.user)
    if request.method != "POST":
        copied = Exists(Image.objects.filter(derived_from=OuterRef("pk")))  # few are: nothing else is asked
        undrawn = Undrawn.objects.filter(image=OuterRef("pk")).values("problem")
        images = images.annotate(is_copied=copied, problem=Subquery(undrawn))
        image = get_object_or_404(images, pk=image_id)
        read_links(request.user, [image])
        return _image_page(request, image, ImageForm(instance=image))
    if request.POST.get("action") in (FAVOUR, UNFAVOUR):
        return favour_by(request, image_id)
    if request.POST.get("action") in (FILE, UNFILE):
        return _file(request, get_object_or_404(images, pk=image_id))
    if "action" in request.POST:
        return _act_on_one(request, get_object_or_404(images, pk=image_id))
    return _edit(request, image_id)


def _image_page(
    request: HttpRequest, image: Image, form: ImageForm, filing: FilingForm | None = None, status: int = 200
) -> HttpResponse:
    is_favourite(request.user, image)  # which the template asks the image
    is_editable, problem = may_edit(request.user, image), getattr(image, "problem", "")
    copies = copies_of(image, request.user)[:MAX_COPIES] if getattr(image, "is_copied", True) else ()
    context = {
        "image": image,
        "neighbours": neighbours(request, image),
        "copies": copies,
        "copy_of": source if (source := image.derived_from) and may_find(request.user, source) else None,
        "albums": [(one, may_change_album(request.user, one)) for one in albums_of(request.user, image)],
        "may_file": may_file(request.user),
        "links": links_to(request.user, image) if is_editable else 0,
        "problem": Undrawn.Problem(problem).label if problem and is_editable else "",
        "filing": filing or FilingForm(request.user),
        "form": form,
        "licences": LICENCES,
        "publishing": PUBLISHING,
        "audiences": [action for visibility, action in SHOWN_BY.items() if visibility != image.visibility],
        "address": absolute(request, image.get_absolute_url()),
        "embeds": embeds(image, request),
    }
    response = render(request, "image/image.html", context, status=status)
    return unindexed(response) if image.audience == Image.Visibility.UNLISTED else response


def _edit(request: HttpRequest, image_id: UUID) -> HttpResponse:
    with transaction.atomic():
        image = get_object_or_404(locked(visible_images(request.user)), pk=image_id)
        if not may_edit(request.user, image):
            raise PermissionDenied
        form = ImageForm(request.POST, instance=image)
        if form.is_valid():
            with recorded(request.user, [image.pk]):
                form.save_changes()
    if form.errors:
        image.refresh_from_db()  # the page shows what is, the form what was sent
        return _image_page(request, image, form, status=400)
    messages.success(request, _("Saved."))
    return redirect(request.get_full_path())


def _file(request: HttpRequest, image: Image) -> HttpResponse:
    if not may_file(request.user):
        raise PermissionDenied
    filing = FilingForm(request.user, request.POST)
    filing.carry_out(request, image)
    if filing.errors:
        return _image_page(request, image, ImageForm(instance=image), filing, status=400)
    return redirect(request.get_full_path())


def _act_on_one(request: HttpRequest, image: Image) -> HttpResponse:
    form = SelectionForm(request.POST.dict() | {"images": [image.pk]})
    if not form.is_valid():
        raise SuspiciousOperation("Not an action of this page.")
    changes, page = carry_out(request, form)
    if changes.refused_by(Image.DoesNotExist, PermissionDenied):
        raise PermissionDenied
    if page:
        return page
    return redirect("gallery" if form.cleaned_data["action"] == Action.TRASH else request.get_full_path())
