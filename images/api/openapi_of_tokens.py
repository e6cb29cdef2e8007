"""What OpenAPI says of tokens."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view

from images.api.openapi import OF_AN_IMAGE, problems


def describes_tokens(token: Any, made: Any) -> Any:
    """Return the decorator of the viewset whose serializers these are."""
    return extend_schema_view(
        list=extend_schema(
            summary="List one's tokens",
            description="The caller's own, those that expired too, the newest first, in pages.",
            responses={200: token(many=True), **problems("validation_error", "not_authenticated")},
        ),
        create=extend_schema(
            summary="Make a token",
            description="Of the caller, who has at most 100. One that is made with a token expires no later, "
            "as late when nothing is said, ends when that one is revoked, and makes none itself.",
            request={"application/json": token},
            responses={
                201: made,
                **problems(
                    "validation_error", "not_authenticated", "permission_denied", "unsupported_format"
                ),
            },
        ),
        destroy=extend_schema(
            summary="Revoke a token",
            description="It ends at once, and so do those that were made with it.",
            responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
        ),
    )
