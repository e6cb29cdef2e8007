"""An upload as the API reads it. Only shapes are checked here: ingest judges the file."""

from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from images.api.fields import with_tags, with_taken
from images.api.serializers import DESCRIBED, DescribedSerializer
from images.catalogue.albums import album_to_change
from images.catalogue.publishing import Location
from images.catalogue.search import is_sha256
from images.imaging.formats import ACCEPTED
from images.models import Album, Image, default_visibility
from images.models.album import MAX_KEY_LENGTH


class UploadSerializer(DescribedSerializer):
    """A file, and what may be said of it at once."""

    file = serializers.FileField(help_text=format_lazy(gettext_lazy("One of {formats}."), formats=ACCEPTED))
    sha256 = serializers.CharField(
        required=False,
        allow_blank=True,
        validators=[is_sha256],
        help_text=gettext_lazy("When given, the file must have this SHA-256."),
    )
    visibility = serializers.ChoiceField(
        Image.Visibility.choices,
        required=False,
        initial=default_visibility,
        help_text=gettext_lazy("When not given, the library's default."),
    )
    location = serializers.ChoiceField(
        Location.choices,
        required=False,
        help_text=gettext_lazy("Whether the image, when it is public, may tell where it was taken."),
    )

    album = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_KEY_LENGTH,
        help_text=gettext_lazy("The id or the address of an album that you may change, into which it goes."),
    )

    class Meta:
        model = Image
        fields = ("file", "sha256", "location", "album", *DESCRIBED)

    def validate_album(self, name: str) -> Album | None:
        return album_to_change(self.context["request"].user, name) if name else None

    def validate(self, described: dict[str, Any]) -> dict[str, Any]:
        return with_tags(with_taken(described, None, Image.TakenFrom.UPLOAD), None)
