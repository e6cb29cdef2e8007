"""The derived images that are stored."""

from django.db import models

from images.models.image import Image
from storage.keys import rendition_key


class Rendition(models.Model):
    """One derived image that is stored. Its bytes are the object under `storage_key`."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="renditions")
    spec = models.CharField(max_length=80)  # the canonical text of a RenditionSpec
    hash = models.CharField(max_length=64, db_index=True)
    mime_type = models.CharField(max_length=32)
    size = models.PositiveIntegerField()  # bytes
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "spec"], name="one_rendition_of_a_spec")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.spec} of {self.image_id}"

    @property
    def storage_key(self) -> str:
        return rendition_key(self.hash)
