"""Fields of the rows whose text is as it is kept: see images.text."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.text import MAX_KEYWORD_LENGTH, MAX_KEYWORDS, clean, clean_keywords


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


def are_keywords(words: list[str]) -> None:
    """Raise ValidationError where there are too many, or one is too long or has a NUL."""
    if len(words) > MAX_KEYWORDS:
        raise ValidationError(_("Give at most %(number)d keywords."), params={"number": MAX_KEYWORDS})
    if any(len(word) > MAX_KEYWORD_LENGTH for word in words):
        limit = {"number": MAX_KEYWORD_LENGTH}
        raise ValidationError(_("A keyword has at most %(number)d characters."), params=limit)
    for word in words:
        ProhibitNullCharactersValidator()(word)


class KeywordsFormField(forms.CharField):
    """Keywords, one on each line. Its value is a list."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.help_text = self.help_text or _("One on each line.")

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return clean_keywords(value if isinstance(value, list) else (value or "").splitlines())

    def run_validators(self, value: Any) -> None:
        if value:
            are_keywords(value)


class KeywordsField(models.JSONField):
    """A list of keywords. To migrations it is plain JSON."""

    def to_python(self, value: Any) -> Any:
        return clean_keywords(value) if isinstance(value, list) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.to_python(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        are_keywords(value)

    def formfield(self, **options: Any) -> Any:
        return models.Field.formfield(self, **{"form_class": KeywordsFormField, **options})

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs
