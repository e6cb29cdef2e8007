"""What servers on one database have to have in common, and no row of the library says."""

from django.db import models

ONLY = 1  # the key of the one row there is


class LastKey(models.Model):
    """A salted digest of the secret key of the server that started last: the next one compares its own."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    digest = models.CharField(max_length=128, editable=False)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_last_key")]

    def __str__(self) -> str:
        return "the last secret key"
