"""Images that nothing can be drawn of."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from images.models.image import Image


class Undrawn(models.Model):
    """An image of which no derived ones could be made when that was last tried ahead of a view, and why."""

    class Problem(models.TextChoices):
        MISSING = "missing", _("the file is missing")  # its original is not in the store
        DAMAGED = "damaged", _("the file is damaged")  # its original has another digest
        UNRENDERABLE = "unrenderable", _("drawing it fails, or takes more than one image may take")

    # No constraint: a server of the version before, which knows nothing of this, purges images as well.
    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    problem = models.CharField(max_length=16, choices=Problem.choices)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.image_id}: {self.problem}"
