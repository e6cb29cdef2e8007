"""What OpenAPI says beyond what the serializers tell: problems, the token, and the plain byte view."""

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view

from images.errors import PROBLEMS
from images.formats import MIME_TYPES
from images.serializers import ImageSerializer, UploadSerializer

PROBLEM_TYPE = "application/problem+json"

PROBLEM = {
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
    },
}


class TokenScheme(KnoxTokenScheme):
    """`Authorization: Token …`."""

    target_class = "images.access.TokenAuthentication"
    name = "token"


ANY_TIME = ("server_error", "busy")


def _by_status(codes: tuple[str, ...]) -> dict[int, list[str]]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(PROBLEMS[code][0], []).append(code)
    return by_status


def _titles(codes: list[str]) -> str:
    return " · ".join(PROBLEMS[code][1] for code in codes)


def _problem_schema(codes: list[str]) -> dict:
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
        (status, PROBLEM_TYPE): OpenApiResponse(_problem_schema(of_status), description=_titles(of_status))
        for status, of_status in _by_status((*codes, *ANY_TIME, "not_acceptable")).items()
    }


OF_AN_IMAGE = ("not_authenticated", "not_found")
RETRY_AFTER = OpenApiParameter("Retry-After", int, OpenApiParameter.HEADER, "Seconds.", response=[429, 503])

describes_images = extend_schema_view(
    list=extend_schema(
        summary="Find images",
        description="The images the caller may see, in pages: `next` and `previous` are their addresses.",
        responses={200: ImageSerializer(many=True), **problems("validation_error", "not_authenticated")},
    ),
    retrieve=extend_schema(
        summary="One image",
        description="What is known of it; its bytes are at `file_url`.",
        responses={200: ImageSerializer, **problems(*OF_AN_IMAGE)},
    ),
    create=extend_schema(
        summary="Upload an image",
        description="The same bytes twice are one image: the one already there comes back (200), as it is.",
        request={"multipart/form-data": UploadSerializer},
        parameters=[RETRY_AFTER],
        responses={
            201: ImageSerializer,
            200: ImageSerializer,
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
        description="What is not sent stays. Read-only fields are ignored, unknown ones refused.",
        responses={
            200: ImageSerializer,
            **problems("validation_error", *OF_AN_IMAGE, "permission_denied", "unsupported_format"),
        },
    ),
    destroy=extend_schema(
        summary="Move an image to the trash",
        description="`restore` brings it back.",
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
    ),
    restore=extend_schema(
        summary="Take an image out of the trash",
        description="Images that are not in it, or not the caller's to restore, are not found.",
        request=None,
        responses={200: ImageSerializer, **problems(*OF_AN_IMAGE, "permission_denied")},
    ),
)


def add_what_views_do_not_tell(result: dict, generator, request, public) -> dict:
    """POSTPROCESSING_HOOK: the component Problem and the byte view."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    result["paths"]["/api/v1/images/{id}/file"] = {"get": _file("get"), "head": _file("head")}
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _file(method: str) -> dict:
    """Return the operation GET or HEAD. A HEAD has no body and knows no ranges (RFC 9110, 14.2)."""
    problems_of_file = ("not_authenticated", "not_found", "precondition_failed")
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
        _header("If-None-Match", "An ETag that the caller has: 304 when it is still right."),
        _header("If-Match", "The ETag that the caller expects: 412 when it is another."),
    ]
    responses = {
        "200": _bytes(method, "All bytes, verified.", "Content-Length", "Accept-Ranges", "Repr-Digest"),
        "304": _bytes("head", "Not modified."),
    }
    if method == "get":
        problems_of_file += ("range_not_satisfiable", "storage_error")
        parameters += [
            _header("Range", "One range of bytes; several at once are answered with all bytes."),
            _header("If-Range", "The ETag that Range is for: all bytes when it is another."),
        ]
        responses["206"] = _bytes(method, "The range asked for.", "Content-Range", "Repr-Digest")
    for status, codes in _by_status((*problems_of_file, *ANY_TIME)).items():
        content = {PROBLEM_TYPE: {"schema": _problem_schema(codes)}}
        responses[str(status)] = {"description": _titles(codes), "content": content}
    return {
        "operationId": f"images_file_{'retrieve' if method == 'get' else 'head'}",
        "summary": "The original bytes" if method == "get" else "The headers of the original bytes",
        "description": "A permanent address: the bytes behind it never change.",
        "tags": ["images"],
        "security": [{"token": []}, {"cookieAuth": []}, {}],
        "parameters": parameters,
        "responses": dict(sorted(responses.items())),
    }


def _bytes(method: str, description: str, *headers: str) -> dict:
    response = {
        "description": description,
        "headers": {name: {"schema": {"type": "string"}} for name in ("ETag", "Cache-Control", *headers)},
    }
    if method == "get":
        binary = {"schema": {"type": "string", "format": "binary"}}
        response["content"] = dict.fromkeys(MIME_TYPES, binary)
    return response


def _header(name: str, description: str) -> dict:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}
