"""The catalogue: one row says everything of an image but its bytes."""

import uuid
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from images.imaging.formats import MAX_FILENAME_LENGTH, MOVING, SHOWN
from images.models import indexes
from images.models.audience import HasAudience, default_visibility
from images.models.derived import EPOCH, MAX_GEAR_LENGTH, DatedField, GearField, NumberFactField, followers
from images.models.figure import FOLLOWED, followed
from images.models.search import TEXTS, SearchKeyField, SearchTextField
from images.models.text import AddressField, LineField, LinesField, LongTextField
from storage import get_storage

if TYPE_CHECKING:
    from images.models.tag import Tag, Tagging

ASKED_FOR = 0  # the inspection_version of an image that is to be read anew
MAX_OFFSET = 18 * 60  # minutes; wider than any time zone is
LICENCE = r"\A[A-Za-z0-9][A-Za-z0-9.+-]*\Z"  # an identifier (SPDX 2.3, annex D)


class Image(HasAudience, models.Model):
    """One image of the library. Its bytes are the object whose key is `hash`; they never change."""

    class TakenFrom(models.TextChoices):
        """Where it is known from when an image was taken; the later word is never replaced by an earlier."""

        FILE = "file", _("what the camera wrote")
        NAME = "name", _("the name of the file")
        UPLOAD = "upload", _("its sender")
        HAND = "hand", _("a correction")

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

    metadata = models.JSONField(_("metadata"), default=dict, editable=False)  # see ImageFacts
    has_location = models.BooleanField(  # whoever gets the file can read it there
        _("says where it was taken"), default=False, db_default=False, editable=False
    )
    placeholder = models.CharField(
        _("placeholder"), max_length=2_000, default="", editable=False
    )  # a data URI
    verified_at = models.DateTimeField(_("bytes last verified"), null=True, editable=False)
    inspection_version = models.SmallIntegerField(null=True, editable=False)  # see maintenance.outdated

    # Where the metadata was stripped: of the file as it was sent, and the image that this is a copy of.
    source_hash = models.CharField(  # noqa: DJ001  null, so that the index of those that have one is used
        _("SHA-256 as sent"), max_length=64, null=True, editable=False
    )
    derived_from = models.ForeignKey(
        "self",
        verbose_name=_("copy of"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="copies",
    )

    # When the shutter opened. Where no offset is known the camera's clock is taken for UTC; the day is the
    # clock's own, wherever it stood.
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)
    taken_offset = models.SmallIntegerField(
        _("minutes east of UTC"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-MAX_OFFSET), MaxValueValidator(MAX_OFFSET)],
    )
    taken_day = models.DateField(_("day taken"), null=True, editable=False)
    taken_from = models.CharField(
        _("known from"), max_length=6, choices=TakenFrom.choices, default="", db_default="", editable=False
    )

    # What people say of it.
    title = LineField(_("title"), max_length=200, blank=True)
    description = LongTextField(_("description"), max_length=10_000, blank=True)
    alt_text = LinesField(
        _("alternative text"),
        max_length=1_000,
        blank=True,
        help_text=_("What the image shows, for people who cannot see it."),
    )
    decorative = models.BooleanField(
        _("decorative"),
        default=False,
        db_default=False,
        help_text=_("It tells nothing that a person who cannot see it would miss."),
    )
    author = LineField(_("author"), max_length=200, blank=True, default="", db_default="")
    credit = LineField(_("credit line"), max_length=200, blank=True, default="", db_default="")
    copyright = LinesField(_("copyright notice"), max_length=500, blank=True, default="", db_default="")
    licence = models.CharField(
        _("licence"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(LICENCE, _("An identifier of SPDX, such as CC-BY-4.0."))],
    )
    source_url = AddressField(
        _("source"),
        max_length=2_000,
        blank=True,
        default="",
        db_default="",
        validators=[URLValidator(["http", "https"])],
    )
    keywords = models.JSONField(  # the tags of rows that the code of before wrote
        blank=True, default=list, editable=False, db_default=models.Value([], models.JSONField())
    )
    visibility = models.CharField(
        _("visibility"), max_length=8, choices=HasAudience.Visibility.choices, default=default_visibility
    )
    # Whether it was made public by somebody who was asked and would tell where it was taken; never otherwise.
    location_kept = models.BooleanField(default=False, db_default=False, editable=False)

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

    tags: "models.ManyToManyField[Tag, Tagging]" = models.ManyToManyField(
        "Tag", through="Tagging", related_name="images", editable=False
    )

    # For lists: see derived.py and search.py. A row of an earlier version has the epoch, no text, and null.
    camera = GearField(max_length=MAX_GEAR_LENGTH, default="", db_default="", editable=False)
    lens = GearField(max_length=MAX_GEAR_LENGTH, default="", db_default="", editable=False)
    iso = NumberFactField(null=True, editable=False)
    f_number = NumberFactField(null=True, editable=False)
    dated_at = DatedField(default=EPOCH, db_default=EPOCH, editable=False)
    search_text = SearchTextField(default="", db_default="", editable=False)
    search_key = SearchKeyField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            *indexes.LISTED,
            models.Index(fields=["-created_at", "-id"], name="image_newest_first"),  # the trash's among them
            models.Index(
                fields=["-deleted_at"], name="image_trash", condition=models.Q(deleted_at__isnull=False)
            ),
            models.Index(
                fields=["source_hash"], name="image_source", condition=models.Q(source_hash__isnull=False)
            ),
            models.Index(
                fields=["-taken_day", "-id"], name="image_taken", condition=models.Q(taken_day__isnull=False)
            ),
        ]
        verbose_name = _("image")
        verbose_name_plural = _("images")

    def __str__(self) -> str:
        return self.title or self.filename

    def get_absolute_url(self) -> str:
        return reverse("image", args=[self.pk])

    def write(self, *fields: str) -> None:
        """Write these fields and the time, and nothing else: another may be changing the rest. Kept figures
        follow.

        Raises DoesNotExist when the image was purged since it was read.
        """
        from images.models.indexing import reindex  # which knows Image

        written = {*fields, *followers(fields), "updated_at"}
        values = {
            field.attname: field.pre_save(self, add=False)  # which sets the time, and has texts clean
            for field in self._meta.concrete_fields
            if field.name in written
        }
        with followed([self]) if written & FOLLOWED else transaction.atomic():
            is_there = Image.objects.filter(pk=self.pk).update(**values)
            if is_there and written & set(TEXTS):
                reindex([self.pk])  # of the row as it is by now: another may have written other texts
        if not is_there:
            raise Image.DoesNotExist("The image was purged.")

    @property
    def storage_key(self) -> str:
        """The key of the original's object: its SHA-256 in hex."""
        return self.hash

    @property
    def moves(self) -> bool:
        """Whether it is an animation. Several pages, or pictures behind the first, are none."""
        return self.frames > 1 and self.mime_type in MOVING

    @property
    def is_shown(self) -> bool:
        """Whether browsers show the original; of another they are shown renditions alone."""
        return self.mime_type in SHOWN

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
