"""PUT and DELETE /api/v1/images/{id}/favourite."""

from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from images.api.openapi import OF_AN_IMAGE, problems
from images.api.viewsets import JSONRenderer
from images.catalogue.access import visible_images
from images.catalogue.favourites import favour, unfavour
from images.concurrency.locks import locked
from images.models import Image


class FavouriteView(APIView):
    """One image among the favourites of the person who asks, or not."""

    permission_classes = (IsAuthenticated,)
    renderer_classes = (JSONRenderer,)

    @extend_schema(
        summary="Make an image a favourite",
        description="Of the caller, who alone is told. Twice is once.",
        request=None,
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
    )
    def put(self, request: Request, id: UUID) -> Response:
        with transaction.atomic():
            favour(request.user, [self._image(request, id)])
        return Response(status=204)

    @extend_schema(
        summary="Take an image off the favourites",
        description="Of the caller. Whether it was one does not matter.",
        responses={204: None, **problems(*OF_AN_IMAGE, "permission_denied")},
    )
    def delete(self, request: Request, id: UUID) -> Response:
        with transaction.atomic():
            unfavour(request.user, [self._image(request, id)])
        return Response(status=204)

    def _image(self, request: Request, id: UUID) -> Image:
        return get_object_or_404(locked(visible_images(request.user)), pk=id)
