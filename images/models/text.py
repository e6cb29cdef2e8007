"""Text as it is kept, from whichever door: composed, and without characters that only act on the rest."""

import re
import unicodedata
from typing import Any

from django import forms
from django.db import models

BREAKS = re.compile("\r\n?|[\v\f\x85]")
# Of the control characters all but tab, line feed, and NUL, which no door takes; then what sets the direction
# of all that follows. Joiners (ZWJ, ZWNJ) and direction marks (LRM, RLM, ALM) stay: words are spelt so.
CONTROLS = "\x01-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# What Unicode promises never to be a character; no valid page has one.
PLANES = range(0, 0x11_0000, 0x1_0000)
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane + 0xFFFE) + chr(plane + 0xFFFF) for plane in PLANES)
ACTING = re.compile(f"[{CONTROLS}{NONCHARACTERS}]")


def clean(text: str, *, has_lines: bool = False, limit: int | None = None) -> str:
    """Return `text` as it is kept, in Unicode's form NFC; in one line unless it `has_lines`.

    A few characters have no composed form but a longer one. What is no longer than `limit` stays so, and is
    left as it was typed where composing it would make it longer.
    """
    text = ACTING.sub("", BREAKS.sub("\n", text))
    text = (text if has_lines else re.sub("[\t\n]+", " ", text)).strip()
    composed = unicodedata.normalize("NFC", text)
    return text if limit and len(text) <= limit < len(composed) else composed


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
        name, _, args, kwargs = super().deconstruct()
        plain = models.TextField if isinstance(self, models.TextField) else models.CharField
        return name, f"django.db.models.{plain.__name__}", args, kwargs


class LineField(_Clean, models.CharField):
    """One line."""


class LinesField(_Clean, models.CharField):
    """A short text that may have lines."""

    has_lines = True


class LongTextField(_Clean, models.TextField):
    """A text that may have lines."""

    has_lines = True
