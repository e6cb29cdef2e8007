"""The pages. Each finds, authorizes and hands over; what a person may not see is not found."""

from collections.abc import Callable, Iterable
from itertools import chain
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_required
from django.contrib.messages.views import SuccessMessageMixin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_cookie

from images.catalogue.access import may_edit, may_purge, may_upload, trashed_images, visible_images
from images.catalogue.curation import Action, act, betrayed
from images.catalogue.cursors import Page, neighbours, ordering_of, page_at
from images.catalogue.search import ImageFilter
from images.catalogue.trash import purge
from images.http.origin import absolute
from images.imaging.formats import too_many_bytes
from images.models import Image
from images.pages.embeds import embeds
from images.pages.forms import (
    PUBLISHING,
    GalleryForm,
    ImageForm,
    PageForm,
    SelectionForm,
    TrashForm,
    UploadForm,
)
from images.pages.notices import tell
from images.pages.uploads import Outcome, status_of, take_in
from images.templatetags.pages import alternative


def personal(view: Callable) -> Callable:
    """Decorate a page: it is made for one person, so no shared cache keeps it."""
    return cache_control(private=True, no_cache=True)(vary_on_cookie(view))


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def gallery(request: HttpRequest) -> HttpResponse:
    """The images the person sees, as the query searches, filters and sorts. A POST acts on many."""
    if request.method == "POST":
        return _act_on_many(request)
    filters = ImageFilter(request.GET, visible_images(request.user), request=request)
    context = {
        "filters": filters,
        "form": GalleryForm(request.GET),
        "count": filters.qs.count(),
        "page": _page(request, filters.qs, ordering_of(filters.qs)),
        "actions": (Action.PUBLISH, Action.HIDE, Action.TRASH),
        "publishing": PUBLISHING,
    }
    return render(request, "gallery/gallery.html", context)


def _act_on_many(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        raise PermissionDenied
    form = SelectionForm(request.POST)
    if form.is_valid():
        action = form.cleaned_data["action"]
        if question := _question(request, form):
            return question
        tell(request, action, act(request.user, action, form.cleaned_data["images"]))
    else:
        reasons = " ".join(chain.from_iterable(form.errors.values()))
        messages.error(request, _("Nothing was changed. {}").format(reasons))
    return redirect(request.get_full_path())


def _question(request: HttpRequest, form: SelectionForm) -> HttpResponse | None:
    """Return the page that asks before images which say where they were taken become public."""
    if form.cleaned_data["action"] != Action.PUBLISH or form.cleaned_data["confirmed"]:
        return None
    located = betrayed(request.user, form.cleaned_data["images"])
    if not located:
        return None
    context = {"images": form.cleaned_data["images"], "located": located, "publishing": PUBLISHING}
    return render(request, "gallery/publish.html", context)


def _page(request: HttpRequest, images: QuerySet[Image], ordering: str) -> Page:
    form = PageForm(request.GET, ordering)
    if not form.is_valid():
        raise Http404
    return page_at(images, ordering, form.cleaned_data["cursor"])


@require_http_methods(["GET", "HEAD", "POST"])
@personal
def image(request: HttpRequest, image_id: UUID) -> HttpResponse:
    """One image. A POST changes what is said of it, or does the `action` that it names."""
    image = get_object_or_404(visible_images(request.user).select_related("uploaded_by"), pk=image_id)
    if request.method != "POST":
        return _image_page(request, image, ImageForm(instance=image))
    if "action" in request.POST:
        return _act_on_one(request, image)
    return _edit(request, image)


def _image_page(request: HttpRequest, image: Image, form: ImageForm, status: int = 200) -> HttpResponse:
    newer, older = neighbours(visible_images(request.user), "-created_at", image)
    context = {
        "image": image,
        "newer": newer,
        "older": older,
        "form": form,
        "publishing": PUBLISHING,
        "address": absolute(request, image.get_absolute_url()),
        "embeds": embeds(image, alternative(image), request),
    }
    return render(request, "image/image.html", context, status=status)


def _edit(request: HttpRequest, image: Image) -> HttpResponse:
    if not may_edit(request.user, image):
        raise PermissionDenied
    form = ImageForm(request.POST, instance=image)
    if not form.is_valid():
        image.refresh_from_db()  # the page shows what is, the form what was sent
        return _image_page(request, image, form, status=400)
    form.save_changes()
    messages.success(request, _("Saved."))
    return redirect(image)


def _act_on_one(request: HttpRequest, image: Image) -> HttpResponse:
    form = SelectionForm(request.POST.dict() | {"images": [image.pk]})
    if not form.is_valid():
        raise SuspiciousOperation("Not an action of this page.")
    if question := _question(request, form):
        return question
    action = form.cleaned_data["action"]
    changes = act(request.user, action, [image.pk])
    if not changes.images:
        raise PermissionDenied
    tell(request, action, changes)
    return redirect("gallery") if action == Action.TRASH else redirect(image)


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
    outcomes = take_in(**form.cleaned_data, uploaded_by=request.user)
    return _upload_page(request, form, outcomes, status_of(outcomes))


def _upload_page(
    request: HttpRequest, form: UploadForm, outcomes: Iterable[Outcome] = (), status: int = 200
) -> HttpResponse:
    limit = settings.IMAGELIB_MAX_UPLOAD_BYTES
    context = {"form": form, "outcomes": outcomes, "max_bytes": limit, "too_large": too_many_bytes(limit)}
    return render(request, "upload/upload.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@personal
@login_required
def trash(request: HttpRequest) -> HttpResponse:
    """The trashed images the person may restore; a POST restores those that `image` names, or purges them."""
    trashed = trashed_images(request.user)
    if request.method != "POST":
        page = _page(request, trashed, "-deleted_at")
        return render(request, "trash/trash.html", {"page": page})
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
    tell(request, Action.RESTORE, act(request.user, Action.RESTORE, [image.pk for image in images]))
    return redirect(images[0] if len(images) == 1 else "trash")


def _purge(request: HttpRequest, images: list[Image], confirmed: bool) -> HttpResponse:
    if not may_purge(request.user):
        raise PermissionDenied
    if not confirmed:
        return render(request, "trash/purge.html", {"images": images})
    for image in images:
        purge(image)
    message = ngettext("One image was deleted for good.", "{} images were deleted for good.", len(images))
    messages.success(request, message.format(len(images)))
    return redirect("trash")


class SignIn(auth.LoginView):
    """Sign in, then back to the page that asked for it."""

    template_name = "accounts/login.html"


class SignOut(auth.LogoutView):
    """Sign out, by POST."""

    def post(self, request: HttpRequest, *args, **kwargs) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        messages.success(request, _("You are signed out."))
        return response


@method_decorator(personal, name="dispatch")
class ChangePassword(SuccessMessageMixin, auth.PasswordChangeView):
    """Change one's own password; other sessions of the person end."""

    template_name = "accounts/password.html"
    success_url = reverse_lazy("gallery")
    success_message = gettext_lazy("Your password was changed.")
