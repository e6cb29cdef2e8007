"""What people say of an album and do to it, by its page."""

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.catalogue.album_curation import delete, describe
from images.catalogue.album_entries import move, unfile
from images.concurrency.locks import locked
from images.models import Album, Change, Image
from images.pages.editing import EditForm
from images.pages.history import button_of_last
from images.pages.labels import AUDIENCE

WIDGETS = {
    "title": forms.TextInput(attrs={"dir": "auto"}),
    "search": forms.TextInput(attrs={"dir": "auto"}),
    "description": forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
}


FILLED = gettext_lazy("Of what this finds the album is made, always anew. Leave it empty to fill it by hand.")


class Action(models.TextChoices):
    """What is done to one image of an album."""

    COVER = "cover"
    UNCOVER = "uncover"
    UNFILE = "unfile"
    FIRST = "first"
    BEFORE = "before"
    BEHIND = "behind"


class AudienceField(forms.ChoiceField):
    """Who sees an album, in words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=gettext_lazy("Who sees it"),
            choices=AUDIENCE.items(),
            widget=forms.RadioSelect,
            help_text=gettext_lazy("To be in a public album makes no image public."),
            **options,
        )


class NewAlbumForm(forms.ModelForm):
    """What is said of an album that is made."""

    visibility = AudienceField(initial=Image.Visibility.PRIVATE)

    class Meta:
        model = Album
        fields = ("title", "description", "search", "visibility")
        help_texts = {"search": FILLED}
        widgets = WIDGETS


class AlbumForm(EditForm):
    """What is said of an album that is there."""

    visibility = AudienceField()

    class Meta:
        model = Album
        fields = ("title", "description", "search", "visibility", "ordering")
        help_texts = {"search": FILLED}
        widgets = WIDGETS

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.search:
            by_hand, *others = Album.Ordering.choices
            ordering = cast(forms.ChoiceField, self.fields["ordering"])
            ordering.choices = [(by_hand[0], _("As the search says")), *others]
        else:
            del self.fields["search"]

    @property
    def said(self) -> dict[str, Any]:
        """What this person changed."""
        return {name: self.cleaned_data[name] for name in self.changed_fields()}


class ArrangeForm(forms.Form):
    """What to do to which image of an album."""

    action = forms.ChoiceField(choices=Action.choices)
    image = forms.UUIDField()


def describe_by(request: HttpRequest, album: Album) -> AlbumForm:
    """Write what was sent of `album`. Returns the form, with errors where nothing was written."""
    with transaction.atomic():
        form = AlbumForm(request.POST, instance=locked(Album.objects.filter(pk=album.pk)).get())
        if form.is_valid():
            try:
                describe(request.user, album, **form.said)
            except ValidationError as error:
                form.add_error(None, error)
    return form


def delete_by(request: HttpRequest, album: Album) -> HttpResponse:
    """Delete `album` where that is confirmed, else ask."""
    if request.POST.get("confirmed") != "yes":
        return render(request, "albums/confirm_delete.html", {"album": album})
    delete(album, by=request.user)
    said = _("The album is deleted. The images are as they were.")
    messages.success(request, format_html("{} {}", said, button_of_last(Change.Kind.ALBUM, album.pk)))
    return redirect("albums")


def arrange_by(request: HttpRequest, album: Album) -> HttpResponse:
    """Do what was sent to one image of `album`, and go back to the button that was pressed."""
    form = ArrangeForm(request.POST)
    if not form.is_valid():
        raise SuspiciousOperation("Not an action of this page.")
    action, image = form.cleaned_data["action"], form.cleaned_data["image"]
    place = f"#{action}-{image}"
    try:
        match action:
            case Action.COVER:
                describe(request.user, album, cover_id=image)
            case Action.UNCOVER:
                describe(request.user, album, cover_id=None)
                place = f"#{Action.COVER}-{image}"
            case Action.UNFILE:
                unfile(request.user, album, [image])
                messages.success(request, _("The image is out of this album."))
                place = ""
            case _:
                move(request.user, album, image, action)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    said = f"?{request.GET.urlencode()}" if request.GET else ""
    return redirect(f"{album.get_absolute_url()}{said}{place}")
