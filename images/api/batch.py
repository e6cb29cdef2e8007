"""POST /api/v1/batch: one action on many images, each for itself."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils.translation import gettext as _
from django_filters import utils
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from images.api.batch_serializers import ActionSerializer, DoneSerializer
from images.api.exceptions import InvalidParameters
from images.api.fields import refused_in_words, with_taken
from images.api.openapi import problems
from images.api.personal import PersonalView
from images.api.viewsets import JSONParser, JSONRenderer
from images.catalogue import curation
from images.catalogue.albums import may_change_album, visible_album, visible_albums
from images.catalogue.curation import Act, Changes, act, all_of, put
from images.catalogue.history import is_recorded
from images.catalogue.publishing import Location
from images.catalogue.search import ImageFilter
from images.errors import LocationUndecided
from images.http.origin import absolute
from images.http.problems import PROBLEMS, describe
from images.ingest.copies import public_copies
from images.models import Album, Image

REFUSED = (
    *("validation_error", "not_authenticated", "permission_denied", "not_found", "conflict"),
    "unsupported_format",
)


class Batch(PersonalView):
    """One action on many images: what may be done to each is done, and of the others it is said why not."""

    permission_classes = (IsAuthenticated,)
    parser_classes = (JSONParser,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Change many images",
        description="At most 10,000: by their ids, or by a search and the count that was shown of it. What "
        "may be done to an image is done, whatever becomes of the others. `undo` undoes all of it.",
        request={"application/json": ActionSerializer},
        responses={
            200: DoneSerializer,
            **problems(*REFUSED),
        },
    )
    def post(self, request: Request) -> Response:
        asked = ActionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        what = self._act(said)
        changes = act(request.user, what, said["images"] if "images" in said else self._found(said))
        is_copied = said["action"] == "visibility" and said.get("location") == Location.STRIP
        copied_as = said["visibility"] if is_copied else ""
        return Response(DoneSerializer(self._told(changes, copied_as)).data)

    def _act(self, said: dict[str, Any]) -> Act:
        user = self.request.user
        match said["action"]:
            case "tag":
                return curation.tagging(add=said["tags"])
            case "untag":
                return curation.tagging(remove=said["tags"])
            case "file":
                return curation.filing(user, self._album(said["album"]))
            case "unfile":
                return curation.unfiling(user, self._album(said["album"]))
            case "visibility":
                return curation.showing(said["visibility"], said.get("location", ""))
            case "edit":
                return curation.editing(lambda image: _edited(image, said["changes"]))
            case "shift_dates":
                return curation.shifting_dates(said["minutes"], said.get("offset"))
            case "favourite" | "unfavourite":
                return curation.favouring(user, is_favourite=said["action"] == "favourite")
            case "trash":
                return curation.trashing()
        return curation.restoring(said.get("location", ""))

    def _album(self, name: str) -> Album:
        """Return the album of this id or slug. Raises DoesNotExist, and PermissionDenied."""
        try:
            album = visible_albums(self.request.user).get(pk=UUID(name))
        except (ValueError, Album.DoesNotExist):
            album = visible_album(self.request.user, name)
        if not may_change_album(self.request.user, album):
            raise PermissionDenied(_("You may not change this album."))
        return album

    def _found(self, said: dict[str, Any]) -> list[UUID]:
        """Return the ids of what the search finds. Raises Conflict when they are not as many as was said."""
        filters = ImageFilter({"search": said["search"]})
        if not filters.is_valid():
            raise InvalidParameters(utils.translate_validation(filters.errors).detail, filters.search_offset)
        with refused_in_words("search"):
            return all_of(filters.images(self.request.user).ids, said["count"])

    def _told(self, changes: Changes, copied_as: str) -> dict[str, Any]:
        """Return the answer; of what waits for a word on its place, copies of this visibility are made."""
        results: list[dict[str, Any]] = [{"id": pk, "status": 200, "code": ""} for pk in changes.images]
        for result in results:
            if notice := changes.notices.get(result["id"]):
                result["notice"] = notice
        refused = {pk: {"id": pk, **_problem(error)} for pk, error in changes.refusals.items()}
        if copied_as:
            waiting = [changes.refused[pk] for pk in changes.refused_by(LocationUndecided)]
            copies = public_copies(waiting, self.request.user, copied_as)
            for pk, copy in copies.made.items():
                refused[pk] = {"id": pk, "status": 200, "code": "", "public_copy": copy.pk}
            for image, sentence in copies.failed:
                refused[image.pk]["detail"] = sentence
        undo = absolute(self.request, reverse("api-undo", args=[changes.action]))
        return {
            "results": [*results, *refused.values()],
            "undo": undo if is_recorded(changes.action) else None,
        }


def _edited(image: Image, changes: dict[str, Any]) -> list[str]:
    """Let the row say this; return the names of the fields that changed. Raises ValidationError."""
    try:
        values = with_taken(dict(changes), image, Image.TakenFrom.HAND)
    except serializers.ValidationError as error:
        of_fields: Any = error.detail
        raise ValidationError([str(text) for texts in of_fields.values() for text in texts]) from None
    return put(image, values)


def _problem(error: Exception) -> dict[str, Any]:
    """Return what the problem is that `error` becomes, in the words of a batch."""
    if isinstance(error, ValidationError):
        code, detail = "validation_error", " ".join(error.messages)
    else:
        code, detail = describe(error) or ("server_error", "")
    return {"status": PROBLEMS[code][0], "code": code, "detail": detail}
