"""Making share links, changing their terms, and ending them."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from images.catalogue.access import AnyUser, handed_on_by, may_hand_on, visible_images
from images.catalogue.albums import may_change_album
from images.catalogue.rows import held
from images.catalogue.saved_searches import judged
from images.catalogue.shares import digest_of, ended, has_ended, unended
from images.concurrency.locks import locked
from images.errors import Conflict
from images.models import Album, Image, SharedImage, ShareLink

SECRET_BYTES = 16
MOST = 1000  # links of one person that have not ended
MOST_ENDED = 1000  # of one person that are kept, the newest
GONE = 10  # of the others, as one is made: each may have as many rows as a selection has images
MOST_SELECTED = 10_000  # images, as for other actions
BATCH = 500  # of them, looked up at once
MAX_PASSWORD_LENGTH = 128
ONLY_SPACE = gettext_lazy("A password is more than space.")

Target = ShareLink.Target
Shareable = Image | Album | str | Sequence[UUID]  # the last two a search, and a selection in its order


def make_share(
    maker: AnyUser,
    of: Shareable,
    *,
    note: str = "",
    expires_at: datetime | None = None,
    password: str = "",
    may_download: bool = False,
    may_locate: bool = False,
) -> tuple[ShareLink, str]:
    """Return a new link and its secret, which nothing keeps.

    Raises what `aimed` does, ValidationError beyond MOST links, Conflict where something of it is deleted
    meanwhile, and Busy while passwords are hashed.
    """
    share, selected = aimed(maker, of)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    share.digest, share.note, share.expires_at = digest_of(secret), note, expires_at
    share.may_download, share.may_locate = may_download, may_locate
    share.password = _hashed(password)
    entries = [SharedImage(share=share, image_id=pk, position=place) for place, pk in enumerate(selected)]
    try:
        with transaction.atomic():
            _require_room(share.maker)
            _forget_some(share.maker)
            share.save(force_insert=True)
            SharedImage.objects.bulk_create(entries)
    except IntegrityError:
        raise Conflict(_("Something of this was deleted meanwhile. Look at it again.")) from None
    return share, secret


def change_share(share: ShareLink, **terms: Any) -> None:
    """Change these of the terms that `make_share` takes.

    Raises Conflict for a link that was revoked, ValidationError where it would live again beyond MOST links,
    and Busy while passwords are hashed.
    """
    if "password" in terms:
        terms["password"] = _hashed(terms["password"])
    with transaction.atomic():
        list(_row_of(share.maker))  # first, as where one is made
        kept = locked(ShareLink.objects.filter(pk=share.pk)).get()
        if kept.revoked_at:
            raise Conflict(_("This link was revoked: it stays as it is. You can make another."))
        had_ended = has_ended(kept)
        for row in (kept, share):
            for name, value in terms.items():
                setattr(row, name, value)
        if had_ended and not has_ended(kept):
            _require_room(share.maker)
        kept.save(update_fields=terms)


def aimed(maker: AnyUser, of: Shareable) -> tuple[ShareLink, Sequence[UUID]]:
    """Return a link that leads there, of which nothing is kept yet, and the images that it selects.

    Raises PermissionDenied where the maker may not edit what it shows, ValidationError for a search that is
    not understood, and a selection of nothing, of too much, or of what they do not see.
    """
    if not isinstance(maker, User) or not maker.is_active:
        raise PermissionDenied
    share = ShareLink(maker=maker)
    match of:
        case Image():
            if not may_hand_on(maker, of):
                raise PermissionDenied(_("This image is not yours to share."))
            share.target, share.image = Target.IMAGE, of
        case Album():
            if not may_change_album(maker, of):
                raise PermissionDenied(_("This album is not yours to share."))
            share.target, share.album = Target.ALBUM, of
        case str():
            share.target, share.search = Target.SEARCH, judged(of)
            if not share.search:
                raise ValidationError({"search": [_("Search for something to share.")]})
        case _:
            share.target = Target.SELECTION
            return share, _selected(maker, of)
    return share, ()


def _selected(maker: User, ids: Sequence[UUID]) -> Sequence[UUID]:
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise ValidationError({"images": [_("Choose at least one image.")]})
    if len(ids) > MOST_SELECTED:
        raise ValidationError({"images": [_("Choose at most %d images.") % MOST_SELECTED]})
    seen = visible_images(maker).order_by().annotate(is_shared=held(handed_on_by(maker)))
    found: dict[UUID, int] = {}
    for start in range(0, len(ids), BATCH):
        found |= seen.filter(pk__in=ids[start : start + BATCH]).values_list("pk", "is_shared")
    if missing := [str(pk) for pk in ids if pk not in found]:
        raise ValidationError({"images": [_("There is no such image: %s.") % ", ".join(missing)[:200]]})
    if not all(found.values()):
        raise PermissionDenied(_("Some of these images are not yours to share."))
    return ids


def shares_of(user: AnyUser) -> QuerySet[ShareLink]:
    """Return the links that `user` made, the newest first."""
    own = ShareLink.objects.filter(maker=user.pk) if user.is_authenticated else ShareLink.objects.none()
    return own.order_by("-created_at", "-pk")


def listed(shares: QuerySet[ShareLink]) -> QuerySet[ShareLink]:
    """Return the links with what is told of them in a list: what they lead to, and of selections as
    `selected` how many images were chosen.
    """
    last = SharedImage.objects.filter(share=OuterRef("pk")).order_by("-position", "-pk")
    count = Subquery(last.values("position")[:1]) + 1  # an image that was purged leaves its place
    return shares.select_related("image", "album").defer("image__search_text").annotate(selected=count)


def links_to(user: AnyUser, of: Image | Album) -> int:
    """Return how many links of `user` to this have not ended."""
    what = {"image": of} if isinstance(of, Image) else {"album": of}
    return shares_of(user).filter(unended(), **what).count()


def revoke(shares: QuerySet[ShareLink]) -> int:
    """End these links for good; return how many were not ended before."""
    return shares.filter(revoked_at=None).order_by().update(revoked_at=timezone.now(), password="")


def _hashed(password: str) -> str:
    return make_password(password) if password else ""


def _row_of(maker: User) -> QuerySet[User]:
    """Return the row by which one transaction waits for the other, or two links would be the last one."""
    return locked(User.objects.filter(pk=maker.pk))


def _require_room(maker: User) -> None:
    """Raise ValidationError where `maker` has MOST links, and let them get no other until the transaction
    ends.
    """
    list(_row_of(maker))
    if shares_of(maker).filter(unended()).count() >= MOST:
        raise ValidationError(
            _("You have %(most)d links, which is the most. Revoke one first.") % {"most": MOST}
        )


def _forget_some(maker: User) -> None:
    """Delete some of the links of `maker` that ended, beyond those that are kept."""
    old = shares_of(maker).filter(ended()).values_list("pk", flat=True)
    ShareLink.objects.filter(pk__in=list(old[MOST_ENDED : MOST_ENDED + GONE])).delete()
