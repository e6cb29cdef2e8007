"""What to do to which images, and the question that some of it ends with."""

from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser
from images.catalogue.curation import (
    MOST,
    Act,
    Changes,
    Every,
    act,
    all_of,
    editing,
    favouring,
    put,
    restoring,
    shifting_dates,
    showing,
    tagging,
    trashing,
)
from images.catalogue.publishing import Location
from images.catalogue.search import ImageFilter
from images.errors import Conflict, LocationUndecided
from images.ingest.copies import public_copies
from images.models import Album, Image
from images.models.album import MAX_KEY_LENGTH
from images.models.image import MAX_OFFSET
from images.pages.clocks import OffsetField
from images.pages.filing import FILE, UNFILE, file_many, unfile_many
from images.pages.labels import PUBLISHING, SHOWN_BY, Action
from images.pages.notices import NAMED, tell, tell_of_copies
from images.pages.sharing import SHARE, share_selection
from images.pages.tagging import TagsInOneLine

MAX_SELECTED = NAMED  # images that one form names
# In the order of the row.
WORDS = ("title", "description", "alt_text", "author", "credit", "copyright", "licence")
MAX_DAYS = 400_000  # that a date is wrong by, and likewise hours and minutes: no more than a thousand years
ACTIONS = {*Action.values, FILE, UNFILE, SHARE}


class IdsField(forms.UUIDField):
    """Ids of images."""

    widget = forms.MultipleHiddenInput

    def clean(self, values: list[str]) -> list[UUID]:
        if len(values or ()) > MAX_SELECTED:
            raise forms.ValidationError(_("Choose at most %d images at once.") % MAX_SELECTED)
        return [super(IdsField, self).clean(value) for value in values or ()]


class SelectionForm(forms.Form):
    """What to do to which images, and what is said with it."""

    action = forms.ChoiceField(choices=[(name, name) for name in ACTIONS])
    images = IdsField(required=False)
    every = forms.IntegerField(required=False, min_value=1, max_value=MOST)  # all that match were so many
    location = forms.ChoiceField(choices=Location.choices, required=False)
    tags = TagsInOneLine(required=False)
    album = forms.CharField(required=False, max_length=MAX_KEY_LENGTH)
    days = forms.IntegerField(required=False, min_value=-MAX_DAYS, max_value=MAX_DAYS)
    hours = forms.IntegerField(required=False, min_value=-MAX_DAYS, max_value=MAX_DAYS)
    minutes = forms.IntegerField(required=False, min_value=-MAX_DAYS, max_value=MAX_DAYS)
    offset = OffsetField(required=False)
    title, description, alt_text, author, credit, copyright, licence = (
        field.formfield(required=False, validators=field.validators)
        for field in Image._meta.concrete_fields
        if field.name in WORDS
    )

    def clean_offset(self) -> int | None:
        offset: int | None = self.cleaned_data["offset"]
        if offset is not None and abs(offset) > MAX_OFFSET:
            raise forms.ValidationError(_("No clock is so far from UTC."))
        return offset

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        action = cleaned.get("action")
        if not self.errors and not cleaned["images"] and not cleaned["every"]:
            raise forms.ValidationError(_("Choose at least one image."))
        if action == Action.EDIT and not self.errors and not self.words:
            raise forms.ValidationError(_("Write what is to be said."))
        if action in (Action.TAG, Action.UNTAG) and not cleaned.get("tags", True):
            raise forms.ValidationError(_("Name at least one tag."))
        if action == FILE and not cleaned.get("album", True):
            raise forms.ValidationError(_("Name an album."))
        if (
            action == Action.SHIFT_DATES
            and not self.errors
            and not (self.by or cleaned["offset"] is not None)
        ):
            raise forms.ValidationError(_("Say by how much the dates are wrong."))
        return cleaned

    @property
    def by(self) -> timedelta:
        """By how much dates are to be moved on."""
        return timedelta(**{unit: self.cleaned_data[unit] or 0 for unit in ("days", "hours", "minutes")})

    @property
    def words(self) -> dict[str, str]:
        """The words that are the same for all: those fields of them that were filled in."""
        return {name: value for name in WORDS if (value := self.cleaned_data.get(name))}

    def act_of(self, user: AnyUser) -> Act:
        """What was chosen, with what is said."""
        said = self.cleaned_data
        match said["action"]:
            case Action.PUBLISH:
                return showing(Image.Visibility.PUBLIC, said["location"])
            case Action.UNLIST:
                return showing(Image.Visibility.UNLISTED, said["location"])
            case Action.HIDE:
                return showing(Image.Visibility.PRIVATE)
            case Action.TAG:
                return tagging(add=said["tags"])
            case Action.UNTAG:
                return tagging(remove=said["tags"])
            case Action.SHIFT_DATES:
                return shifting_dates(self.by, said["offset"])
            case Action.EDIT:
                return editing(lambda image: put(image, self.words))
            case Action.FAVOUR | Action.UNFAVOUR:
                return favouring(user, is_favourite=said["action"] == Action.FAVOUR)
            case Action.TRASH:
                return trashing()
        return restoring(said["location"])


def bar(every: int | None = None, download: str = "") -> dict[str, Any]:
    """Return what templates/gallery/selection.html says; `every` is how many images there are, where they can
    be chosen beyond the page, and `download` where all of them come from as one archive.
    """
    return {
        "audiences": SHOWN_BY.values(),
        "publishing": PUBLISHING,
        "most": MAX_SELECTED,
        "every": every,
        "download": download or reverse("download"),
    }


def is_of_many(sent: QueryDict) -> bool:
    """Whether this is for `act_on_many`, on a page that has other forms: those name an `image`, or none."""
    return "image" not in sent and sent.get("action") in ACTIONS


def act_on_many(request: HttpRequest, every: Every | None = None, album: Album | None = None) -> HttpResponse:
    """Do what the form that was sent says to its images, and lead back to the page that it is on, or to the
    one that asks. All that can be chosen are `every`, or else what the address asks for; on the page of an
    `album`, images are taken out of that.
    """
    if not request.user.is_authenticated:
        raise PermissionDenied
    form = SelectionForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            if said["every"]:
                said["images"] = all_of(every or partial(_asked_for, request), said["every"])
            if said["action"] == FILE:
                file_many(request, said["album"], said["images"])
            elif said["action"] == UNFILE:
                unfile_many(request, album, said["images"])
            elif said["action"] == SHARE:
                return share_selection(request, said["images"])
            elif page := carry_out(request, form)[1]:
                return page
        except Conflict:
            form.add_error(None, _("By now these are not as many any more. Look at them again."))
        except forms.ValidationError as error:
            form.add_error(None, error.messages)
    if form.errors:
        reasons = " ".join(str(reason) for reason in chain.from_iterable(form.errors.values()))
        messages.error(request, gettext("Nothing was changed. {}").format(reasons))
    return redirect(request.get_full_path())


def _asked_for(request: HttpRequest, most: int) -> list[UUID] | None:
    """Return the ids of all that the address of the page asks for; None where they are more than `most`."""
    filters = ImageFilter(request.GET)
    if not filters.is_valid():
        raise forms.ValidationError(_("Part of this address was not understood."))
    return filters.images(request.user).ids(most)


def carry_out(request: HttpRequest, form: SelectionForm) -> tuple[Changes, HttpResponse | None]:
    """Do what the valid `form` says, and tell of it. Returns what became of it, and the page that asks when
    images would newly tell everyone where they were taken: they are as they were.
    """
    action, location = form.cleaned_data["action"], form.cleaned_data["location"]
    changes = act(request.user, form.act_of(request.user), form.cleaned_data["images"])
    tell(request, action, changes)
    waiting = [changes.refused[pk] for pk in changes.refused_by(LocationUndecided)]
    if location == Location.STRIP:
        is_unlisted = action == Action.UNLIST
        wanted = Image.Visibility.UNLISTED if is_unlisted else Image.Visibility.PUBLIC
        copies = public_copies(waiting, request.user, wanted)
        tell_of_copies(request, copies)
        waiting = copies.left
    if not waiting:
        return changes, None
    newest_first = sorted(waiting, key=lambda image: image.created_at, reverse=True)
    context = {"located": newest_first, "publishing": PUBLISHING, "doing": action}
    return changes, render(request, "location/question.html", context)
