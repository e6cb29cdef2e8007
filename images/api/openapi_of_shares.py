"""What OpenAPI says of share links."""

from drf_spectacular.utils import extend_schema, extend_schema_view

from images.api.openapi import OF_AN_IMAGE, problems
from images.api.share_serializers import ChangedShareSerializer, MadeShareSerializer, ShareSerializer

describes_shares = extend_schema_view(
    list=extend_schema(
        summary="List one's share links",
        description="The caller's own, those that ended too, the newest first, in pages. Of those that were "
        "revoked or expired the newest 1,000 are kept.",
        responses={200: ShareSerializer(many=True), **problems("validation_error", "not_authenticated")},
    ),
    retrieve=extend_schema(
        summary="One share link", responses={200: ShareSerializer, **problems(*OF_AN_IMAGE)}
    ),
    create=extend_schema(
        summary="Make a share link",
        description="To what the caller may edit. It shows at each visit what they may see and share then. "
        "`url` is its address, which is answered this once. A person has at most 1,000 links that have "
        "not ended.",
        request={"application/json": ShareSerializer},
        responses={
            201: MadeShareSerializer,
            **problems(
                "validation_error",
                "not_authenticated",
                "permission_denied",
                "not_found",
                "conflict",
                "unsupported_format",
            ),
        },
    ),
    partial_update=extend_schema(
        summary="Change the terms of a share link",
        description="What is not sent stays, and so does its target. One that was revoked is not changed.",
        request={"application/json": ChangedShareSerializer(partial=True)},
        responses={
            200: ShareSerializer,
            **problems(
                "validation_error", *OF_AN_IMAGE, "permission_denied", "conflict", "unsupported_format"
            ),
        },
    ),
    destroy=extend_schema(
        summary="Revoke a share link",
        description="It ends at once, and stays in the list. To revoke one that is revoked succeeds.",
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
    ),
)
