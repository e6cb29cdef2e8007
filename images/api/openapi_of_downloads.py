"""What OpenAPI says of downloads, which are plain views."""

from drf_spectacular.generators import SchemaGenerator
from rest_framework.request import Request

from images.api.openapi import Schema
from images.api.openapi_of_bytes import ID, plain_operation, plain_problems

OF_DOWNLOADS = ("not_authenticated", "validation_error", "storage_error")
DESCRIPTION = (
    "A ZIP archive that is a bag (RFC 8493): the files as they were uploaded in `data/`, their SHA-256 in "
    "`manifest-sha256.txt`. At most 50,000 images. It is made as it is sent, and `Content-Length` is known "
    "before: what ends short of it was cut, because the store failed. `busy` while others are under way."
)


def add_downloads(
    result: Schema, generator: SchemaGenerator, request: Request | None, public: bool
) -> Schema:
    """POSTPROCESSING_HOOK: downloads ask as the list of images does, but for pages."""
    parameters = result["paths"]["/api/v1/images"]["get"]["parameters"]
    asked = [one for one in parameters if one["in"] == "query" and one["name"] != "cursor"]
    ids = {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": 10_000}
    body = {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["images"], "properties": {"images": ids}}
            }
        },
    }
    result["paths"] |= {
        "/api/v1/download": {
            "get": _download("retrieve", "What a search finds, in one archive", asked),
            "head": _download("head", "How large that would be", asked),
            "post": _download("create", "A selection, in one archive", []) | {"requestBody": body},
        },
        "/api/v1/albums/{id}/download": {
            "get": _download("album_retrieve", "An album, in one archive", [ID]),
            "head": _download("album_head", "How large that would be", [ID]),
        },
    }
    return result


def _download(name: str, summary: str, parameters: list[Schema]) -> Schema:
    headers = {name: {"schema": {"type": "string"}} for name in ("Content-Length", "Content-Disposition")}
    archive: Schema = {"description": "The archive.", "headers": headers}
    if not name.endswith("head"):
        archive["content"] = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
    is_of_album = parameters == [ID]
    refusals = ["not_found"] if is_of_album else ["permission_denied"] if name == "create" else []
    problems = plain_problems(*OF_DOWNLOADS, *refusals)
    tag = "albums" if is_of_album else "images"
    return plain_operation(
        f"download_{name}", tag, summary, DESCRIPTION, parameters, {"200": archive, **problems}
    )
