"""What every answer of the API says of itself."""

from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class PersonalView(APIView):
    """A view of which each caller may get another answer, and no cache keeps one."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ("Cookie", "Authorization"))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
