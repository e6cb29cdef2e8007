"""The API's pages: catalogue/cursors.py as a pagination class of DRF."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from images.catalogue.access import AnyUser
from images.catalogue.album_pages import album_page, ordering_of_album
from images.catalogue.cursors import Cursor, Page, Row, ordering_of, page_at
from images.catalogue.lists import ImageList
from images.errors import InvalidCursor
from images.http.origin import absolute
from images.models import Album, Image


def _cursor(request: Request, ordering: str) -> Cursor | None:
    text = request.query_params.get("cursor")
    try:
        return Cursor.parse(text, ordering) if text else None
    except InvalidCursor as error:
        raise ValidationError({"cursor": [str(error)]}) from None


class CursorPagination(BasePagination):
    """Pages of a list in the order that its queryset has."""

    def paginate_queryset(  # type: ignore[override]  # what is no queryset has no order
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        ordering = ordering_of(queryset)
        return self._shown(request, page_at(queryset, ordering, _cursor(request, ordering)))

    def paginate_images(self, images: ImageList, request: Request) -> list[Image]:
        """Return the rows of the page of `images` that is asked for."""
        return self._shown(request, images.page(_cursor(request, images.ordering)))

    def paginate_album(
        self, user: AnyUser, album: Album, request: Request, related: Sequence[str]
    ) -> list[Image]:
        """Return the rows of the page of `album` that is asked for."""
        cursor = _cursor(request, ordering_of_album(album))
        return self._shown(request, album_page(user, album, cursor, related))

    def _shown(self, request: Request, page: Page[Row]) -> list[Row]:
        self.request, self.page = request, page
        self.display_page_controls = bool(page.next or page.previous)  # in the browsable API
        return page.rows

    def get_paginated_response(self, data: list[Any]) -> Response:
        return Response({**self._links(), "results": data})

    def _links(self) -> dict[str, str | None]:
        url = absolute(self.request, self.request.get_full_path())
        return {
            name: replace_query_param(url, "cursor", str(cursor)) if cursor else None
            for name, cursor in (("next", self.page.next), ("previous", self.page.previous))
        }

    def to_html(self) -> str:
        links = self._links()
        context = {"next_url": links["next"], "previous_url": links["previous"]}
        return render_to_string("rest_framework/pagination/previous_and_next.html", context)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "Where the page starts: taken from `next` or `previous` of another page.",
                "schema": {"type": "string"},
            }
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }
