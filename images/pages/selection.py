"""What to do to which images, and the question that comes before some of it."""

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from images.catalogue.curation import Action, revealing_location
from images.catalogue.publishing import Location
from images.pages.forms import PUBLISHING

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
    """What to do to which images."""

    action = forms.ChoiceField(choices=Action.choices)
    images = IdsField()
    confirmed = forms.BooleanField(required=False)

    @property
    def word(self) -> str:
        """What was said of where the images were taken (publishing.Location), or nothing."""
        return Location.KEEP if self.cleaned_data["confirmed"] else ""


def question(request: HttpRequest, form: SelectionForm) -> HttpResponse | None:
    """Return the page that asks before images which say where they were taken become public."""
    if form.cleaned_data["action"] != Action.PUBLISH or form.cleaned_data["confirmed"]:
        return None
    located = revealing_location(request.user, form.cleaned_data["images"])
    if not located:
        return None
    context = {"images": form.cleaned_data["images"], "located": located, "publishing": PUBLISHING}
    return render(request, "gallery/confirm_publish.html", context)
