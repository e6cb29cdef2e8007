"""Objects that are being deleted."""

from django.db import models


class Deletion(models.Model):
    """An object that somebody began to delete, and until when the store may still be at it."""

    key = models.CharField(primary_key=True, max_length=128, editable=False)
    until = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key
