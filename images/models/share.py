"""Share links: what somebody hands over to people without an account. Rules are in catalogue/shares.py."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from images.models.album import MAX_LENGTH, Album
from images.models.image import Image
from images.models.text import LineField

MAX_NOTE_LENGTH = 200
DIGEST_LENGTH = 64  # hex digits of a SHA-256
MAX_PASSWORD_HASH_LENGTH = 128  # as of a person


class ShareLink(models.Model):
    """One link to an image, an album, what a search finds, or a selection. What its maker may see of it, and
    may hand on, is looked at with each visit.
    """

    class Target(models.TextChoices):
        """What it leads to."""

        IMAGE = "image", _("an image")
        ALBUM = "album", _("an album")
        SEARCH = "search", _("a search")
        SELECTION = "selection", _("a selection")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=DIGEST_LENGTH, unique=True, editable=False)  # of the secret
    maker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        editable=False,
        on_delete=models.CASCADE,  # nobody's eyes would be left to look with
        related_name="shares",
        db_index=False,
    )
    target = models.CharField(_("shows"), max_length=9, choices=Target, editable=False)
    image = models.ForeignKey(
        Image, null=True, editable=False, on_delete=models.CASCADE, related_name="shares"
    )
    album = models.ForeignKey(
        Album, null=True, editable=False, on_delete=models.CASCADE, related_name="shares"
    )
    search = LineField(_("search"), max_length=MAX_LENGTH, blank=True, default="", db_default="")
    selection: "models.ManyToManyField[Image, SharedImage]" = models.ManyToManyField(
        Image, through="SharedImage", related_name="selected_by", editable=False
    )
    note = LineField(_("for whom"), max_length=MAX_NOTE_LENGTH, blank=True, default="", db_default="")
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    password = models.CharField(max_length=MAX_PASSWORD_HASH_LENGTH, blank=True, db_default="")  # hashed
    may_download = models.BooleanField(_("may download originals"), default=False, db_default=False)
    may_locate = models.BooleanField(
        _("originals say where they were taken"), default=False, db_default=False
    )
    visits = models.PositiveIntegerField(_("visits"), default=0, db_default=0, editable=False)
    last_visit_at = models.DateTimeField(_("last visit"), null=True, editable=False)  # the hour's beginning
    revoked_at = models.DateTimeField(_("revoked"), null=True, editable=False)
    created_at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["maker", "-created_at", "-id"], name="share_of_maker"),
            models.Index(fields=["-created_at", "-id"], name="share_latest"),
        ]
        verbose_name = _("share link")
        verbose_name_plural = _("share links")

    def __str__(self) -> str:
        return self.note or str(self.pk)


class SharedImage(models.Model):
    """That an image is in a selection that is shared, and at which place."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    share = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="entries", db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["share", "image"], name="one_shared_image")]
        indexes = [models.Index(fields=["share", "position", "id"], name="shared_position")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.image_id} in {self.share_id}"
