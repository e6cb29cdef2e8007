"""The API of one's own share links, `/api/v1/shares`."""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from images.api.fields import refused_in_words
from images.api.openapi_of_shares import describes_shares
from images.api.pagination import CursorPagination
from images.api.personal import PersonalView
from images.api.share_serializers import ChangedShareSerializer, ShareSerializer
from images.api.viewsets import JSONParser, JSONRenderer
from images.catalogue.access import AnyUser, visible_images
from images.catalogue.albums import visible_albums
from images.catalogue.sharing import Shareable, change_share, listed, make_share, revoke, shares_of
from images.http.origin import share_address
from images.models import ShareLink

TERMS = ("note", "expires_at", "password", "may_download", "may_locate")


@describes_shares
class ShareViewSet(PersonalView, mixins.ListModelMixin, viewsets.GenericViewSet[ShareLink]):
    """One's own share links."""

    queryset = ShareLink.objects.none()  # for the schema; get_queryset answers requests
    serializer_class = ShareSerializer
    permission_classes = (IsAuthenticated,)
    pagination_class = CursorPagination
    filter_backends = ()
    lookup_field, lookup_value_converter = "id", "uuid"
    renderer_classes = (JSONRenderer,)  # and no page to browse, on which an address just made would be
    parser_classes = (JSONParser,)

    def get_queryset(self) -> QuerySet[ShareLink]:
        return listed(shares_of(self.request.user))

    def get_object(self) -> ShareLink:
        share = super().get_object()
        if isinstance(self.request.user, User):
            share.maker = self.request.user  # whose permissions were read already
        return share

    def retrieve(self, request: Request, id: UUID) -> Response:
        return Response(_one(self.get_object()))

    def create(self, request: Request) -> Response:
        said = ShareSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        terms = {name: said.validated_data[name] for name in TERMS}
        of = _meant(request.user, said.validated_data)
        with refused_in_words("non_field_errors"):
            share, secret = make_share(request.user, of, **terms)
        made = self.get_queryset().get(pk=share.pk)
        headers = {"Cache-Control": "no-store", "Location": reverse("api-share-detail", args=[share.pk])}
        return Response({**_one(made), "url": share_address(request, secret)}, status=201, headers=headers)

    def partial_update(self, request: Request, id: UUID) -> Response:
        share = self.get_object()
        said = ChangedShareSerializer(share, data=request.data, partial=True)
        said.is_valid(raise_exception=True)
        with refused_in_words("non_field_errors"):
            change_share(share, **said.validated_data)
        return Response(_one(share))

    def destroy(self, request: Request, id: UUID) -> Response:
        revoke(ShareLink.objects.filter(pk=self.get_object().pk))
        return Response(status=204)


def _one(share: ShareLink) -> dict[str, Any]:
    return dict(ShareSerializer(share, context={"is_one": True}).data)


def _meant(user: AnyUser, target: dict[str, Any]) -> Shareable:
    """Return what `user` means to share. Raises DoesNotExist where they see no such image or album."""
    match target["type"]:
        case ShareLink.Target.IMAGE:
            return visible_images(user).get(pk=target["image"])
        case ShareLink.Target.ALBUM:
            return visible_albums(user).get(pk=target["album"])
        case ShareLink.Target.SEARCH:
            search: str = target["search"]
            return search
    images: list[UUID] = target["images"]
    return images
