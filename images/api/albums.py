"""The API of albums, `/api/v1/albums`."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from images.accounts.members import require_member
from images.api.album_serializers import AlbumSerializer, AskedSerializer, FiledSerializer, UnfiledSerializer
from images.api.fields import refused_in_words
from images.api.openapi_of_albums import (
    describes_albums,
    describes_filing,
    describes_images_of,
    describes_unfiling,
)
from images.api.pagination import CursorPagination
from images.api.personal import MayList, PersonalView
from images.api.serializers import ImageSerializer
from images.api.viewsets import RELATED, BrowsableAPIRenderer, JSONParser, JSONRenderer
from images.catalogue.album_curation import delete
from images.catalogue.album_entries import file, unfile
from images.catalogue.albums import covers, listed_albums, may_change_album, may_make_albums, visible_albums
from images.catalogue.links import read_links
from images.catalogue.search import search_deadline
from images.catalogue.tag_names import key_of
from images.models import Album

Said = list[dict[str, Any]]  # within the viewset `list` is another


class MayChange(BasePermission):
    """Who uploads makes albums, and who made one or edits changes it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return may_make_albums(request.user) if view.action == "create" else True

    def has_object_permission(self, request: Request, view: Any, album: Album) -> bool:
        return may_change_album(request.user, album)


@describes_albums
class AlbumViewSet(PersonalView, viewsets.GenericViewSet[Album]):
    """The albums that exist for the caller."""

    queryset = Album.objects.none()  # for the schema; get_queryset answers requests
    serializer_class = AlbumSerializer
    pagination_class = CursorPagination
    lookup_value_converter = "uuid"
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    parser_classes = (JSONParser, FormParser, MultiPartParser)

    def get_permissions(self) -> list[BasePermission]:
        if self.action == "list":
            return [AllowAny(), MayList()]
        return [AllowAny() if self.request.method in SAFE_METHODS else MayChange()]

    def get_object(self) -> Album:
        try:
            return super().get_object()
        except Http404:
            require_member(self.request.user)  # nobody is told which there are
            raise

    def get_queryset(self) -> QuerySet[Album]:
        return (listed_albums if self.action == "list" else visible_albums)(self.request.user)

    def filter_queryset(self, queryset: QuerySet[Album, Any]) -> QuerySet[Album, Any]:
        return queryset  # what is asked for is of the list alone

    def list(self, request: Request) -> Response:
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = self.get_queryset().order_by(asked.validated_data["ordering"].replace("title", "key"))
        if search := asked.validated_data.get("search"):
            found = found.filter(key__contains=key_of(search))
        return self.get_paginated_response(self._said(self.paginate_queryset(found) or []))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        return Response(self._said([self.get_object()], is_one=True)[0])

    def create(self, request: Request) -> Response:
        album = self._saved(self.get_serializer(data=request.data))
        address = reverse("api-album-detail", args=[album.pk])
        return Response(self._said([album], is_one=True)[0], status=201, headers={"Location": address})

    def partial_update(self, request: Request, pk: UUID) -> Response:
        album = self._saved(self.get_serializer(self.get_object(), data=request.data, partial=True))
        return Response(self._said([album], is_one=True)[0])

    def destroy(self, request: Request, pk: UUID) -> Response:
        delete(self.get_object(), by=request.user)
        return Response(status=204)

    @describes_images_of
    @action(detail=True)
    def images(self, request: Request, pk: UUID) -> Response:
        album, pages = self.get_object(), CursorPagination()
        with search_deadline():
            rows = pages.paginate_album(request.user, album, request, RELATED)
            read_links(request.user, rows)
            data = ImageSerializer(rows, many=True, context=self.get_serializer_context()).data
            return pages.get_paginated_response(cast(Said, data))

    @describes_filing
    @images.mapping.post
    def file(self, request: Request, pk: UUID) -> Response:
        album, said = self.get_object(), FiledSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        with refused_in_words("images"):
            file(request.user, album, **said.validated_data)
        return Response(self._said([album])[0])

    @describes_unfiling
    @images.mapping.delete
    def unfile(self, request: Request, pk: UUID) -> Response:
        album, said = self.get_object(), UnfiledSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        with refused_in_words("images"):
            unfile(request.user, album, said.validated_data["images"])
        return Response(self._said([album])[0])

    def _said(self, albums: Sequence[Album], *, is_one: bool = False) -> Said:
        """Return the JSON of these albums, with the covers that the caller sees."""
        seen = covers(self.request.user, albums) if albums else {}
        context = {**self.get_serializer_context(), "covers": seen, "is_one": is_one}
        return cast(Said, AlbumSerializer(albums, many=True, context=context).data)

    def _saved(self, serializer: serializers.BaseSerializer[Album]) -> Album:
        serializer.is_valid(raise_exception=True)
        with refused_in_words("title"):
            return serializer.save()
