"""The schedule: what the library does by itself, when it is due, and what became of it the last time."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ScheduledJob(models.Model):
    """A job of images/tasks/schedule.py, of which there is a handful. One is at work at a time."""

    class Outcome(models.TextChoices):
        """The exit codes of the commands, in words."""

        NEVER = "", _("not run yet")
        WELL = "well", _("all is well")
        PROBLEMS = "problems", _("found problems")
        FAILED = "failed", _("could not be done")

    name = models.CharField(primary_key=True, max_length=32, editable=False)
    is_on = models.BooleanField(_("on"), db_default=False)
    due_at = models.DateTimeField(_("next run"), db_default=Now(), editable=False)
    lease_until = models.DateTimeField(
        null=True, editable=False
    )  # by then a worker is heard of that is at it
    worker = models.CharField(max_length=128, db_default="", blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(db_default=0, editable=False)  # since it last came to an end
    begun_at = models.DateTimeField(_("last run"), null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(
        _("outcome"), max_length=16, choices=Outcome, db_default="", blank=True, editable=False
    )
    progress = models.CharField(max_length=200, db_default="", blank=True, editable=False)  # while at work
    result = models.TextField(_("result"), db_default="", blank=True, editable=False)  # its last lines
    facts = models.JSONField(null=True, editable=False)  # what it summed up when it last went to its end

    class Meta:
        default_permissions = ("view", "change")
        verbose_name = _("scheduled job")
        verbose_name_plural = _("scheduled jobs")

    def __str__(self) -> str:
        return self.name

    def is_at_work(self, now: datetime | None = None) -> bool:
        return self.lease_until is not None and self.lease_until > (now or timezone.now())

    @property
    def duration(self) -> timedelta | None:
        """Return how long the last run took; None while it is at work, and before the first."""
        return self.ended_at - self.begun_at if self.begun_at and self.ended_at else None
