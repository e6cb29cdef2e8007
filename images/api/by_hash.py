"""HEAD /api/v1/images/by-hash/{sha256}."""

from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from images.api.personal import PersonalView
from images.api.viewsets import JSONRenderer
from images.catalogue.access import may_upload, visible_images
from images.catalogue.search import of_file


class MayUpload(BasePermission):
    """access.py: one who uploads is told what is there."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may_upload(request.user)


class ByHash(PersonalView):
    """Is the file with this SHA-256 here, outside the trash? So that it need not be sent."""

    permission_classes = (MayUpload,)
    renderer_classes = (JSONRenderer,)

    def head(self, request: Request, sha256: str) -> Response:
        if not visible_images(request.user).filter(of_file(sha256)).exists():
            raise NotFound
        return Response()
