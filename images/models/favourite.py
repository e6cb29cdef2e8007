"""Favourites: what each person marked for themselves."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from images.models.image import Image


class Favourite(models.Model):
    """That an image is a favourite of a person. Nobody else is told."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="favourites", db_index=False
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="favourites")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "image"], name="one_favourite")]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="favourite_newest")]
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)  # the admin lists what goes with a person, and is not told of what these are
