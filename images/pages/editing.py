"""A form for what may be changed by several people at once, who opened it at different times."""

from copy import copy
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import format_html
from django.utils.text import normalize_newlines
from django.utils.translation import gettext as _


class ShownInput(forms.HiddenInput):
    """What a field showed. It is not there for people, so nothing describes it (HTML in ARIA)."""

    def build_attrs(self, *attrs: Any) -> dict[str, Any]:
        return {name: of for name, of in super().build_attrs(*attrs).items() if not name.startswith("aria-")}


class EditForm(forms.ModelForm):
    """Writes what this person changed, and nothing else: every field is sent with what it showed at first.

    Where another changed the same field meanwhile it is not valid, says the other's words, and takes those of
    this person when it is sent again. To be read, validated and saved under the lock of the row.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.show_hidden_initial, field.hidden_widget = True, ShownInput
        if self.is_bound:
            data: Any = copy(self.data)  # what was sent is not to be altered; its copy is
            for bound in self:  # a program may say less than a page does: what it leaves out is as it is now
                is_page = bound.html_initial_name in data
                if not (is_page and isinstance(bound.field, forms.BooleanField)):  # sent when ticked alone
                    data.setdefault(bound.html_name, _as_sent(bound))
                data.setdefault(bound.html_initial_name, _as_sent(bound))
            self.data = data

    def clean(self) -> dict[str, Any] | None:
        """Find what both changed, and prepare the form to be shown again: over what is there now."""
        changed = self.changed_data  # kept by Django, who compares with what was shown
        data: Any = copy(self.data)
        for field in self:
            there = _as_sent(field)
            shown = self.data[field.html_initial_name]
            if field.name not in changed:
                data[field.html_name] = there
            elif _words(field, there) not in (_words(field, shown), _words(field, field.data)):
                self.add_error(field.name, _conflict(there))
            data[field.html_initial_name] = there
        self.data = data
        return super().clean()

    def save_changes(self) -> None:
        """Write the fields that this person changed, if any."""
        if fields := self.changed_fields():
            self.instance.write(*fields)

    def changed_fields(self) -> list[str]:
        """Return the names of the row's fields that this person changed. The row has their values."""
        return list(self.changed_data)


def _as_sent(field: BoundField) -> Any:
    """Return what the row has as a form sends it."""
    return field.field.prepare_value(field.initial)


def _words(field: BoundField, value: Any) -> str:
    """Return `value` as it is compared: browsers send other ends of lines than they were shown."""
    return normalize_newlines(str(field.field.to_python(value)))


def _conflict(there: str) -> str:
    if not there:
        return _("This was emptied meanwhile. Save again to put your words there.")
    message = _("This was changed meanwhile, to {words}. Save again to put your words in its place.")
    return format_html(message, words=format_html("<q><bdi>{}</bdi></q>", there))
