"""Images that lack their words, for they are not decorative either, in the order of the gallery."""

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from images.catalogue.access import AnyUser, may_upload
from images.catalogue.counts import MAX_COUNT
from images.catalogue.cursors import Cursor, in_order, is_falling
from images.catalogue.rows import sorted_by
from images.catalogue.sources import NEWEST
from images.models import Image
from images.models.indexes import UNDESCRIBED


def may_describe(user: AnyUser) -> bool:
    """Whether `user` has images to describe, or may come to have some: pages lead there."""
    return may_upload(user) or user.has_perm("images.change_image")


def undescribed_from(user: AnyUser, place: Cursor | None) -> Image | None:
    """Return the first image from `place` on, or of all, that lacks its words and that `user` sees and may
    edit; None where there is none.
    """
    ranges = (in_order(rows, NEWEST, place).values("pk")[:1] for rows in _ranges(user))
    keys = [Image.objects.order_by().filter(pk__in=first).values("pk") for first in ranges]
    if not keys:
        return None
    falls = is_falling(NEWEST, place is not None and place.backwards)
    firsts = Image.objects.filter(pk__in=keys[0].union(*keys[1:]))
    return firsts.order_by(*sorted_by("-" * falls + "created_at")).first()


def count_undescribed(user: AnyUser) -> int:
    """Return how many there are, of more than MAX_COUNT one more."""
    count = 0
    for rows in _ranges(user):
        if count <= MAX_COUNT:
            count += rows.order_by()[: MAX_COUNT + 1 - count].count()
    return count


def _ranges(user: AnyUser) -> Iterator[QuerySet[Image]]:
    """Yield what lacks its words, each kind of it: one range of an index."""
    for kind in _kinds(user):
        yield Image.objects.filter(UNDESCRIBED, kind)


def _kinds(user: AnyUser) -> list[Q]:
    """Return the conditions, of which one image meets one at most, of what `user` sees and may edit."""
    visibilities = Image.Visibility.values
    own = {each: Q(uploaded_by=user.pk, visibility=each) for each in visibilities}
    if not user.is_authenticated or not user.is_active:
        return []
    if not user.has_perm("images.change_image"):
        return list(own.values())
    if user.has_perm("images.view_image"):
        return [Q(visibility=each) for each in visibilities]
    return list((own | {Image.Visibility.PUBLIC: Q(visibility=Image.Visibility.PUBLIC)}).values())
