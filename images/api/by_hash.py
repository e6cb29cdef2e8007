"""HEAD /api/v1/images/by-hash/{sha256}."""

from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from images.api.personal import PersonalView
from images.api.viewsets import JSONRenderer
from images.catalogue.access import may_upload
from images.ingest.pipeline import is_at_hand, known_image


class MayUpload(BasePermission):
    """access.py: one who uploads is told what is there."""

    def has_permission(self, request: Request, view: object) -> bool:
        return may_upload(request.user)


class ByHash(PersonalView):
    """Is the file with this SHA-256 here, and would to send it change nothing? It tells what an upload would,
    and costs less: two look-ups by index and one in the store. So it is not counted.
    """

    permission_classes = (MayUpload,)
    renderer_classes = (JSONRenderer,)

    def head(self, request: Request, sha256: str) -> Response:
        image = known_image(sha256.lower())
        if not image or not is_at_hand(image):
            raise NotFound
        described_by = reverse("api-image-detail", args=[image.pk])
        return Response(headers={"Link": f'<{described_by}>; rel="describedby"'})
