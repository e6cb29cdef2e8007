"""Images as the API writes and reads them. Only shapes are checked here: ingest judges the file."""

from copy import deepcopy
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from images.api.fields import TAGS, AddressField, MomentField, TagsField, TextField, with_tags, with_taken
from images.api.strict import RefuseUnknownFields
from images.catalogue.access import may_edit, may_find, visible_metadata
from images.catalogue.curation import put
from images.catalogue.favourites import is_favourite
from images.catalogue.links import albums_of
from images.catalogue.publishing import Location, show_to
from images.catalogue.tag_names import distinct
from images.catalogue.tags import set_tags
from images.http.origin import absolute
from images.models import Album, Image

DESCRIBED = (
    *("title", "description", "alt_text", "decorative"),
    *("author", "credit", "copyright", "licence", "source_url"),
    *TAGS,
    *("taken_at", "taken_offset"),
    "visibility",
)


class DescribedSerializer(RefuseUnknownFields, serializers.ModelSerializer[Image]):
    """What may be said of an image."""

    lists = TAGS
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: TextField,
        models.TextField: TextField,
        models.URLField: AddressField,
    }
    tags = TagsField(
        help_text=gettext_lazy("Their names: at most 100, in a form a field for each. New ones are made.")
    )
    keywords = TagsField(help_text=gettext_lazy("The former name of `tags`: the same, and taken as such."))
    taken_at = MomentField(
        required=False,
        allow_null=True,
        help_text=gettext_lazy(
            "An instant, in UTC. Sent with an offset it sets `taken_offset`; with none it is what the clock "
            "showed, taken for UTC unless `taken_offset` is sent too."
        ),
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return copies of them: REST framework makes them of the model anew for each serializer, which takes
        three times as long.
        """
        return deepcopy(self._made_of_the_model())

    @classmethod
    @cache
    def _made_of_the_model(cls) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super(DescribedSerializer, cls()).get_fields()


class AlbumOfImageSerializer(serializers.Serializer[Album]):
    """An album that an image is in."""

    id = serializers.UUIDField()
    slug = serializers.CharField()
    title = serializers.CharField()


class ImageSerializer(DescribedSerializer):
    """What is known of an image; what people say of it can be changed."""

    albums = serializers.SerializerMethodField(help_text="Those that the caller sees.")
    taken_from = serializers.ChoiceField(
        ["", *Image.TakenFrom.values],
        read_only=True,
        help_text="Where `taken_at` is known from: the file, its name, its upload or a correction by hand.",
    )
    storage_key = serializers.CharField(read_only=True, help_text=_("The hash again."))
    uploaded_by = serializers.SerializerMethodField(help_text="A user name; null to anonymous callers.")
    has_location = serializers.BooleanField(
        read_only=True, help_text="Whether the original says where it was."
    )
    metadata = serializers.SerializerMethodField(
        help_text="What the camera wrote: camera, lens, exposure_time, f_number, iso, focal_length; color, "
        "icc_profile. The `location` itself and the file's own `words` are told only to people who may edit "
        "the image."
    )
    source_hash = serializers.SerializerMethodField(
        help_text="SHA-256 of the file as it was sent, where its metadata was taken out; null otherwise, and "
        "to people who may not edit the image."
    )
    derived_from = serializers.SerializerMethodField(
        help_text="The id of the image that this is a copy of; null to people who may not see that one."
    )
    file_url = serializers.SerializerMethodField(help_text="The permanent address of the original bytes.")
    iiif_url = serializers.SerializerMethodField(
        help_text="The image as a service (IIIF Image API 3.0): sizes, crops and tiles of it."
    )
    may_edit = serializers.SerializerMethodField(help_text="Whether the caller may change it.")
    is_favourite = serializers.SerializerMethodField(help_text="Whether it is one of the caller's own.")
    location = serializers.ChoiceField(
        Location.choices,
        required=False,
        write_only=True,
        help_text="Only with `visibility=public`: publish an image that says where it was taken "
        "with that, or a copy without it.",
    )

    class Meta:
        model = Image
        fields: tuple[str, ...] = (
            "id",
            *("hash", "storage_key", "mime_type", "size", "width", "height", "frames", "filename"),
            *("taken_day", "taken_from"),
            "metadata",
            "has_location",
            "source_hash",
            "derived_from",
            "placeholder",
            *DESCRIBED,
            "albums",
            "uploaded_by",
            "created_at",
            "updated_at",
            "deleted_at",
            "file_url",
            "iiif_url",
            *("may_edit", "is_favourite"),
            "location",
        )
        read_only_fields = tuple(name for name in fields if name not in DESCRIBED)

    @extend_schema_field(AlbumOfImageSerializer(many=True))
    def get_albums(self, image: Image) -> list[dict[str, str]]:
        albums = albums_of(self.context["request"].user, image)
        return [{"id": str(album.pk), "slug": album.slug, "title": album.title} for album in albums]

    def get_uploaded_by(self, image: Image) -> str | None:
        user = self.context["request"].user
        return image.uploaded_by.get_username() if user.is_authenticated and image.uploaded_by else None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_metadata(self, image: Image) -> dict[str, Any]:
        return visible_metadata(self.context["request"].user, image)

    def get_source_hash(self, image: Image) -> str | None:
        return image.source_hash if may_edit(self.context["request"].user, image) else None

    def get_derived_from(self, image: Image) -> UUID | None:
        source = image.derived_from
        return source.pk if source and may_find(self.context["request"].user, source) else None

    @extend_schema_field(OpenApiTypes.URI)
    def get_file_url(self, image: Image) -> str:
        return absolute(self.context["request"], image.get_file_url())

    @extend_schema_field(OpenApiTypes.URI)
    def get_iiif_url(self, image: Image) -> str:
        return absolute(self.context["request"], image.get_service_url())

    def get_may_edit(self, image: Image) -> bool:
        return may_edit(self.context["request"].user, image)

    def get_is_favourite(self, image: Image) -> bool:
        return is_favourite(self.context["request"].user, image)

    def validate(self, described: dict[str, Any]) -> dict[str, Any]:
        if "location" in described and described.get("visibility", "private") == Image.Visibility.PRIVATE:
            raise serializers.ValidationError(
                {"location": [_("This goes with visibility=public or visibility=unlisted.")]}
            )
        return with_tags(with_taken(described, self.instance, Image.TakenFrom.HAND), self.instance)

    def update(self, image: Image, described: dict[str, Any]) -> Image:
        """Save what was sent and nothing else: another request may be moving the image to the trash."""
        if "tags" in described:
            set_tags(image, described.pop("tags"))
        location, visibility = described.pop("location", ""), described.pop("visibility", image.visibility)
        if location == Location.STRIP and image.has_location:
            visibility = Image.Visibility.PRIVATE  # its copy is what becomes public
        changed = [*put(image, described), *show_to(image, visibility, location)]
        if changed:
            image.write(*changed)
        return image


class TagChangeSerializer(RefuseUnknownFields):
    """Tags to be added to an image and removed from it."""

    lists = ("add", "remove")
    add = TagsField(help_text="Names of tags, which are made where they are new.")
    remove = TagsField(help_text="Names of tags; one that the image has not is passed over.")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if distinct(said.get("add", ())).keys() & distinct(said.get("remove", ())).keys():
            raise serializers.ValidationError({"remove": [_("The same tag cannot be added and removed.")]})
        return said


class AnsweredImageSerializer(ImageSerializer):
    """An image as it became, and what the answer tells besides: `told` of the context."""

    notice = serializers.CharField(
        read_only=True, help_text="What was not done as asked, in a sentence; absent when all was."
    )
    public_copy = serializers.UUIDField(
        read_only=True,
        help_text="With `location=strip`, the id of the copy without metadata, which is public while this "
        "image is private; absent otherwise.",
    )

    class Meta(ImageSerializer.Meta):
        told = ("notice", "public_copy")
        fields: tuple[str, ...] = (*ImageSerializer.Meta.fields, *told)

    def to_representation(self, image: Image) -> dict[str, Any]:
        return {**super().to_representation(image), **self.context.get("told", {})}
