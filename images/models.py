"""The catalogue: one row says everything of an image but its bytes."""

import uuid
from typing import BinaryIO

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from images.imaging.formats import MAX_FILENAME_LENGTH
from images.text import LineField, LinesField, LongTextField
from storage import get_storage
from storage.keys import rendition_key


def default_visibility() -> str:
    """Return the visibility of an image whose uploader did not choose one."""
    return settings.IMAGELIB_DEFAULT_VISIBILITY


class Image(models.Model):
    """One image of the library. Its bytes are the object whose key is `hash`; they never change."""

    class Visibility(models.TextChoices):  # from the widest to the strictest
        PUBLIC = "public", _("Public")
        PRIVATE = "private", _("Private")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    # What the bytes are. Set once, by ingest.
    hash = models.CharField(
        _("SHA-256"),
        max_length=64,
        unique=True,
        editable=False,
        validators=[RegexValidator(r"^[0-9a-f]{64}$")],
    )
    mime_type = models.CharField(_("type"), max_length=32, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), editable=False)
    width = models.PositiveIntegerField(_("width in pixels"), editable=False)
    height = models.PositiveIntegerField(_("height in pixels"), editable=False)
    frames = models.PositiveIntegerField(_("frames"), default=1, editable=False)
    filename = models.CharField(_("file name"), max_length=MAX_FILENAME_LENGTH, editable=False)

    taken_at = models.DateTimeField(_("taken"), null=True, editable=False)
    metadata = models.JSONField(_("metadata"), default=dict, editable=False)  # see ImageFacts
    placeholder = models.CharField(
        _("placeholder"), max_length=2_000, default="", editable=False
    )  # a data URI
    verified_at = models.DateTimeField(_("bytes last verified"), null=True, editable=False)

    # What people say of it.
    title = LineField(_("title"), max_length=200, blank=True)
    description = LongTextField(_("description"), max_length=10_000, blank=True)
    alt_text = LinesField(
        _("alternative text"),
        max_length=1_000,
        blank=True,
        help_text=_("What the image shows, for people who cannot see it."),
    )
    visibility = models.CharField(
        _("visibility"), max_length=7, choices=Visibility.choices, default=default_visibility
    )

    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="images",
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(_("moved to the trash"), null=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="image_newest_first"),
            models.Index(
                fields=["-deleted_at"], name="image_trash", condition=models.Q(deleted_at__isnull=False)
            ),
        ]
        verbose_name = _("image")
        verbose_name_plural = _("images")

    def __str__(self) -> str:
        return self.title or self.filename

    def get_absolute_url(self) -> str:
        return reverse("image", args=[self.pk])

    def write(self, *fields: str) -> None:
        """Write these fields and the time, and nothing else: another may be changing the rest.

        Raises DoesNotExist when the image was purged since it was read.
        """
        written = {*fields, "updated_at"}
        values = {
            field.attname: field.pre_save(self, add=False)  # which sets the time, and has texts clean
            for field in self._meta.concrete_fields
            if field.name in written
        }
        if not Image.objects.filter(pk=self.pk).update(**values):
            raise Image.DoesNotExist("The image was purged.")

    @property
    def storage_key(self) -> str:
        """The key of the original's object: its SHA-256 in hex."""
        return self.hash

    @property
    def has_location(self) -> bool:
        """Whether the original says where it was taken. Whoever gets the file can read it there."""
        return "location" in self.metadata

    @property
    def is_public(self) -> bool:
        """Whether an anonymous request for the file gets it."""
        return self.visibility == self.Visibility.PUBLIC and self.deleted_at is None

    def open(self) -> BinaryIO:
        """Return a reader of the original bytes; the caller closes it. Raises StorageError."""
        return get_storage().open(self.storage_key)

    def read(self) -> bytes:
        """Return the original bytes. Raises StorageError."""
        return get_storage().get(self.storage_key)

    def get_file_url(self) -> str:
        """Return the permanent path of the original bytes."""
        return reverse("image-file", args=[self.pk])

    def get_service_url(self) -> str:
        """Return the base URI of the image as an image service (IIIF Image API 3.0), without an origin."""
        return reverse("iiif-image", args=[self.pk])


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


class Purged(models.Model):
    """Bytes that were deleted on purpose: the tombstone of an image. It outlives the row, in manifests too.

    The later word counts: bytes that came in after `time` are an image again.
    """

    hash = models.CharField(max_length=64, unique=True)
    time = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.hash


class KnownManifest(models.Model):
    """A manifest that this database wrote, or once had rows or tombstones for all of. That stays so: a row
    goes only with a tombstone. A database that does not know the newest one is older than it.
    """

    key = models.CharField(max_length=128, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.key


class Restoration(models.Model):
    """A restoration that was begun. Its end deletes the row, so whoever finds one finds half a library."""

    manifest = models.TextField()  # a key or a path
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.manifest
