"""The API of tags, `/api/v1/tags`."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from images.api.fields import TextField, refused_in_words
from images.api.openapi_of_tags import describes_tags
from images.api.pagination import CursorPagination
from images.api.personal import MayList, PersonalView
from images.api.strict import RefuseUnknownFields
from images.api.viewsets import BrowsableAPIRenderer, JSONParser, JSONRenderer
from images.catalogue.tag_curation import create, delete, describe, merge, rename
from images.catalogue.tag_names import key_of
from images.catalogue.tags import may_curate, sees_all, visible_tag, visible_tags
from images.models import Tag
from images.models.tag import MAX_KEY_LENGTH
from images.text import MAX_KEYWORD_LENGTH

ORDERINGS = ("name", "-name", "count", "-count")


class MayCurate(BasePermission):
    """Whoever may curate changes tags."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return may_curate(request.user)


class TagSerializer(RefuseUnknownFields, serializers.ModelSerializer[Tag]):
    """A tag: a name that is found whatever the case and accents of its letters."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: TextField
    }
    slug = serializers.CharField(read_only=True, help_text="Its address, which a new name changes.")
    color = serializers.RegexField(r"\A(#[0-9a-f]{6})?\Z", required=False, help_text="`#rrggbb`, or nothing.")
    count = serializers.SerializerMethodField(
        help_text="How many images outside the trash have it: of those who see private ones, of all images."
    )

    class Meta:
        model = Tag
        fields = ("name", "slug", "description", "color", "count")

    def get_count(self, tag: Tag) -> int:
        return tag.all if sees_all(self.context["request"].user) else tag.public

    def create(self, said: dict[str, str]) -> Tag:
        return create(by=self.context["request"].user, **said)

    def update(self, tag: Tag, said: dict[str, str]) -> Tag:
        name = said.pop("name", tag.name)
        by = self.context["request"].user
        describe(tag, by, **said)
        return tag if name == tag.name else rename(tag, name, by=by)


class MergeSerializer(RefuseUnknownFields):
    into = serializers.CharField(max_length=MAX_KEY_LENGTH, help_text="The slug of the tag that it becomes.")


class AskedSerializer(serializers.Serializer[Any]):
    """Which tags, in which order."""

    search = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=MAX_KEYWORD_LENGTH,
        help_text="A part of the name, whatever the case and accents of its letters.",
    )
    ordering = serializers.ChoiceField(
        ORDERINGS, default="name", help_text="By name, or by how many images have it; with a minus backwards."
    )


@describes_tags(TagSerializer, MergeSerializer, AskedSerializer)
class TagViewSet(
    PersonalView, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Tag]
):
    """The tags that exist for the caller."""

    queryset = Tag.objects.none()  # for the schema; get_queryset answers requests
    serializer_class = TagSerializer
    pagination_class = CursorPagination
    lookup_field, lookup_value_converter = "slug", "str"
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    parser_classes = (JSONParser, FormParser, MultiPartParser)

    def get_permissions(self) -> list[BasePermission]:
        return [AllowAny(), MayList()] if self.request.method in SAFE_METHODS else [MayCurate()]

    def get_queryset(self) -> QuerySet[Tag]:
        return visible_tags(self.request.user)

    def get_object(self) -> Tag:
        return visible_tag(self.request.user, self.kwargs["slug"])

    def filter_queryset(self, queryset: QuerySet[Tag, Any]) -> QuerySet[Tag, Any]:
        if self.action != "list":
            return queryset
        asked = AskedSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        if search := asked.validated_data.get("search"):
            queryset = queryset.filter(key__contains=key_of(search))
        figure = "all" if sees_all(self.request.user) else "public"
        return queryset.order_by(
            asked.validated_data["ordering"].replace("name", "key").replace("count", figure)
        )

    def create(self, request: Request) -> Response:
        tag = self._saved(self.get_serializer(data=request.data))
        address = reverse("api-tag-detail", args=[tag.slug])
        return Response(self.get_serializer(tag).data, status=201, headers={"Location": address})

    def partial_update(self, request: Request, slug: str) -> Response:
        tag = self._saved(self.get_serializer(self.get_object(), data=request.data, partial=True))
        return Response(self.get_serializer(tag).data)

    def destroy(self, request: Request, slug: str) -> Response:
        delete(self.get_object(), by=request.user)
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, slug: str) -> Response:
        tag, said = self.get_object(), MergeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        into = self.get_queryset().filter(slug=said.validated_data["into"]).first()
        if into is None:
            raise serializers.ValidationError({"into": [_("There is no such tag.")]})
        with refused_in_words("into"):
            return Response(self.get_serializer(merge(tag, into, by=request.user)).data)

    def _saved(self, serializer: serializers.BaseSerializer[Tag]) -> Tag:
        serializer.is_valid(raise_exception=True)
        with refused_in_words("name"):
            return serializer.save()
