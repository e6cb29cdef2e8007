"""GET /api/v1/timeline: months and how many images were taken in each."""

from typing import Any

from django_filters import utils
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from images.api.exceptions import InvalidParameters
from images.api.openapi import problems
from images.api.personal import MayList, PersonalView
from images.api.viewsets import JSONRenderer
from images.catalogue.query import MAX_LENGTH
from images.catalogue.search import ImageFilter, search_deadline
from images.catalogue.timeline import OfMonth, months_of


class SearchSerializer(serializers.Serializer[Any]):
    search = serializers.CharField(
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_LENGTH,
        help_text="As in the list of images.",
    )


class MonthSerializer(serializers.Serializer[OfMonth]):
    month = serializers.DateField(format="%Y-%m", help_text="`2026-03`")
    count = serializers.IntegerField(
        allow_null=True,
        help_text="How many images were taken in it, by their cameras' clocks, else uploaded. Null where a "
        "search finds more than 10,000.",
    )


class TimelineSerializer(serializers.Serializer[Any]):
    months = MonthSerializer(many=True)


class Timeline(PersonalView):
    """The months in which there are images, the latest first."""

    permission_classes = (AllowAny, MayList)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Count images by months",
        parameters=[SearchSerializer],
        responses={200: TimelineSerializer, **problems("validation_error", "not_authenticated")},
    )
    def get(self, request: Request) -> Response:
        asked = SearchSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        with search_deadline():
            months = self._months(request, asked.validated_data["search"])
        return Response(TimelineSerializer({"months": months}).data)

    def _months(self, request: Request, search: str) -> list[OfMonth]:
        filters = ImageFilter({"search": search})
        if not filters.is_valid():
            raise InvalidParameters(utils.translate_validation(filters.errors).detail, filters.search_offset)
        return months_of(filters.images(request.user))
