"""What OpenAPI says of tags."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from images.api.openapi import ETAG, IF_MATCH, OF_AN_IMAGE, problems
from images.api.serializers import ImageSerializer, TagChangeSerializer

CURATED = (*OF_AN_IMAGE, "permission_denied")
REPEATED = "A tag of very many images is left half done after 20 seconds (`busy`): asking again goes on."

describes_tagging = extend_schema(
    summary="Add tags to an image and remove others",
    description="Without reading them first. To replace them all is to PATCH the image.",
    request={"application/json": TagChangeSerializer},
    parameters=[ETAG, IF_MATCH],
    responses={
        200: ImageSerializer,
        **problems("validation_error", *CURATED, "precondition_failed", "unsupported_format"),
    },
)


def describes_tags(tag: Any, merge: Any, asked: Any) -> Any:
    """Return the decorator of the viewset whose serializers these are."""
    sent = {"application/json": tag(partial=True)}
    return extend_schema_view(
        list=extend_schema(
            summary="List tags",
            description="The tags that exist for the caller, in pages: for those who do not see private "
            "images, those of public ones.",
            parameters=[asked],
            responses={200: tag(many=True), **problems("validation_error", "not_authenticated")},
        ),
        retrieve=extend_schema(summary="One tag", responses={200: tag, **problems(*OF_AN_IMAGE)}),
        create=extend_schema(
            summary="Make a tag",
            description="It is on no image yet. To tag an image with a new name makes the tag as well.",
            request={"application/json": tag},
            responses={
                201: tag,
                **problems(
                    "validation_error", "not_authenticated", "permission_denied", "unsupported_format"
                ),
            },
        ),
        partial_update=extend_schema(
            summary="Rename or describe a tag",
            description=f"A new name is a new `slug`. {REPEATED}",
            request=sent,
            responses={200: tag, **problems("validation_error", *CURATED, "unsupported_format")},
        ),
        destroy=extend_schema(
            summary="Delete a tag",
            description=f"It is taken off all images. {REPEATED}",
            responses={204: None, **problems(*CURATED)},
        ),
        merge=extend_schema(
            summary="Merge a tag into another",
            description=f"All its images have the other one then, and it is no more. {REPEATED}",
            request={"application/json": merge},
            responses={200: tag, **problems("validation_error", *CURATED, "unsupported_format")},
        ),
    )
