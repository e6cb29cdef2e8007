"""Tags: words that people put on images, each a row, so that it can be renamed, merged and described."""

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from images.models.image import Image
from images.models.text import LineField, LinesField
from images.text import MAX_KEYWORD_LENGTH

# To fold a character may make three of it (Unicode 5.18: full case folding), NFKC eighteen; who writes so is
# refused by the length of the key.
MAX_KEY_LENGTH = 3 * MAX_KEYWORD_LENGTH


class Tag(models.Model):
    """One tag. `key` is its name folded (images.text), and no two tags have the same."""

    name = LineField(_("name"), max_length=MAX_KEYWORD_LENGTH)
    key = models.CharField(max_length=MAX_KEY_LENGTH, unique=True, editable=False)
    slug = models.SlugField(
        _("address"), max_length=MAX_KEY_LENGTH, unique=True, allow_unicode=True, editable=False
    )
    description = LinesField(_("description"), max_length=1_000, blank=True, default="", db_default="")
    color = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(r"\A#[0-9a-f]{6}\Z", _("A colour is written #rrggbb."))],
    )

    # A tag that becomes another, until all its images have that one (catalogue.tag_curation).
    merging_into = models.ForeignKey(
        "self", null=True, editable=False, on_delete=models.SET_NULL, related_name="merging"
    )

    # Kept figures: how many images it is on, outside the trash. They change with the images, in the same
    # transaction; a tag of which no public image is there does not exist for those who see these alone.
    public = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    all = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = ("key",)
        default_permissions = ()  # who may change everyone's images curates
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tag", args=[self.slug])


class Tagging(models.Model):
    """That an image has a tag."""

    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings", db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "image"], name="one_tagging")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.image_id}"
