"""The API of one's own tokens, `/api/v1/tokens`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import mixins, serializers, viewsets
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from images.accounts.tokens import make_token, revoke_token, tokens_of
from images.api.fields import TextField, refused_in_words
from images.api.openapi_of_tokens import describes_tokens
from images.api.pagination import CursorPagination
from images.api.personal import PersonalView
from images.api.strict import RefuseUnknownFields
from images.api.viewsets import JSONParser, JSONRenderer
from images.models import Scope, Token
from images.models.token import MAX_NAME_LENGTH


class TokenSerializer(RefuseUnknownFields):
    """An API token, without its text."""

    id = serializers.UUIDField(read_only=True)
    name = TextField(max_length=MAX_NAME_LENGTH, help_text="What it is for. Of one without, its beginning.")
    scope = serializers.ChoiceField(
        Scope.choices,
        default=Scope.READ,
        help_text="`read`: GET, HEAD and OPTIONS of whatever its person sees. `write`: all they may do.",
    )
    expires_at = serializers.DateTimeField(
        source="expiry", default=None, allow_null=True, help_text="Null for never."
    )
    last_used_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="The beginning of the hour."
    )
    created_at = serializers.DateTimeField(source="created", read_only=True)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        if moment and moment <= timezone.now():
            raise serializers.ValidationError(_("This is over already."))
        return moment


class MadeTokenSerializer(TokenSerializer):
    """A token just made, with its text."""

    token = serializers.CharField(help_text="Its text, this once: the library keeps only its hash.")


@describes_tokens(TokenSerializer, MadeTokenSerializer)
class TokenViewSet(PersonalView, mixins.ListModelMixin, viewsets.GenericViewSet[Token]):
    """One's own API tokens."""

    queryset = Token.objects.none()  # for the schema; get_queryset answers requests
    serializer_class = TokenSerializer
    permission_classes = (IsAuthenticated,)
    pagination_class = CursorPagination
    filter_backends = ()
    lookup_field, lookup_value_converter = "id", "uuid"
    renderer_classes = (JSONRenderer,)  # and no page to browse, on which a token just made would be
    parser_classes = (JSONParser, FormParser, MultiPartParser)

    def get_queryset(self) -> QuerySet[Token]:
        return tokens_of(self.request.user)

    def create(self, request: Request) -> Response:
        said = TokenSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        values: dict[str, Any] = said.validated_data
        maker = request.auth if isinstance(request.auth, Token) else None
        if maker and "expires_at" not in request.data:
            values["expiry"] = maker.expiry
        with refused_in_words("non_field_errors"):
            token, text = make_token(
                request.user,
                name=values["name"],
                scope=values["scope"],
                expires_at=values["expiry"],
                made_with=maker,
            )
        made = {**TokenSerializer(token).data, "token": text}
        return Response(made, status=201, headers={"Cache-Control": "no-store"})

    def destroy(self, request: Request, id: UUID) -> Response:
        if not revoke_token(request.user, id):
            raise Http404
        return Response(status=204)
