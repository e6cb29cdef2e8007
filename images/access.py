"""Who sees and does what. Hidden means absent: what a person may not see is not in the queryset.

Anyone sees public images; people see, change and delete what they uploaded; the permission `view_image` sees
private images, `add_image` with it uploads, `change_image` and `delete_image` reach everyone's.
"""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.throttling import BaseThrottle

from images.models import Image


def visible_images(user) -> QuerySet[Image]:
    """Return the images `user` sees outside the trash."""
    images = Image.objects.filter(deleted_at=None)
    if user.has_perm("images.view_image"):
        return images
    visible = Q(visibility=Image.Visibility.PUBLIC)
    if user.is_authenticated:
        visible |= Q(uploaded_by=user)
    return images.filter(visible)


def public_images() -> QuerySet[Image]:
    """Return the images that anyone sees."""
    return visible_images(AnonymousUser())


def trashed_images(user) -> QuerySet[Image]:
    """Return the trashed images that `user` may restore: their own, or with `delete_image` everyone's."""
    trashed = Image.objects.filter(deleted_at__isnull=False)
    if user.has_perm("images.delete_image"):
        return trashed
    return trashed.filter(uploaded_by=user) if user.is_authenticated else trashed.none()


def may_upload(user) -> bool:
    """Whether `user` adds images. One who uploads must see what is there: a duplicate shows the image."""
    return user.has_perms(("images.add_image", "images.view_image"))


def may_edit(user, image: Image) -> bool:
    """Whether `user` changes title, description, alternative text and visibility of `image`."""
    return _owns(user, image) or user.has_perm("images.change_image")


def may_delete(user, image: Image) -> bool:
    """Whether `user` moves `image` to the trash and back."""
    return _owns(user, image) or user.has_perm("images.delete_image")


def _owns(user, image: Image) -> bool:
    return user.is_authenticated and user.is_active and image.uploaded_by_id == user.pk


class TokenAuthentication(KnoxTokenAuthentication):
    """`Authorization: Token …`, hashed in the database."""

    def authenticate_credentials(self, token: bytes):
        if not token.isascii():  # knox decodes before it looks, and junk is no server error
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


def resolve_user(request: HttpRequest):
    """Return who sent a plain Django request: its token's user, else its session's, else anonymous.

    Raises AuthenticationFailed for a token that is not valid.
    """
    authenticated = TokenAuthentication().authenticate(request)
    return authenticated[0] if authenticated else request.user


def client_address(request: HttpRequest) -> str:
    """Return the client's address, read through as many proxies as IMAGELIB_TRUSTED_PROXIES trusts."""
    return BaseThrottle().get_ident(request)
