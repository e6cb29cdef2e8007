"""What every answer of the API says of itself."""

from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from images.catalogue.access import may_list


class MayList(BasePermission):
    """Where lists are the members' (IMAGELIB_GALLERY), nobody has one."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return may_list(request.user)


class PersonalView(APIView):
    """A view of which each caller may get another answer, and no cache keeps one."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, ("Cookie", "Authorization"))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
