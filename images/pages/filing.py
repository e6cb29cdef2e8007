"""Images filed in an album, or taken out of one, by the pages."""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from images.catalogue.access import AnyUser, visible_images
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file, unfile
from images.catalogue.albums import (
    album_to_change,
    albums_named,
    changeable_albums,
    may_change_album,
    may_make_albums,
)
from images.concurrency.locks import locked
from images.models import Album, Image
from images.models.album import MAX_KEY_LENGTH
from images.pages.history import way_back
from images.pages.notices import tell_of_refused

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
        album, action = self.cleaned_data["album"], uuid4()
        try:
            if self.data["action"] == FILE:
                file(request.user, album, [image.pk], action=action)
                done = _("It is in this album now.")
            else:
                unfile(request.user, album, [image.pk], action=action)
                done = _("It is out of this album.")
        except ValidationError as error:
            self.add_error("album", error.messages)
        else:
            messages.success(request, format_html("{} {}", done, way_back(action)))


def file_many(request: HttpRequest, name: str, ids: Collection[UUID]) -> None:
    """Put those of the images that the person sees into the album of this name, or into a new one, and tell
    of it. Raises ValidationError, and changes nothing, where there can be none or it has no room.
    """
    found = visible_images(request.user).filter(pk__in=ids)
    seen = set(found.values_list("pk", flat=True))
    if seen:
        action = uuid4()
        with transaction.atomic():
            album = _album_or_new(request.user, name)
            file(request.user, album, [pk for pk in ids if pk in seen], action=action)
        link = format_html('<a href="{}">{}</a>', album.get_absolute_url(), album.title)
        done = ngettext("%d image is in the album:", "%d images are in the album:", len(seen)) % len(seen)
        messages.success(request, format_html("{} {} {}", done, link, way_back(action)))
    tell_of_refused(request, len({*ids} - seen))


def file_arrived(request: HttpRequest, name: str, images: Collection[Image]) -> None:
    """Do so with `images` that just came in, if any; where there can be no such album, tell that."""
    try:
        if name and images:
            file_many(request, name, [image.pk for image in images])
    except ValidationError as error:
        reasons = " ".join(error.messages)
        messages.error(request, _("The images are not in the album. {}").format(reasons))


def unfile_many(request: HttpRequest, album: Album | None, ids: Collection[UUID]) -> None:
    """Take those of the images that the person sees out of `album`, and tell of it. Raises PermissionDenied
    where the page has none, or the person may not change it, and ValidationError where it fills itself.
    """
    if album is None or not may_change_album(request.user, album):
        raise PermissionDenied
    found = visible_images(request.user).filter(pk__in=ids)
    seen, action = set(found.values_list("pk", flat=True)), uuid4()
    unfile(request.user, album, seen, action=action)
    if seen:
        done = ngettext("%d image is out of this album.", "%d images are out of this album.", len(seen))
        messages.success(request, format_html("{} {}", done % len(seen), way_back(action)))
    tell_of_refused(request, len({*ids} - seen))


def _album_or_new(user: AnyUser, name: str) -> Album:
    """Return the album that `user` changes and means by a name, or a new one, within a transaction. Raises
    ValidationError.
    """
    if user.is_authenticated and may_make_albums(user):
        # Of two at once, the second finds what the first made.
        locked(get_user_model().objects.filter(pk=user.pk)).get()
        if not albums_named(changeable_albums(user), name):
            return create(user, name)
    return album_to_change(user, name)
