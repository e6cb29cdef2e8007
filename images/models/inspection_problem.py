"""What reading images anew met with."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from images.models.image import Image


class InspectionProblem(models.Model):
    """An image whose file could not be inspected when that was last tried, or says what somebody has to look
    at. The next inspection of the image that finds nothing deletes it.
    """

    class Problem(models.TextChoices):
        MISSING = "missing", _("the file is missing")  # its original is not in the store
        DAMAGED = "damaged", _("the file is damaged")  # its original has another digest or size
        UNREADABLE = "unreadable", _("the file could not be fetched")
        UNDECODABLE = "undecodable", _("decoding it fails, or takes more than one image may take")
        TOO_LARGE = "too large", _("it is larger than is taken today")
        BUSY = "busy", _("there was no time to decode it")
        SAYS_WHERE = (
            "says where",
            _("it is public and says where it was taken, and nobody said to publish that"),
        )

    # No constraint: a server of the version before, which knows nothing of this, purges images as well.
    image = models.OneToOneField(Image, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    problem = models.CharField(_("problem"), max_length=16, choices=Problem.choices)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("inspection problem")
        verbose_name_plural = _("inspection problems")

    def __str__(self) -> str:
        return f"{self.image_id}: {self.problem}"
