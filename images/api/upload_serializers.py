"""An upload as the API reads it. Only shapes are checked here: ingest judges the file."""

from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from images.api.fields import refused_in_words, with_tags, with_taken
from images.api.serializers import DESCRIBED, DescribedSerializer
from images.catalogue.albums import album_to_change
from images.catalogue.publishing import Location
from images.catalogue.search import is_sha256
from images.imaging.formats import ACCEPTED
from images.ingest.fetching.fetch import fetch
from images.ingest.fetching.targets import LONGEST, Target
from images.models import Album, Image, default_visibility
from images.models.album import MAX_KEY_LENGTH


class UploadSerializer(DescribedSerializer):
    """A file or the address of one, and what may be said of it at once."""

    file = serializers.FileField(
        required=False, help_text=format_lazy(gettext_lazy("One of {formats}."), formats=ACCEPTED)
    )
    url = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST,
        help_text=gettext_lazy(
            "In place of the file, where the operator allows it: its public address, http or https, from "
            "which the library fetches it."
        ),
    )
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
        fields = ("file", "url", "sha256", "location", "album", *DESCRIBED)

    def validate_url(self, url: str) -> Target | None:
        if not url:
            return None
        if not settings.IMAGELIB_FETCH:
            off = _("This library fetches no files from addresses. Send the file itself.")
            raise serializers.ValidationError(off)
        return Target.parse(url)

    def validate_album(self, name: str) -> Album | None:
        return album_to_change(self.context["request"].user, name) if name else None

    def validate(self, described: dict[str, Any]) -> dict[str, Any]:
        if not described.get("url"):
            if "file" not in described:
                raise serializers.ValidationError({"file": [self.fields["file"].error_messages["required"]]})
        elif "file" in described:
            raise serializers.ValidationError({"url": [_("Send a file or its address, not both.")]})
        return with_tags(with_taken(described, None, Image.TakenFrom.UPLOAD), None)


def file_of(described: dict[str, Any]) -> tuple[IO[bytes], str]:
    """Return the file of a valid upload, fetched if need be, and its name; neither it nor its address is
    among what is `described` any more. Whoever gets it closes it.
    """
    url: Target | None = described.pop("url", None)
    if url:
        with refused_in_words("url"):
            return fetch(url), url.filename
    file: UploadedFile[bytes] = described.pop("file")
    return file, file.name or ""
