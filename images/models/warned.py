"""Warnings that operators were told of by mail."""

from django.db import models


class Warned(models.Model):
    """A warning, when a mail told of it last, and since when it holds no more, if so. After a while a mail
    says that it is over, and the row goes.
    """

    kind = models.CharField(primary_key=True, max_length=128)
    sentence = models.TextField(db_default="")
    told_at = models.DateTimeField()
    over_since = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.kind
