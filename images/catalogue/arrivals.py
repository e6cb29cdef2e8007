"""What somebody uploaded just now."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from images.catalogue.access import AnyUser, visible_images
from images.catalogue.cursors import Cursor, Page, page_at
from images.models import Image

ORDER = "created_at"  # as the files arrived


def arrived(user: AnyUser, since: datetime, cursor: Cursor | None, size: int) -> Page[Image]:
    """Return the page at `cursor` of the images outside the trash that `user` uploaded from a moment on."""
    mine = visible_images(user).filter(uploaded_by=user.pk, created_at__gte=since)
    return page_at(_read(mine), ORDER, cursor, size)


def named(user: AnyUser, ids: Collection[UUID]) -> list[Image]:
    """Return those of few images that `user` sees, the oldest first."""
    return list(_read(visible_images(user).filter(pk__in=ids)).order_by(ORDER, "pk"))


def _read(images: QuerySet[Image]) -> QuerySet[Image]:
    return images.defer("search_text")
