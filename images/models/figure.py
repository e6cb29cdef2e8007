"""Kept figures: counts that no page counts itself."""

from django.db import models


class Month(models.Model):
    """How many images outside the trash were taken in a month (Image.dated_at): public ones, and all. The
    figures change with the images, in the same transaction.
    """

    month = models.DateField(primary_key=True)  # its first day
    public = models.PositiveIntegerField(default=0, db_default=0)
    all = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        ordering = ("-month",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Figure(models.Model):
    """A figure of the whole library, and when it was counted."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
