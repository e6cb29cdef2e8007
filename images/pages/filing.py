"""An image filed in an album, or taken out of one, by the image's page."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.catalogue.access import AnyUser
from images.catalogue.album_entries import file, unfile
from images.catalogue.albums import album_to_change
from images.models import Album, Image
from images.models.album import MAX_KEY_LENGTH

FILE, UNFILE = "file", "unfile"


class AlbumField(forms.CharField):
    """An album by its address or its title. Its value is the text until a form asks for the album."""

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"dir": "auto"})
        super().__init__(max_length=MAX_KEY_LENGTH, widget=widget, **options)


class FilingForm(forms.Form):
    """Which album of those that `user` changes."""

    album = AlbumField(label=gettext_lazy("Title of an album"))

    def __init__(self, user: AnyUser, data: QueryDict | None = None):
        super().__init__(data, auto_id="filing_%s")
        self.user = user

    def clean_album(self) -> Album:
        return album_to_change(self.user, self.cleaned_data["album"])

    def carry_out(self, request: HttpRequest, image: Image) -> None:
        """File `image`, or take it out, where the form is valid; it has errors where that is refused."""
        if not self.is_valid():
            return
        said: dict[str, Any] = self.cleaned_data
        try:
            if self.data["action"] == FILE:
                file(request.user, said["album"], [image.pk])
                messages.success(request, _("It is in this album now."))
            else:
                unfile(request.user, said["album"], [image.pk])
                messages.success(request, _("It is out of this album."))
        except ValidationError as error:
            self.add_error("album", error.messages)
