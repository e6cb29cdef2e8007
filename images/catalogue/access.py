"""Who sees and does what. Hidden means absent: what a person may not see is not in the queryset.

Anyone sees public images; people see, change and delete what they uploaded; the permission `view_image` sees
private images, `add_image` with it uploads, `change_image` and `delete_image` reach everyone's.
"""

import functools
import re
from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.throttling import BaseThrottle

from images.models import Image, KeptRendition, rendition_filename


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


# What serving a file needs of its row. None of it is converted between database and model.
SERVED = ("id", "hash", "mime_type", "size", "width", "height", "filename", "visibility", "deleted_at")


def find_public_image(image_id: UUID) -> Image | None:
    """Return the image, its SERVED fields loaded, if anyone sees it."""
    row = _fetch(_public_image, Image._meta.pk.get_db_prep_value(image_id, connection))
    return row and Image.from_db(connection.alias, SERVED, (image_id, *row[1:]))


def find_public_rendition(image_id: UUID, spec: str) -> KeptRendition | None:
    """Return the rendition that is kept of the canonical `spec`, if anyone sees its image."""
    if "\0" in spec:  # PostgreSQL makes an error of it
        return None
    row = _fetch(_public_rendition, Image._meta.pk.get_db_prep_value(image_id, connection), spec)
    if row is None:
        return None
    digest, mime_type, size, filename = row
    name = rendition_filename(filename, spec)
    return KeptRendition(image_id, spec, digest, mime_type, size, name, is_public=True)


def _public_image(image_id) -> QuerySet:
    return public_images().filter(pk=image_id).values_list(*SERVED)


def _public_rendition(image_id, spec: str) -> QuerySet:
    facts = ("renditions__hash", "renditions__mime_type", "renditions__size", "filename")
    return public_images().filter(pk=image_id, renditions__spec=spec).values_list(*facts)


def _fetch(query: Callable[..., QuerySet], *values) -> tuple | None:
    """Return the row that `query` finds for these values, as the database has them."""
    sql, params, positions = _compiled(query)
    params = [*params]
    for position, value in zip(positions, values, strict=True):
        params[position] = value
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()


@functools.cache
def _compiled(query: Callable[..., QuerySet]) -> tuple[str, tuple, list[int]]:
    """Return the SQL of a query by an image's id and perhaps a spec, its parameters, and the places of those.

    Done once: it takes longer than all the rest of answering.
    """
    samples = [UUID(int=0), "a spec"][: query.__code__.co_argcount]
    sql, params = query(*samples).order_by().query.sql_with_params()
    samples[0] = Image._meta.pk.get_db_prep_value(samples[0], connection)
    return sql, params, [params.index(sample) for sample in samples]


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


def may_purge(user) -> bool:
    """Whether `user` deletes trashed images for good: an editor, of people's own images too."""
    return user.has_perm("images.delete_image")


def visible_metadata(user, image: Image) -> dict:
    """Return the metadata of `image`; where it was taken is for people who may edit it."""
    if may_edit(user, image):
        return image.metadata
    return {name: fact for name, fact in image.metadata.items() if name != "location"}


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

    Asks for itself: the byte views come before any middleware that would have. Raises AuthenticationFailed
    for a token that is not valid.
    """
    authenticated = TokenAuthentication().authenticate(request)
    if authenticated:
        return authenticated[0]
    request.session = SessionStore(session_key(request))
    return get_user(request)


def session_key(request: HttpRequest) -> str | None:
    """Return the session key that `request` brings if it can be one; of some PostgreSQL makes an error."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return key if re.fullmatch(r"[a-z0-9]{32}", key) else None


def client_address(request: HttpRequest) -> str:
    """Return the client's address, read through as many proxies as IMAGELIB_TRUSTED_PROXIES trusts."""
    return BaseThrottle().get_ident(request)
