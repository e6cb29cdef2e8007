"""The forms of the pages and of the admin."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from images.imaging.formats import ACCEPTED, FORMATS, READABLE
from images.models import Image, default_visibility
from images.pages.filing import AlbumField
from images.pages.labels import AUDIENCE, PUBLISHING
from images.pages.tagging import TagsInOneLine

TYPE_NAMES = {format_.mime_type: format_.title for format_ in FORMATS.values()}


class VisibilityField(forms.ChoiceField):
    """Public or private, each said in words."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label=_("Who sees it"),
            choices=AUDIENCE.items(),
            widget=forms.RadioSelect,
            help_text=PUBLISHING,
            **options,
        )


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more uploaded files. Empty ones pass: what a file is, ingest decides, for each by itself."""

    widget = FilesInput

    def clean(self, data: Iterable[UploadedFile], initial: Any = None) -> list[UploadedFile]:
        if not data:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        return [super(FilesField, self).clean(file, initial) for file in data]


class UploadForm(forms.Form):
    """Files, who is to see them, their tags, and the name of the album into which they go."""

    files = FilesField(  # type: ignore[assignment]  # a field is no attribute: the metaclass takes it away
        label=_("Images"),
        allow_empty_file=True,
        help_text=format_lazy(_("{formats}. You can choose several at once."), formats=ACCEPTED),
        widget=FilesInput(attrs={"accept": ",".join(format_.mime_type for format_ in READABLE)}),
        error_messages={"required": _("Choose at least one file.")},
    )
    visibility = VisibilityField(initial=default_visibility)
    tags = TagsInOneLine(
        label=_("Tags"),
        help_text=_("Of all these files, with commas between them."),
        required=False,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )
    album = AlbumField(
        label=_("Album"),
        help_text=_("For all these files: the title of one, or of a new one, which will be private."),
        required=False,
    )


class TrashForm(forms.Form):
    """What to do with which of the `trashed` images: restore them, or delete them once that is confirmed."""

    RESTORE, PURGE = "restore", "purge"

    action = forms.ChoiceField(choices=[(RESTORE, RESTORE), (PURGE, PURGE)], required=False)
    confirmed = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, trashed: QuerySet[Image]):
        super().__init__(data)
        self.fields["image"] = forms.ModelMultipleChoiceField(trashed, required=False)
