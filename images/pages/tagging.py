"""Tags in forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from images.catalogue.tag_names import distinct
from images.catalogue.tags import set_tags, tag_names
from images.models import Image
from images.pages.clocks import TakenForm
from images.text import clean_keywords


class TagsField(forms.CharField):
    """Names of tags, one on each line. Its value is a list."""

    widget = forms.Textarea(attrs={"rows": 3, "dir": "auto"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return clean_keywords(value if isinstance(value, list) else (value or "").splitlines())

    def run_validators(self, value: Any) -> None:
        distinct(value)


class TagsInOneLine(forms.CharField):
    """Names of tags with commas between them. Its value is a list."""

    def to_python(self, value: Any) -> Any:
        return [name for name in map(str.strip, (super().to_python(value) or "").split(",")) if name]

    def run_validators(self, value: Any) -> None:
        distinct(value)


class DescribedForm(TakenForm):
    """An image's form with its tags, and when it was taken."""

    tag_names = TagsField(label=_("Tags"), help_text=_("One on each line."), required=False)

    def __init__(self, *args: Any, instance: Image, **options: Any) -> None:
        options["initial"] = {"tag_names": tag_names(instance)} | options.get("initial", {})
        super().__init__(*args, instance=instance, **options)

    def changed_fields(self) -> list[str]:
        return [name for name in super().changed_fields() if name != "tag_names"]

    def save_changes(self) -> None:
        if "tag_names" in self.changed_data:
            set_tags(self.instance, self.cleaned_data["tag_names"])
        super().save_changes()
