"""The form for what people say of an image."""

from typing import NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from images.models import Image
from images.pages.tagging import DescribedForm


class Fold(NamedTuple):
    """Fields that are folded away under a name, until they are asked for or one of them is refused."""

    name: str | Promise
    fields: list[BoundField]

    @property
    def is_open(self) -> bool:
        return any(field.errors for field in self.fields)


class ImageForm(DescribedForm):
    """What people say of an image."""

    source_url = forms.URLField(
        label=_("Source"),
        help_text=_("The page that it comes from."),
        max_length=2_000,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"dir": "ltr", "inputmode": "url"}),  # of more than HTML takes for one
    )

    class Meta:
        model = Image
        fields = (
            *("title", "alt_text", "decorative", "description"),
            *("author", "credit", "copyright", "licence", "source_url"),
        )
        widgets = {
            "title": forms.TextInput(attrs={"dir": "auto"}),
            "alt_text": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "description": forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
            "author": forms.TextInput(attrs={"dir": "auto"}),
            "credit": forms.TextInput(attrs={"dir": "auto"}),
            "copyright": forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
            "licence": forms.TextInput(attrs={"dir": "ltr", "list": "licences"}),
        }
        help_texts = {"licence": _("An identifier of SPDX or Creative Commons, such as CC-BY-4.0.")}

    @property
    def first(self) -> list[BoundField]:
        """The fields that everybody sees at once."""
        return [self[name] for name in ("title", "alt_text", "decorative", "description")]

    @property
    def folds(self) -> list[Fold]:
        """The others."""
        rights = ("author", "credit", "copyright", "licence", "source_url", "tag_names")
        return [
            Fold(_("Author, licence, tags"), [self[name] for name in rights]),
            Fold(_("When it was taken"), [self["taken"], self["offset"]]),
        ]
