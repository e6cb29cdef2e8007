"""Making share links, and ending them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from images.catalogue.access import AnyUser, handed_on_by, may_hand_on, visible_images
from images.catalogue.albums import may_change_album
from images.catalogue.saved_searches import judged
from images.catalogue.shares import digest_of
from images.models import Album, Image, SharedImage, ShareLink

SECRET_BYTES = 16
MOST = 1000  # links of one person that were not revoked
MOST_SELECTED = 10_000  # images, as for other actions

Target = ShareLink.Target


def make_share(
    maker: AnyUser,
    of: Image | Album | str | Sequence[UUID],
    *,
    note: str = "",
    expires_at: datetime | None = None,
    password: str = "",
    may_download: bool = False,
    may_locate: bool = False,
) -> tuple[ShareLink, str]:
    """Return a new link to an image, an album, what a search finds, or a selection in its order, and its
    secret, which nothing keeps.

    Raises PermissionDenied where the maker may not edit what it shows, ValidationError for a search that is
    not understood, a selection of nothing or too much, and beyond MOST links; Busy while passwords are
    hashed.
    """
    if not isinstance(maker, User) or not maker.is_active:
        raise PermissionDenied
    secret = secrets.token_urlsafe(SECRET_BYTES)
    share = ShareLink(maker=maker, digest=digest_of(secret), note=note, expires_at=expires_at)
    share.may_download, share.may_locate = may_download, may_locate
    share.password = make_password(password) if password else ""
    selected = _aim(share, of)
    with transaction.atomic():
        list(User.objects.select_for_update().filter(pk=maker.pk).values_list("pk"))  # one after the other
        if shares_of(maker).filter(revoked_at=None).count() >= MOST:
            said = _("You have %(most)d links, which is the most. Revoke one first.") % {"most": MOST}
            raise ValidationError(said)
        share.save(force_insert=True)
        SharedImage.objects.bulk_create(
            [SharedImage(share=share, image_id=pk, position=place) for place, pk in enumerate(selected)]
        )
    return share, secret


def _aim(share: ShareLink, of: Image | Album | str | Sequence[UUID]) -> Sequence[UUID]:
    """Have the link lead there; return the images that it selects."""
    maker = share.maker
    match of:
        case Image():
            if not may_hand_on(maker, of):
                raise PermissionDenied
            share.target, share.image = Target.IMAGE, of
        case Album():
            if not may_change_album(maker, of):
                raise PermissionDenied
            share.target, share.album = Target.ALBUM, of
        case str():
            share.target, share.search = Target.SEARCH, judged(of)
            if not share.search:
                raise ValidationError({"search": [_("Search for something to share.")]})
        case _:
            share.target = Target.SELECTION
            return _selected(maker, of)
    return ()


def _selected(maker: User, ids: Sequence[UUID]) -> Sequence[UUID]:
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise ValidationError(_("Choose at least one image."))
    if len(ids) > MOST_SELECTED:
        raise ValidationError(_("Choose at most %(most)d images.") % {"most": MOST_SELECTED})
    handed_on = visible_images(maker).filter(handed_on_by(maker)).order_by()
    found: set[UUID] = set()
    for start in range(0, len(ids), 500):
        found |= set(handed_on.filter(pk__in=ids[start : start + 500]).values_list("pk", flat=True))
    if len(found) != len(ids):
        raise PermissionDenied(_("Some of these images are not yours to share."))
    return ids


def shares_of(user: AnyUser) -> QuerySet[ShareLink]:
    """Return the links that `user` made, the newest first."""
    own = ShareLink.objects.filter(maker=user.pk) if user.is_authenticated else ShareLink.objects.none()
    return own.order_by("-created_at", "-pk")


def revoke(shares: QuerySet[ShareLink]) -> int:
    """End these links for good; return how many were not ended before."""
    return shares.filter(revoked_at=None).order_by().update(revoked_at=timezone.now(), password="")
