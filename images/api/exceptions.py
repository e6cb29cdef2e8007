"""DRF's EXCEPTION_HANDLER: the same table as everywhere (http/problems.py)."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import set_rollback

from images.http.problems import describe, headers_of, problem_fields


class InvalidParameters(ValidationError):
    """Parameters of a list that it cannot have; `offset` is the place of what is wrong with a search."""

    def __init__(self, detail: Any, offset: int | None) -> None:
        super().__init__(detail)
        self.offset = offset


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Return the problem that `error` becomes, the fields' own messages in `errors`, or None."""
    described = describe(error)
    if described is None:
        return None
    set_rollback()
    data = problem_fields(*described)
    headers = {"Cache-Control": "no-store", **headers_of(error)}
    if isinstance(error, ValidationError):
        data["errors"] = error.detail
    if isinstance(error, InvalidParameters) and error.offset is not None:
        data["offset"] = error.offset
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    request = context["request"]
    if getattr(request, "accepted_renderer", None) is None or request.accepted_renderer.format != "api":
        request.accepted_renderer = ProblemRenderer()  # whatever the view writes when all is well
        request.accepted_media_type = ProblemRenderer.media_type
    return Response(data, status=data["status"], headers=headers)


class ProblemRenderer(JSONRenderer):
    media_type = "application/problem+json"
