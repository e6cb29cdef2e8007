"""The face of the library: what whoever runs it calls it, and shows on every page."""

import re

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.models.image import Image
from images.models.text import LineField, LinesField, LinkField

NAME = "imagelib"  # of a library to which nobody gave one
ONLY = 1  # the key of the one row there is
COLOR = r"\A#([0-9a-f]{6})\Z"
MAX_NAME_LENGTH, MAX_FOOTER_LENGTH, MAX_LINK_LENGTH = 60, 1_000, 500


class Library(models.Model):
    """What is set of the library as a whole. Without a row, nothing is."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = LineField(_("name"), max_length=MAX_NAME_LENGTH, blank=True, default="", db_default="")
    logo = models.ForeignKey(
        Image, verbose_name=_("logo"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(COLOR, _("A colour is written #rrggbb."))],
    )
    footer = LinesField(_("footer"), max_length=MAX_FOOTER_LENGTH, blank=True, default="", db_default="")
    imprint_url = LinkField(_("imprint"), max_length=MAX_LINK_LENGTH, blank=True, default="", db_default="")
    privacy_url = LinkField(
        _("privacy policy"), max_length=MAX_LINK_LENGTH, blank=True, default="", db_default=""
    )

    class Meta:
        default_permissions = ("change",)
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_library")]
        verbose_name = _("library")
        verbose_name_plural = _("library")  # there is one, and the admin's start page names it so

    def __str__(self) -> str:
        return self.name or NAME

    @property
    def digits(self) -> str:
        """The six of the accent colour, empty where there is none."""
        match = re.search(COLOR, self.accent)
        return match[1] if match else ""

    @property
    def shown_logo(self) -> Image | None:
        """The logo while anybody may see it."""
        return self.logo if self.logo and self.logo.is_public else None
