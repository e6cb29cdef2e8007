"""The API, `/api/v1/images`. The bytes themselves are served by serving/views.py."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django_filters import utils
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, parsers, renderers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.serializers import BaseSerializer
from rest_framework.utils.serializer_helpers import ReturnDict

from images.api.exceptions import InvalidParameters
from images.api.fields import refused_in_words
from images.api.openapi import describes_images
from images.api.openapi_of_tags import describes_tagging
from images.api.pagination import CursorPagination
from images.api.personal import MayList, PersonalView
from images.api.serializers import AnsweredImageSerializer, ImageSerializer, TagChangeSerializer
from images.api.upload_serializers import UploadSerializer, file_of
from images.catalogue.access import may_delete, may_edit, may_upload, trashed_images, visible_images
from images.catalogue.favourites import marked
from images.catalogue.history import recorded
from images.catalogue.links import read_links
from images.catalogue.publishing import Location
from images.catalogue.search import ImageFilter, search_deadline
from images.catalogue.tags import change_tags
from images.catalogue.trash import restore, trash
from images.concurrency.locks import locked
from images.http.caching import NOINDEX
from images.http.conditions import is_known
from images.http.limits import count_upload
from images.ingest.copies import public_copy
from images.ingest.filing import file_new
from images.ingest.pipeline import ingest
from images.models import Image

RELATED = ("uploaded_by", "derived_from")  # rows that are read with each image
CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"}
CHANGED = "The image is not in the version that the request names: it was changed meanwhile. Read it again."


class MayWrite(BasePermission):
    """access.py's answer for each action of ImageViewSet. What a person does not see was not found before
    this is asked.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        return may_upload(request.user) if view.action == "create" else True

    def has_object_permission(self, request: Request, view: Any, image: Image) -> bool:
        if view.action == "create":  # the browsable API asks, of what was uploaded just now
            return True
        asked = {
            "partial_update": may_edit,
            "tags": may_edit,
            "destroy": may_delete,
            "restore": may_delete,
        }[view.action]
        return asked(request.user, image)


class JSONParser(parsers.JSONParser):
    """Python's decoder recurses, and takes half a surrogate pair for text: both are the sender's error."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            data = super().parse(*args, **kwargs)
            json.dumps(data, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except UnicodeEncodeError:
            raise ParseError("JSON parse error - half a surrogate pair is no character") from None
        return data


class JSONRenderer(renderers.JSONRenderer):
    """The same bytes whatever Accept asks of their layout: an ETag is of one text."""

    def get_indent(self, accepted_media_type: str, renderer_context: Mapping[str, Any]) -> int | None:
        return renderer_context.get("indent")  # of the page that shows them


class BrowsableAPIRenderer(renderers.BrowsableAPIRenderer):
    """The API for people, without the parts that need inline styles, which the content policy forbids."""

    def get_context(self, *args: Any) -> dict[str, Any]:
        return super().get_context(*args) | {"code_style": None, "extra_actions": None, "filter_form": None}


@describes_images
class ImageViewSet(
    PersonalView, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Image]
):
    """Images the caller may see. Their bytes are at file_url."""

    queryset = Image.objects.none()  # for the schema; get_queryset answers requests
    lookup_value_converter = "uuid"
    serializer_class = ImageSerializer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ImageFilter
    pagination_class = CursorPagination
    parser_classes = (JSONParser, parsers.FormParser, parsers.MultiPartParser)
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    quota: Mapping[str, str] = MappingProxyType({})  # headers that tell what is left of it

    def get_queryset(self) -> QuerySet[Image]:
        images = (trashed_images if self.action == "restore" else visible_images)(self.request.user)
        images = marked(images, self.request.user).select_related(*RELATED).prefetch_related("tags")
        return images if self.request.method in SAFE_METHODS else locked(images)

    def filter_queryset(self, queryset: QuerySet[Image, Any]) -> QuerySet[Image, Any]:
        return queryset  # the filters are of the list alone

    def get_serializer_class(self) -> type[BaseSerializer[Image]]:
        classes = {"create": UploadSerializer, "partial_update": AnsweredImageSerializer}
        return classes.get(self.action, ImageSerializer)

    def get_permissions(self) -> list[BasePermission]:
        if self.action == "list":
            return [AllowAny(), MayList()]
        return [AllowAny() if self.request.method in SAFE_METHODS else MayWrite()]

    def check_throttles(self, request: Request) -> None:
        if self.action == "create":
            self.quota = count_upload(request.user.pk)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        filters = ImageFilter(request.query_params)
        if not filters.is_valid():
            raise InvalidParameters(utils.translate_validation(filters.errors).detail, filters.search_offset)
        pages = cast(CursorPagination, self.paginator)
        with search_deadline():
            rows = pages.paginate_images(filters.images(request.user, *RELATED), request)
            read_links(request.user, rows)
            return pages.get_paginated_response(self.get_serializer(rows, many=True).data)

    def create(self, request: Request) -> Response:
        upload = self.get_serializer(data=request.data)
        upload.is_valid(raise_exception=True)
        described = dict(upload.validated_data)
        album = described.pop("album", None)
        file, filename = file_of(described)
        with file:
            image, is_new, notice = ingest(file, filename=filename, uploaded_by=request.user, **described)
        notice = file_new(request.user, album, image.pk, notice)
        data = self._answer(image, notice=notice)
        if not is_new:
            return Response(data)
        return Response(data, status=201, headers={"Location": reverse("api-image-detail", args=[image.pk])})

    def retrieve(self, request: Request, pk: UUID) -> Response:
        image = self.get_object()
        data = self.get_serializer(image).data
        indexed = NOINDEX if image.audience == Image.Visibility.UNLISTED else {}
        if request.accepted_renderer.format != "json":
            return Response(data, headers=indexed)  # a page of its own for each: it has a CSRF token
        body, headers = self._versioned(data)
        headers |= indexed
        if is_known(request.META, request.method, headers["ETag"], CHANGED):
            headers["Content-Length"] = str(len(body))  # of what is not sent (RFC 9110, 8.6)
            return Response(status=304, headers=headers)
        return Response(data, headers=headers)

    def partial_update(self, request: Request, pk: UUID) -> Response:
        sent = request.data  # read before the row is locked: it may come slowly
        with self._changing() as image:
            serializer = self.get_serializer(image, data=sent, partial=True)
            serializer.is_valid(raise_exception=True)
            location = serializer.validated_data.get("location")
            image = serializer.save()
        is_json = request.accepted_renderer.format == "json"
        headers = self._versioned(serializer.data)[1] if is_json else {}
        if location == Location.STRIP and image.has_location:  # with no transaction open: it takes a second
            copy = public_copy(image, request.user, serializer.validated_data["visibility"])
            return Response(self._answer(image, public_copy=str(copy.pk)), headers=headers)
        return Response(serializer.data, headers=headers)

    def destroy(self, request: Request, pk: UUID) -> Response:
        with self._changing() as image:
            trash(image)
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: UUID) -> Response:
        with self._changing() as image:
            notice = restore(image)
        return Response(self._answer(image, notice=notice))

    @describes_tagging
    @action(detail=True, methods=["post"])
    def tags(self, request: Request, pk: UUID) -> Response:
        said = TagChangeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        with refused_in_words("add"), self._changing() as image:
            change_tags(image, **said.validated_data)
        data = self.get_serializer(image).data
        is_json = request.accepted_renderer.format == "json"
        return Response(data, headers=self._versioned(data)[1] if is_json else {})

    def _answer(self, image: Image, **told: str) -> ReturnDict[str, Any]:
        """Return the JSON of `image`, with what is `told` besides."""
        read_links(self.request.user, [image])
        context = {**self.get_serializer_context(), "told": {name: of for name, of in told.items() if of}}
        return AnsweredImageSerializer(image, context=context).data

    @contextmanager
    def _changing(self) -> Iterator[Image]:
        """Give the image, locked, in the version that the caller names; its history tells what was done."""
        with transaction.atomic():
            image = self.get_object()
            if CONDITIONS & self.request.META.keys():
                headers = self._versioned(self.get_serializer(image).data)[1]
                is_known(self.request.META, self.request.method, headers["ETag"], CHANGED)
            with recorded(self.request.user, [image.pk]):
                yield image

    def _versioned(self, data: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return the JSON that this caller is answered with, and the header that says which it is."""
        body = JSONRenderer().render(data)
        return body, {"ETag": f'"{hashlib.sha256(body).hexdigest()}"'}

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Say what is left of the caller's quota."""
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.quota.items():
            response.headers[name] = value
        return response
