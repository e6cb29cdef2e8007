"""When an image was taken, as people correct it: by its camera's clock, and how far that was from UTC."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from images.catalogue.taken import Taken
from images.models import Image
from images.pages.editing import EditForm

CLOCK = {"taken", "offset"}


class ClockInput(forms.DateTimeInput):
    """A time without a zone, written as browsers write it, so that none finds it changed (HTML, 2.3.5.5)."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> Any:
        if not isinstance(value, datetime):
            return value
        return value.replace(tzinfo=None).isoformat(timespec="seconds" if value.second else "minutes")


class OffsetField(forms.Field):
    """An offset from UTC as ±hh:mm; its value is minutes east, or None."""

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        hours, minutes = divmod(abs(value), 60)
        return f"{'-' if value < 0 else '+'}{hours:02}:{minutes:02}"

    def to_python(self, value: Any) -> Any:
        text = (self.prepare_value(value) or "").strip()
        if not text:
            return None
        match = re.fullmatch(r"([+-]?)(\d\d?):?([0-5]\d)", text)
        if not match:
            raise ValidationError(_("Say hours and minutes from UTC, such as +02:00."))
        sign, hours, minutes = match.groups()
        return (-1 if sign == "-" else 1) * (60 * int(hours) + int(minutes))


class TakenForm(EditForm):
    """An image's form with when it was taken. Who corrects the clock keeps its offset, and reversed."""

    taken = forms.DateTimeField(
        label=_("Date and time"),
        help_text=_("As the camera's clock showed it."),
        required=False,
        widget=ClockInput(attrs={"step": 1}),
    )
    offset = OffsetField(
        label=_("Offset from UTC"),
        help_text=_("Of that clock, such as +02:00. Leave it empty if you do not know."),
        required=False,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
    )

    def __init__(self, *args: Any, instance: Image, **options: Any) -> None:
        self.moment = there = Taken.of(instance)
        options["initial"] = {"taken": there.clock, "offset": there.taken_offset} | options.get("initial", {})
        super().__init__(*args, instance=instance, **options)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        said = CLOCK & set(self.changed_data)
        if said and not CLOCK & self.errors.keys():
            self._correct(said)
        return cleaned

    def _correct(self, said: set[str]) -> None:
        there, cleaned = self.moment, self.cleaned_data
        clock = cleaned["taken"] and cleaned["taken"].replace(tzinfo=None)  # Django takes it for UTC
        clock = clock if "taken" in said else there.clock
        offset = cleaned["offset"] if "offset" in said else there.taken_offset
        if offset is not None and clock is None:
            self.add_error("offset", _("There is no offset without a time."))
            return
        try:
            self.moment = Taken.at(clock, offset, Image.TakenFrom.HAND)
        except ValidationError as error:
            self.add_error("taken" if "taken" in said else "offset", error)

    def changed_fields(self) -> list[str]:
        fields = [name for name in super().changed_fields() if name not in CLOCK]
        return [*fields, *(self.moment.put(self.instance) if CLOCK & set(self.changed_data) else ())]
