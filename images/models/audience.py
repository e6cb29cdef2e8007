"""Whom an image is for."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def default_visibility() -> str:
    """Return the visibility of an image whose uploader did not choose one."""
    return settings.IMAGELIB_DEFAULT_VISIBILITY


class HasAudience:
    """What has a visibility, and may be in the trash."""

    class Visibility(models.TextChoices):  # from the widest to the strictest
        PUBLIC = "public", _("Public")
        UNLISTED = "unlisted", _("Unlisted")
        PRIVATE = "private", _("Private")

    visibility: str
    deleted_at: datetime | None

    @property
    def is_public(self) -> bool:
        """Whether everybody's lists have it."""
        return self.visibility == self.Visibility.PUBLIC and self.deleted_at is None

    @property
    def is_open(self) -> bool:
        """Whether an anonymous request for the file gets it."""
        return self.audience != self.Visibility.PRIVATE

    @property
    def audience(self) -> str:
        """Who gets the file: one of Visibility, and of an image in the trash the strictest."""
        return str(self.visibility) if self.deleted_at is None else str(self.Visibility.PRIVATE)
