"""The API's pages: catalogue/cursors.py as a pagination class of DRF."""

from typing import Any

from django.db.models import QuerySet
from django.template.loader import render_to_string
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from images.catalogue.cursors import Cursor, ordering_of, page_at
from images.errors import InvalidCursor
from images.http.origin import absolute


class CursorPagination(BasePagination):
    """Pages of a list in the order that its queryset has."""

    def paginate_queryset(  # type: ignore[override]  # what is no queryset has no order
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.request = request
        ordering = ordering_of(queryset)
        text = request.query_params.get("cursor")
        try:
            cursor = Cursor.parse(text, ordering) if text else None
        except InvalidCursor as error:
            raise ValidationError({"cursor": [str(error)]}) from None
        self.page = page_at(queryset, ordering, cursor)
        self.display_page_controls = bool(self.page.next or self.page.previous)  # in the browsable API
        return self.page.rows

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
