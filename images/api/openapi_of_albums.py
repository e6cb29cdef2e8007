"""What OpenAPI says of albums."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from images.api.album_serializers import AlbumSerializer, AskedSerializer, FiledSerializer
from images.api.openapi import OF_AN_IMAGE, Schema, problems
from images.api.serializers import ImageSerializer

CHANGED = ("validation_error", *OF_AN_IMAGE, "permission_denied", "unsupported_format")
OF_ALBUMS = "/api/v1/albums/{id}/images"


describes_albums = extend_schema_view(
    list=extend_schema(
        summary="List albums",
        description="The albums that exist for the caller, in pages.",
        parameters=[AskedSerializer],
        responses={200: AlbumSerializer(many=True), **problems("validation_error", "not_authenticated")},
    ),
    retrieve=extend_schema(summary="One album", responses={200: AlbumSerializer, **problems(*OF_AN_IMAGE)}),
    create=extend_schema(
        summary="Make an album",
        description="It is private unless something else is said, and has no images yet.",
        request={"application/json": AlbumSerializer},
        responses={
            201: AlbumSerializer,
            **problems("validation_error", "not_authenticated", "permission_denied", "unsupported_format"),
        },
    ),
    partial_update=extend_schema(
        summary="Describe an album",
        description="A new title is a new `slug`.",
        request={"application/json": AlbumSerializer(partial=True)},
        responses={200: AlbumSerializer, **problems(*CHANGED)},
    ),
    destroy=extend_schema(
        summary="Delete an album",
        description="Its images stay.",
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
    ),
)
describes_images_of = extend_schema(
    summary="The images of an album",
    description="Those that the caller may see, in the album's order, in pages.",
    responses={200: ImageSerializer(many=True), **problems("validation_error", *OF_AN_IMAGE)},
)
describes_filing = extend_schema(
    summary="Put images into an album, or move them",
    description="At most 10,000, which is what an album has; all of them, or none where one is not there "
    "for the caller.",
    request={"application/json": FiledSerializer},
    responses={200: AlbumSerializer, **problems(*CHANGED)},
)
describes_unfiling = extend_schema(
    summary="Take images out of an album",
    description="What is not in it is passed over.",
    responses={200: AlbumSerializer, **problems(*CHANGED)},
)


def add_body_of_unfiling(result: Schema, **_: Any) -> Schema:
    """POSTPROCESSING_HOOK: which images leave an album, for the generator knows no DELETE with a body."""
    ids = result["components"]["schemas"]["FiledRequest"]["properties"]["images"]
    schema = {"type": "object", "required": ["images"], "properties": {"images": ids}}
    body = {"application/json": {"schema": schema | {"additionalProperties": False}}}
    result["paths"][OF_ALBUMS]["delete"]["requestBody"] = {"required": True, "content": body}
    return result
