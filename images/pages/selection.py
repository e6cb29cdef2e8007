"""What to do to which images, and the question that some of it ends with."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from images.catalogue.curation import Action, Changes, act
from images.catalogue.publishing import Location
from images.pages.forms import PUBLISHING
from images.pages.notices import tell

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
    action = form.cleaned_data["action"]
    changes = act(request.user, action, form.cleaned_data["images"], form.cleaned_data["location"])
    tell(request, action, changes)
    if action != Action.PUBLISH or not changes.undecided:
        return changes, None
    newest_first = sorted(changes.undecided, key=lambda image: image.created_at, reverse=True)
    context = {"located": newest_first, "publishing": PUBLISHING}
    return changes, render(request, "location/question.html", context)
