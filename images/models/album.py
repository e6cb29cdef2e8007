"""Albums: images that people put together, in an order, at an address of their own."""

import uuid

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from images.models.image import Image
from images.models.text import LineField, LongTextField

MAX_TITLE_LENGTH = 200
MAX_KEY_LENGTH = 3 * MAX_TITLE_LENGTH  # as that of a tag
MAX_LENGTH = 1000  # of a search (catalogue.query)


class Album(models.Model):
    """One album. `key` is its title folded (images.text): another may have the same. One with a `search` has
    no entries: it is of what that finds.

    To be in a public album makes no image public: people see of it the images that they see anyway.
    """

    class Ordering(models.TextChoices):
        """By hand, or by a field as the API orders images."""

        HAND = "hand", _("By hand")
        TAKEN = "taken_at", _("Oldest first")
        LAST_TAKEN = "-taken_at", _("Newest first")
        TITLE = "title", _("By title")
        FILENAME = "filename", _("By file name")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(
        _("address"), max_length=MAX_KEY_LENGTH, unique=True, allow_unicode=True, editable=False
    )
    title = LineField(_("title"), max_length=MAX_TITLE_LENGTH)
    key = models.CharField(max_length=MAX_KEY_LENGTH, editable=False)
    description = LongTextField(_("description"), max_length=10_000, blank=True, default="", db_default="")
    cover = models.ForeignKey(
        Image, verbose_name=_("cover"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    visibility = models.CharField(
        _("visibility"),
        max_length=8,
        choices=Image.Visibility.choices,
        default=Image.Visibility.PRIVATE,
        db_default=Image.Visibility.PRIVATE,
    )
    ordering = models.CharField(
        _("order"), max_length=9, choices=Ordering.choices, default=Ordering.HAND, db_default=Ordering.HAND
    )
    search = LineField(_("search"), max_length=MAX_LENGTH, blank=True, default="", db_default="")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("made by"),
        null=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="albums",
    )
    created_at = models.DateTimeField(_("made"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    images: "models.ManyToManyField[Image, AlbumEntry]" = models.ManyToManyField(
        Image, through="AlbumEntry", related_name="albums", editable=False
    )

    # Kept figures, as a tag has them: how many of its images are outside the trash.
    public = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    all = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = ("key",)
        default_permissions = ()  # who uploads makes albums, and who changes everyone's images theirs
        indexes = [
            models.Index(fields=["key", "id"], name="album_key"),
            models.Index(fields=["created_at", "id"], name="album_created_at"),
        ]
        verbose_name = _("album")
        verbose_name_plural = _("albums")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("album", args=[self.slug])


class AlbumSlug(models.Model):
    """An address that an album has, or had before: it leads there still, and no other album gets it."""

    slug = models.CharField(max_length=MAX_KEY_LENGTH, primary_key=True)
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="slugs")

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.slug


class AlbumEntry(models.Model):
    """That an image is in an album, and where: between two positions there is room for others."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    album = models.ForeignKey(Album, on_delete=models.CASCADE, related_name="entries", db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="entries")
    position = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["album", "image"], name="one_album_entry")]
        indexes = [models.Index(fields=["album", "position", "id"], name="album_position")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.image_id} in {self.album_id}"
