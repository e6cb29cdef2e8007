"""That the store takes nothing although it answers."""

from django.db import models

ONLY = 1  # the key of the one row there is


class Refusal(models.Model):
    """Since when nothing could be put into the store, which answers, and when that was met last; `is_full`
    where it said that it has no room. The next put that goes, by whichever process, deletes the row.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    since = models.DateTimeField()
    met_at = models.DateTimeField()
    is_full = models.BooleanField(db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=models.Q(id=ONLY), name="one_refusal")]

    def __str__(self) -> str:
        return f"refused since {self.since}"
