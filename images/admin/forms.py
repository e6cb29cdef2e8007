"""The form of the admin's page of an image."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from images.catalogue.taken import Taken
from images.models import Image
from images.pages.editing import EditForm


class ImageForm(EditForm):
    """When it was taken is corrected by what the camera's clock showed: another offset leaves that alone."""

    clock = forms.DateTimeField(
        label=_("Clock"),
        required=False,
        widget=forms.DateTimeInput(attrs={"placeholder": "YYYY-MM-DD hh:mm:ss"}),
        help_text=_("What the camera's clock showed. Without an offset it is taken for UTC."),
    )

    def __init__(self, *args: Any, instance: Image | None = None, **options: Any) -> None:
        initial = options.pop("initial", None) or {}
        clock = Taken.of(instance).clock if instance else None
        super().__init__(*args, instance=instance, initial={"clock": clock} | initial, **options)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self._is_retaken and not self.errors:
            try:
                self._taken()
            except ValidationError as error:
                self.add_error("clock", error)
        return cleaned

    def save_changes(self) -> None:
        if self._is_retaken:
            self.instance.write(*self._taken().put(self.instance))
        super().save_changes()

    @property
    def _is_retaken(self) -> bool:
        return bool({"clock", "taken_offset"} & set(self.changed_data))

    def _taken(self) -> Taken:
        clock, offset = self.cleaned_data["clock"], self.cleaned_data["taken_offset"]
        return Taken.at(clock and clock.replace(tzinfo=None), offset, Image.TakenFrom.HAND)
