"""What to do to which images, and the question that some of it ends with."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from images.catalogue.curation import Action, Changes, act
from images.catalogue.publishing import Location
from images.ingest.copies import public_copies
from images.pages.forms import PUBLISHING
from images.pages.notices import tell, tell_of_copies

MAX_SELECTED = 500  # images in one form; below Django's limit of fields


class IdsField(forms.UUIDField):
    """One or more ids of images."""

    widget = forms.MultipleHiddenInput

    def clean(self, values: list[str]) -> list[UUID]:
        if not values:
            raise forms.ValidationError(_("Choose at least one image."))
        if len(values) > MAX_SELECTED:
            raise forms.ValidationError(_("Choose at most %d images at once.") % MAX_SELECTED)
        return [super(IdsField, self).clean(value) for value in values]


class SelectionForm(forms.Form):
    """What to do to which images, and what was said of where they were taken."""

    action = forms.ChoiceField(choices=Action.choices)
    images = IdsField()
    location = forms.ChoiceField(choices=Location.choices, required=False)


def carry_out(request: HttpRequest, form: SelectionForm) -> tuple[Changes, HttpResponse | None]:
    """Do what the valid `form` says, and tell of it. Returns what became of it, and the page that asks when
    images would newly tell everyone where they were taken: they are as they were.
    """
    action, location = form.cleaned_data["action"], form.cleaned_data["location"]
    changes = act(request.user, action, form.cleaned_data["images"], location)
    tell(request, action, changes)
    waiting = changes.undecided if action == Action.PUBLISH else []
    if location == Location.STRIP:
        copies = public_copies(waiting, request.user)
        tell_of_copies(request, copies)
        waiting = copies.left
    if not waiting:
        return changes, None
    newest_first = sorted(waiting, key=lambda image: image.created_at, reverse=True)
    context = {"located": newest_first, "publishing": PUBLISHING}
    return changes, render(request, "location/question.html", context)
