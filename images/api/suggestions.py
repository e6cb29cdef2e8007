"""GET /api/v1/suggestions: what could come next while a search is typed."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from images.api.openapi import problems
from images.api.personal import MayList, PersonalView
from images.api.viewsets import JSONRenderer
from images.catalogue.query import MAX_LENGTH
from images.catalogue.search import search_deadline
from images.catalogue.suggestions import Suggestion, suggestions


class AskedSerializer(serializers.Serializer[Any]):
    """What is typed, and where the cursor stands."""

    search = serializers.CharField(
        default="",
        allow_blank=True,
        trim_whitespace=False,
        max_length=MAX_LENGTH,
        help_text="The search as it is typed so far.",
    )
    at = serializers.IntegerField(
        required=False,
        min_value=0,
        help_text="The cursor stands before this character (a code point), of which the first is 0; when not "
        "given, at the end.",
    )
    changeable = serializers.BooleanField(
        default=False, help_text="Of albums those alone that the caller may change."
    )


class SuggestionSerializer(serializers.Serializer[Suggestion]):
    """One suggestion."""

    text = serializers.CharField(help_text="What goes instead of the characters from `start` up to `end`.")
    label = serializers.CharField(help_text="What to show of it.")  # type: ignore[assignment]  # no label of it
    kind = serializers.CharField(
        help_text="`field`, `value`, `tag`, `album`, `person`, `camera`, `lens` or `licence`."
    )
    count = serializers.IntegerField(
        allow_null=True,
        help_text="How many images have it, as far as the caller may see them; of a camera, a lens or a "
        "licence 1,000 stands for more. Null where nobody counts.",
    )
    start = serializers.IntegerField()
    end = serializers.IntegerField()


class SuggestionsSerializer(serializers.Serializer[Any]):
    suggestions = SuggestionSerializer(many=True)


class Suggestions(PersonalView):
    """What could come next at a place of a search, at most ten."""

    permission_classes = (AllowAny, MayList)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Suggest what to search for",
        parameters=[AskedSerializer],
        responses={200: SuggestionsSerializer, **problems("validation_error", "not_authenticated")},
    )
    def get(self, request: Request) -> Response:
        asked = AskedSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        with search_deadline():
            found = suggestions(request.user, said["search"], said.get("at"), is_to_change=said["changeable"])
        return Response(SuggestionsSerializer({"suggestions": found}).data)
