"""GET /api/v1/images/{id}/history, and POST /api/v1/changes/{id}/undo."""

from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from images.api.openapi import OF_AN_IMAGE, problems
from images.api.pagination import CursorPagination
from images.api.personal import PersonalView
from images.api.viewsets import JSONRenderer
from images.catalogue.access import may_edit, visible_images
from images.catalogue.history import history_of
from images.catalogue.publishing import UNDECIDED
from images.catalogue.told import field_of, told
from images.catalogue.undoing import undo
from images.catalogue.undone import Result, undoable
from images.errors import Conflict, LocationUndecided
from images.http.origin import absolute
from images.http.problems import PROBLEMS
from images.models import Change, Image

LEFT = ("conflict", "permission_denied", "location_undecided")  # why something does not go back


class ToldSerializer(serializers.Serializer[Any]):
    """What was said in one field before and after. Of `tags` it is what was taken off and what was added."""

    field = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangeSerializer(serializers.ModelSerializer[Change]):
    """What was changed at once, when and by whom."""

    by = serializers.SerializerMethodField(help_text="A user name; null for a command, and who is gone.")
    changes = serializers.SerializerMethodField()
    undoable = serializers.SerializerMethodField(
        help_text="Whether the caller may undo it, and something of it is still so."
    )

    class Meta:
        model = Change
        fields = ("id", "at", "by", "what", "changes", "action", "undoes", "undoable")
        extra_kwargs = {
            "action": {
                "help_text": "The same for all that one request changed. It can be undone as a whole."
            },
            "undoes": {"help_text": "The id of the change that this one undid."},
        }

    def get_by(self, change: Change) -> str | None:
        return change.by.get_username() if change.by else None

    @extend_schema_field(ToldSerializer(many=True))
    def get_changes(self, change: Change) -> list[dict[str, Any]]:
        return [part._asdict() for part in told(change)]

    def get_undoable(self, change: Change) -> bool:
        return change.pk in self.context["undoable"]


class ResultSerializer(serializers.Serializer[Result]):
    """What became of one image, tag or album."""

    kind = serializers.ChoiceField(Change.Kind.choices)
    id = serializers.CharField(help_text="Of the image or album; of a tag, its name folded.")
    status = serializers.IntegerField(help_text="200, or that of the problem.")
    code = serializers.ChoiceField(["", *LEFT], help_text="Why not all of it went back.")
    left = serializers.ListField(child=serializers.CharField(), help_text="The fields that did not go back.")


class UndoneSerializer(serializers.Serializer[Any]):
    results = ResultSerializer(many=True)
    undo = serializers.URLField(
        allow_null=True, help_text="Where to POST to undo this in turn; null if nothing changed."
    )


class MayEdit(BasePermission):
    """Who may edit an image sees its history."""

    def has_object_permission(self, request: Request, view: Any, image: Image) -> bool:
        return may_edit(request.user, image)


class History(PersonalView, generics.GenericAPIView[Any]):
    """What was changed of an image."""

    queryset = Image.objects.none()  # for the schema; get_queryset answers requests
    serializer_class = ChangeSerializer
    permission_classes = (MayEdit,)
    renderer_classes = (JSONRenderer,)
    pagination_class = CursorPagination
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Image]:
        return visible_images(self.request.user)

    @extend_schema(
        summary="The history of an image",
        description="What was changed of it within a year, the latest first, in pages.",
        operation_id="images_history_list",
        responses={
            200: ChangeSerializer(many=True),
            **problems("validation_error", *OF_AN_IMAGE, "permission_denied"),
        },
    )
    def get(self, request: Request, pk: UUID) -> Response:
        image, pages = self.get_object(), CursorPagination()
        changes = pages.paginate_queryset(history_of(Change.Kind.IMAGE, pk), request, self)
        context = {**self.get_serializer_context(), "undoable": undoable(request.user, image, changes)}
        return pages.get_paginated_response(list(ChangeSerializer(changes, many=True, context=context).data))


class Undo(PersonalView):
    """Undoes one change, or all of an action."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Undo a change",
        description="By the id of a change, or of an action with all that it changed. What somebody changed "
        "since stays as it is, and is said: where that is all, as a problem. It is a change itself. What "
        "takes too long is left half done after 20 seconds (`busy`): asking again goes on.",
        request=None,
        responses={200: UndoneSerializer, **problems(*OF_AN_IMAGE, *LEFT)},
    )
    def post(self, request: Request, pk: UUID) -> Response:
        undone = undo(request.user, pk)
        if len(undone.results) == 1 and undone.results[0].code and not undone.results[0].undone:
            refuse(undone.results[0])
        results = [_result(result) for result in undone.results]
        address = absolute(request, reverse("api-undo", args=[undone.action]))
        data = {"results": results, "undo": address if undone.is_change() else None}
        return Response(UndoneSerializer(data).data)


def refuse(result: Result) -> NoReturn:
    """Raise what says why nothing of a change went back."""
    if result.code == "permission_denied":
        raise PermissionDenied
    if result.code == "location_undecided":
        raise LocationUndecided(_(UNDECIDED))
    raise Conflict(_("It was changed again since, and stays so."))


def _result(result: Result) -> dict[str, Any]:
    status = PROBLEMS[result.code][0] if result.code else 200
    change = result.change
    return {
        "kind": change.kind,
        "id": change.target,
        "status": status,
        "code": result.code,
        "left": sorted({field_of(name) for name in result.left}),
    }
