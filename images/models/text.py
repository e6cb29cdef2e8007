"""Fields of the rows whose text is as it is kept: see images.text."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.text import clean

# Two slashes, or a slash and a backslash, lead to another host (WHATWG URL, 4.4, relative slash state).
PATH = re.compile(r"/(?![/\\])[^\s\\]*")
is_on_the_web = URLValidator(["http", "https"])


def is_link(value: str) -> None:
    """Raise ValidationError unless `value` is an address on the web, or a path of this site."""
    if PATH.fullmatch(value):
        return
    try:
        is_on_the_web(value)
    except ValidationError:
        message = _("Write an address with https:// or http://, or a path of this site, such as /imprint.")
        raise ValidationError(message) from None


class CleanFormField(forms.CharField):
    """A field of a form whose value is clean before it is judged, and compared with what is there."""

    def __init__(self, *, has_lines: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.has_lines = has_lines

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value and clean(value, has_lines=self.has_lines, limit=self.max_length)


class _Clean(models.Field):
    """What is written, looked up or restored is clean. To migrations it is the plain field."""

    has_lines = False

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        if not isinstance(value, str):
            return value
        return clean(value, has_lines=self.has_lines, limit=self.max_length)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **options: Any) -> Any:
        return super().formfield(**{"form_class": CleanFormField, "has_lines": self.has_lines, **options})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        plain = "TextField" if isinstance(self, models.TextField) else "CharField"
        plain = "URLField" if isinstance(self, models.URLField) else plain
        return name, f"django.db.models.{plain}", args, kwargs


class LineField(_Clean, models.CharField):
    """One line."""


class LinesField(_Clean, models.CharField):
    """A short text that may have lines."""

    has_lines = True


class LongTextField(_Clean, models.TextField):
    """A text that may have lines."""

    has_lines = True


class AddressField(_Clean, models.URLField):
    """An address on the web."""


class LinkField(LineField):
    """Where a link of the site's own leads."""

    default_validators = [is_link]
