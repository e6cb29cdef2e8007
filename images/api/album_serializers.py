"""Albums as the API writes and reads them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from images.api.fields import TextField
from images.api.strict import RefuseUnknownFields
from images.catalogue.album_curation import create, describe
from images.catalogue.album_entries import MOST
from images.catalogue.album_pages import found_by
from images.catalogue.albums import count_of
from images.catalogue.counts import MAX_COUNT
from images.catalogue.search import search_deadline
from images.models import Album
from images.models.album import MAX_LENGTH, MAX_TITLE_LENGTH

ORDERINGS = ("title", "-title", "created_at", "-created_at")


class AlbumSerializer(RefuseUnknownFields, serializers.ModelSerializer[Album]):
    """An album: images in an order. To be in a public one makes no image public."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: TextField,
        models.TextField: TextField,
    }
    slug = serializers.CharField(
        read_only=True,
        help_text="Its name in the address of its page, `/albums/{slug}`, and in `album:` of a search. A new "
        "title changes it; former ones lead there too.",
    )
    cover = serializers.UUIDField(
        required=False,
        allow_null=True,
        help_text="The id of an image of the album: the one that was chosen, or the first. Null to callers "
        "who see none.",
    )
    count = serializers.SerializerMethodField(
        help_text="How many of its images are outside the trash: to those who see private ones, all; to "
        "others, the public ones. Of one with a `search` as many as that finds, null where these are more "
        "than 10,000, and in lists."
    )

    search = TextField(
        required=False,
        allow_blank=True,
        max_length=MAX_LENGTH,
        help_text="In the language of the search box. An album with one has the images that it finds, "
        "and none are filed in it; `ordering=hand` is the order of the search.",
    )

    class Meta:
        model = Album
        fields = (
            *("id", "slug", "title", "description", "visibility", "cover", "ordering", "search", "count"),
            *("created_at", "updated_at"),
        )
        read_only_fields = ("id", "created_at", "updated_at")

    def get_count(self, album: Album) -> int | None:
        user = self.context["request"].user
        if not (album.search and self.context["is_one"]):
            return count_of(user, album)
        with search_deadline():
            found = found_by(user, album)
            count = found.count(found.page())
        return None if count is None or count > MAX_COUNT else count

    def to_representation(self, album: Album) -> dict[str, Any]:
        cover = self.context["covers"].get(album.pk)
        return {**super().to_representation(album), "cover": str(cover.pk) if cover else None}

    def create(self, said: dict[str, Any]) -> Album:
        if said.pop("cover", None):
            raise serializers.ValidationError({"cover": [_("A new album has no images yet.")]})
        return create(self.context["request"].user, **said)

    def update(self, album: Album, said: dict[str, Any]) -> Album:
        if "cover" in said:
            said["cover_id"] = said.pop("cover")
        describe(self.context["request"].user, album, **said)
        return album


class FiledSerializer(RefuseUnknownFields):
    """Images to be put into an album, or moved in it."""

    lists = ("images",)
    images = serializers.ListField(
        child=serializers.UUIDField(), max_length=MOST, allow_empty=False, help_text="Their ids, in order."
    )
    before = serializers.UUIDField(
        required=False,
        help_text="The id of the image of the album before which they go; when not given, new ones come last "
        "and others stay where they are.",
    )


class UnfiledSerializer(RefuseUnknownFields):
    """Images to be taken out of an album."""

    lists = ("images",)
    images = serializers.ListField(child=serializers.UUIDField(), max_length=MOST, allow_empty=False)


class AskedSerializer(serializers.Serializer[Any]):
    """Which albums, in which order."""

    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_TITLE_LENGTH,
        help_text="A part of the title, whatever the case and accents of its letters.",
    )
    ordering = serializers.ChoiceField(
        ORDERINGS, default="title", help_text="By title, or by when they were made; with a minus backwards."
    )
