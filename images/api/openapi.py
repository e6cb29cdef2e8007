"""What OpenAPI says of the API beyond what the serializers tell: problems, the token, bounds of values."""

import re
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from drf_spectacular.contrib.django_filters import DjangoFilterExtension
from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from images.api.serializers import AnsweredImageSerializer, ImageSerializer
from images.api.upload_serializers import UploadSerializer
from images.http.problems import PROBLEMS

Schema = dict[str, Any]  # of OpenAPI, or a part of one

PROBLEM_TYPE = "application/problem+json"

PROBLEM: Schema = {
    "type": "object",
    "description": "A problem (RFC 9457). `code` is stable; `detail` is a sentence for people.",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "example": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "With `validation_error`: field -> sentences.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "request_id": {
            "type": "string",
            "description": "With a status of 500 or 503: that of the header `X-Request-ID`.",
        },
        "offset": {
            "type": "integer",
            "minimum": 0,
            "description": "With an error of `search`: its place, in characters from the start.",
        },
    },
}


class TokenScheme(KnoxTokenScheme):
    """`Authorization: Token …`."""

    target_class = "images.accounts.authentication.TokenAuthentication"
    name = "token"


class StrictSerializer(OpenApiSerializerExtension):
    """What is sent has no other fields; what is answered has all of them but those that tell of a deed."""

    target_class = "images.api.strict.RefuseUnknownFields"
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        schema: Schema = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        if direction == "request":
            return schema | {"additionalProperties": False}
        told = getattr(getattr(self.target, "Meta", None), "told", ())
        return schema | {"required": sorted(schema["properties"].keys() - set(told))}


class BoundedFilters(DjangoFilterExtension):
    """A parameter of a list says what its form field holds it to."""

    priority = 1  # before the class that it extends

    def resolve_filter_field(self, *args: Any) -> list[Schema]:
        parameters: list[Schema] = super().resolve_filter_field(*args)  # type: ignore[no-untyped-call]
        *_, filter_ = args
        for parameter in parameters:
            parameter["schema"] = _held_to(filter_.field, parameter["schema"])
        return parameters


def _held_to(field: forms.Field, schema: Schema) -> Schema:
    if isinstance(field, forms.DateTimeField):
        return {"anyOf": [{"type": "string", "format": format_} for format_ in ("date-time", "date")]}
    bounds = {"maxLength": getattr(field, "max_length", None), "minimum": getattr(field, "min_value", None)}
    for validator in field.validators:
        if isinstance(validator, RegexValidator):
            bounds["pattern"] = ecma(re.compile(validator.regex).pattern)
    return schema | {name: bound for name, bound in bounds.items() if bound is not None}


def ecma(pattern: str) -> str:
    """Return a pattern of Python, over ASCII, as JavaScript writes it, whose dialect OpenAPI's is."""
    return pattern.replace(r"\A", "^").replace(r"\Z", "$").replace(r"\d", "[0-9]")


ANY_TIME = ("server_error", "busy")


def by_status(codes: tuple[str, ...]) -> dict[int, list[str]]:
    """Return the codes by their status."""
    grouped: dict[int, list[str]] = {}
    for code in codes:
        grouped.setdefault(PROBLEMS[code][0], []).append(code)
    return grouped


def titles(codes: list[str]) -> str:
    """Return what is said of an answer with one of these codes."""
    return " · ".join(PROBLEMS[code][1] for code in codes)


def problem_schema(codes: list[str]) -> Schema:
    """Return the schema of a problem with one of these codes."""
    code = {"type": "string", "enum": codes}
    return {
        "allOf": [
            {"$ref": "#/components/schemas/Problem"},
            {"type": "object", "properties": {"code": code}},
        ]
    }


def problems(*codes: str) -> dict[tuple[int, str], OpenApiResponse]:
    """Return the responses of `codes`, one per status, and what any operation may answer: 406, 500, 503."""
    return {
        (status, PROBLEM_TYPE): OpenApiResponse(problem_schema(of_status), description=titles(of_status))
        for status, of_status in by_status((*codes, *ANY_TIME, "not_acceptable")).items()
    }


OF_AN_IMAGE = ("not_authenticated", "not_found")
RETRY_AFTER = OpenApiParameter(
    "Retry-After", int, OpenApiParameter.HEADER, description="Seconds.", response=[429, 503]
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    description="Of what is answered to this caller: another after each change of it.",
    response=[200],
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of what was read: 412 when the image was changed since.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An ETag: 304 when it is still right."
)
QUOTA = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, response=[200, 201, 429])
    for name, description in (
        (
            "RateLimit-Policy",
            'How many uploads a person has in how many seconds: `"uploads";q=10000;w=3600`.',
        ),
        ("RateLimit", 'How many are left, for how many seconds: `"uploads";r=9999;t=3600`.'),
    )
]

describes_images = extend_schema_view(
    list=extend_schema(
        summary="Find images",
        description="The images the caller may see, in pages: `next` and `previous` are their addresses.",
        responses={200: ImageSerializer(many=True), **problems("validation_error", "not_authenticated")},
    ),
    retrieve=extend_schema(
        summary="One image",
        description="What is known of it; its bytes are at `file_url`.",
        parameters=[ETAG, IF_NONE_MATCH, IF_MATCH],
        responses={
            200: ImageSerializer,
            304: OpenApiResponse(description="Not modified."),
            **problems(*OF_AN_IMAGE, "precondition_failed"),
        },
    ),
    create=extend_schema(
        summary="Upload an image",
        description="Of a file, or of its `url`. "
        "The same bytes twice are one image: the one already there comes back (200), as it is. "
        "One that says where it was taken is public only when `location` or the library says so; else it is "
        "private, and `notice` says that.",
        # In one format alone, as below. JSON is taken as well as a form, for a `url`.
        request={"multipart/form-data": UploadSerializer},
        parameters=[RETRY_AFTER, *QUOTA],
        responses={
            201: AnsweredImageSerializer,
            200: AnsweredImageSerializer,
            **problems(
                "validation_error",
                "digest_mismatch",
                "not_authenticated",
                "permission_denied",
                "in_trash",
                "image_too_large",
                "unsupported_format",
                "invalid_image",
                "throttled",
                "storage_error",
            ),
        },
    ),
    partial_update=extend_schema(
        summary="Change what is said of an image",
        description="What is not sent stays. Read-only fields are ignored, unknown ones refused. "
        "A form is taken as well as JSON. With `location=strip` an image that says where it was taken is "
        "private, and a copy without metadata is public; what else was sent is saved before that is made.",
        # In one format alone: of several that look alike, generated clients send all at once.
        request={"application/json": ImageSerializer(partial=True)},
        parameters=[ETAG, IF_MATCH],
        responses={
            200: AnsweredImageSerializer,
            **problems(
                "validation_error",
                *OF_AN_IMAGE,
                "permission_denied",
                "in_trash",
                "location_undecided",
                "precondition_failed",
                "unsupported_format",
                "invalid_image",
                "storage_error",
            ),
        },
    ),
    destroy=extend_schema(
        summary="Move an image to the trash",
        description="`restore` brings it back.",
        parameters=[IF_MATCH],
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied", "precondition_failed")},
    ),
    restore=extend_schema(
        summary="Take an image out of the trash",
        description="Images that are not in it, or not the caller's to restore, are not found. One that "
        "says where it was taken comes back private, and `notice` says so, if nobody said to publish that.",
        request=None,
        responses={200: AnsweredImageSerializer, **problems(*OF_AN_IMAGE, "permission_denied")},
    ),
)
