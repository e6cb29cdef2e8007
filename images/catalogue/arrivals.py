"""What somebody uploaded just now."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from images.catalogue.access import AnyUser, visible_images
from images.catalogue.cursors import Cursor, Page, page_of
from images.catalogue.rows import checked, sorted_by
from images.models import Image

ORDER = "created_at"  # as the files arrived


def arrived(user: AnyUser, since: datetime, cursor: Cursor | None, size: int) -> Page[Image]:
    """Return the page at `cursor` of the images outside the trash that `user` uploaded from a moment on.

    It goes along the index of their uploads: that of everyone's would be looked through for the next of them.
    """
    mine = _read(visible_images(user)).filter(uploaded_by=user.pk, created_at__gte=since)
    ordering = ("-" if cursor and cursor.backwards else "") + ORDER
    if cursor:
        end = "created_at__lte" if cursor.backwards else "created_at__gte"
        mine = mine.filter(checked(Q(cursor.beyond(Image))), **{end: cursor.value})
    found = mine.order_by(ordering, sorted_by(ordering)[1])
    return page_of(list(found[: size + 1]), ORDER, cursor, size)


def named(user: AnyUser, ids: Collection[UUID]) -> list[Image]:
    """Return those of few images that `user` sees, the oldest first."""
    return list(_read(visible_images(user).filter(pk__in=ids)).order_by(ORDER, "pk"))


def _read(images: QuerySet[Image]) -> QuerySet[Image]:
    return images.defer("search_text")
