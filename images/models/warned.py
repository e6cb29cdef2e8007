"""Warnings that operators were told of by mail."""

from django.db import models


class Warned(models.Model):
    """A warning that still holds, and when a mail told of it. When it holds no more a mail says so, and the
    row goes.
    """

    kind = models.CharField(primary_key=True, max_length=32)
    told_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind
