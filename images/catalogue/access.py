"""Who sees and does what: every rule of access, the trash's included.

Hidden means absent: what a person may not see is not in the queryset. Anyone sees public images, and unlisted
ones by their address alone: no list has these but those of their uploader and of people who see private ones.
People see, change and delete what they uploaded. Permissions reach further: `view_image` sees private images,
`change_image` changes and `delete_image` deletes everyone's. To upload takes `add_image` and `view_image`.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q, QuerySet

from images.catalogue.rows import checked, sorted_by
from images.models import Image

AnyUser = User | AnonymousUser  # a user, or nobody
OPEN = (Image.Visibility.PUBLIC, Image.Visibility.UNLISTED)  # to anyone who has the address


def visible_images(user: AnyUser) -> QuerySet[Image]:
    """Return the images outside the trash that `user` sees who has their addresses."""
    return Image.objects.filter(seen_by(user), deleted_at=None)


def listed_images(user: AnyUser) -> QuerySet[Image]:
    """Return the images that lists show to `user`."""
    return Image.objects.filter(listed_for(user), deleted_at=None)


def seen_by(user: AnyUser, path: str = "") -> Q:
    """Return the condition of the images outside the trash that `user` sees who has their addresses, an empty
    one for all of them. From rows of another kind `path` leads to them, as `image__`.
    """
    return _of(user, path, OPEN)


def listed_for(user: AnyUser, path: str = "") -> Q:
    """Return the condition of the images that lists show to `user`, as seen_by does."""
    if not may_list(user):
        return Q(**{f"{path}pk__in": []})
    return _of(user, path, (Image.Visibility.PUBLIC,))


def may_list(user: AnyUser) -> bool:
    """Whether `user` sees lists of images at all: where these are the members', who signed in."""
    return user.is_authenticated or settings.IMAGELIB_GALLERY != "members"


def _of(user: AnyUser, path: str, visibilities: Sequence[str]) -> Q:
    if user.has_perm("images.view_image"):
        return Q()
    one, *more = visibilities
    is_for_all = Q(**{f"{path}visibility__in": visibilities} if more else {f"{path}visibility": one})
    return is_for_all | Q(**{f"{path}uploaded_by": user}) if user.is_authenticated else is_for_all


def copies_of(image: Image, user: AnyUser) -> QuerySet[Image]:
    """Return the copies of `image` that lists show to `user`, the newest first, found by their source."""
    listed = checked(Q(listed_for(user), deleted_at=None))
    return Image.objects.filter(listed, derived_from=image).order_by(*sorted_by("-created_at"))


def may_see(user: AnyUser, image: Image) -> bool:
    """Whether `image` is one of visible_images(user)."""
    return image.is_open or may_find(user, image)


def may_find(user: AnyUser, image: Image) -> bool:
    """Whether `image` is one of listed_images(user)."""
    if image.deleted_at:
        return False
    is_listed = image.is_public and may_list(user)
    return is_listed or _owns(user, image) or user.has_perm("images.view_image")


def open_images() -> QuerySet[Image]:
    """Return the images that anyone sees who has their addresses."""
    return visible_images(AnonymousUser())


def trashed_images(user: AnyUser) -> QuerySet[Image]:
    """Return the trashed images that `user` may restore: their own, or with `delete_image` everyone's."""
    trashed = Image.objects.filter(deleted_at__isnull=False)
    if user.has_perm("images.delete_image"):
        return trashed
    return trashed.filter(uploaded_by=user) if user.is_authenticated else trashed.none()


def may_upload(user: AnyUser) -> bool:
    """Whether `user` adds images. One who uploads must see what is there: a duplicate shows the image."""
    return user.has_perms(("images.add_image", "images.view_image"))


def handed_on_by(user: AnyUser, path: str = "", *, is_open_too: bool = True) -> Q:
    """Return the condition of the images that a link of `user` may show, of those that they see: what they
    may edit, and where it `is_open_too` what anyone with its address gets anyway. `path` as in seen_by.
    """
    if user.has_perm("images.change_image"):
        return Q()
    own = Q(**{f"{path}uploaded_by": user.pk})
    return own | Q(**{f"{path}visibility__in": OPEN}) if is_open_too else own


def may_hand_on(user: AnyUser, image: Image) -> bool:
    """Whether a link of `user` may show `image`."""
    return may_see(user, image) and (image.is_open or may_edit(user, image))


def may_edit(user: AnyUser, image: Image) -> bool:
    """Whether `user` changes title, description, alternative text and visibility of `image`."""
    return _owns(user, image) or user.has_perm("images.change_image")


def may_delete(user: AnyUser, image: Image) -> bool:
    """Whether `user` moves `image` to the trash and back."""
    return _owns(user, image) or user.has_perm("images.delete_image")


def may_purge(user: AnyUser) -> bool:
    """Whether `user` deletes trashed images for good: an editor, of people's own images too."""
    return user.has_perm("images.delete_image")


def stricter(one: str, other: str) -> str:
    """Return which of two visibilities shows an image to fewer people."""
    return max(one, other, key=Image.Visibility.values.index)


def visible_metadata(user: AnyUser, image: Image) -> dict[str, Any]:
    """Return the metadata of `image`. Where it was taken is for people who may edit it, and so are the words
    of the file, which may have been taken out of the fields for a reason.
    """
    facts: dict[str, Any] = image.metadata
    if may_edit(user, image):
        return facts
    return {name: fact for name, fact in facts.items() if name not in ("location", "words")}


def _owns(user: AnyUser, image: Image) -> bool:
    return user.is_authenticated and user.is_active and image.uploaded_by_id == user.pk
