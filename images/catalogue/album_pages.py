"""Pages of the images of an album, in its order."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.crypto import salted_hmac

from images.catalogue.access import AnyUser
from images.catalogue.albums import is_unlisted, seen_entries, shown_in
from images.catalogue.cursors import Cursor, Page, Row, adjacent, in_order, page_at
from images.catalogue.favourites import marked
from images.catalogue.lists import ImageList
from images.catalogue.query import Field, Text, conjuncts
from images.catalogue.rows import NOTHING, checked, sorted_by
from images.catalogue.saved_searches import query_of
from images.catalogue.search import field_order
from images.catalogue.texts import WINDOW
from images.models import Album, AlbumEntry, Image

BY_HAND = "position"


def ordering_of_album(album: Album) -> str:
    """Return the order that the cursors of its pages have: of one that fills itself that of its search, where
    it is not said.
    """
    if album.ordering != Album.Ordering.HAND:
        return field_order(album.ordering)
    if not album.search:
        return BY_HAND
    query = query_of(album)
    return field_order(query.sort if query else "")


def found_by(user: AnyUser, album: Album, related: Sequence[str] = ()) -> ImageList:
    """Return the list of an album that fills itself, as `user` may have it."""
    query = query_of(album)
    nodes = conjuncts(query.tree) if query else ()
    given = Q() if query else NOTHING
    by_address = album if is_unlisted(album) else None
    return ImageList(user, nodes, given, ordering_of_album(album), related=related, album=by_address)


def album_page(
    user: AnyUser, album: Album, cursor: Cursor | None = None, related: Sequence[str] = ()
) -> Page[Image]:
    """Return the page at `cursor` of the images that `user` sees, each read with its `related` rows. An album
    has few enough that all of them may be looked at for one page.
    """
    if images := list_of(user, album, related):
        return images.page(cursor)
    return page_of_entries(marked(seen_entries(user, album), user, "image"), cursor, related)


def page_of_entries(
    entries: QuerySet[Any], cursor: Cursor | None, related: Sequence[str] = ()
) -> Page[Image]:
    """Return the page at `cursor` of the images of entries that have positions, in that order."""
    entries = entries.defer("image__search_text")
    entries = entries.select_related("image", *(f"image__{name}" for name in related))
    page = page_at(entries, BY_HAND, cursor and masked(cursor))
    for entry in page.rows:
        entry.image.is_favourite = getattr(entry, "is_favourite", False)
    following, previous = (side and masked(side) for side in (page.next, page.previous))
    return Page([entry.image for entry in page.rows], following, previous)


def album_ids(user: AnyUser, album: Album, most: int) -> list[UUID] | None:
    """Return the ids of all images of the album that `user` sees, in its order; None where they are more than
    `most`, or of one that fills itself as ImageList.ids says.
    """
    found = album_values(user, album, most, "pk", is_patient=False)
    return None if found is None else [pk for (pk,) in found]


def album_values(
    user: AnyUser, album: Album, most: int, *fields: str, is_patient: bool
) -> list[tuple[Any, ...]] | None:
    """Return these fields of all images of the album, as ImageList.values does."""
    if images := list_of(user, album):
        return images.values(most, *fields, is_patient=is_patient)
    of_images = [f"image__{field}" for field in fields]
    found = list(seen_entries(user, album).values_list(*of_images)[: most + 1])
    return found if len(found) <= most else None


def list_of(user: AnyUser, album: Album, related: Sequence[str] = ()) -> ImageList | None:
    """Return the list that has the images of `album` in its order; None where that was made by hand."""
    ordering = ordering_of_album(album)
    if album.search:
        return found_by(user, album, related)
    if ordering == BY_HAND:
        return None
    nodes = (Field("album", Text(album.slug, is_whole=True)),)
    by_address = album if is_unlisted(album) else None
    return ImageList(user, nodes, ordering=ordering, related=related, album=by_address)


def album_neighbours(user: AnyUser, album: Album, image: Image) -> tuple[Image | None, Image | None]:
    """Return the images just before and just after `image` in the order of `album`, of those that `user`
    sees; None at an end, and where it was not filed in the album. In at most two queries.
    """
    ordering, entries = ordering_of_album(album), seen_entries(user, album)
    if ordering != BY_HAND:
        all_of_it = AlbumEntry.objects.filter(album=album).values("image")
        filed = all_of_it[:WINDOW]  # it has fewer: with a limit they are come by first
        rows = Image.objects.filter(checked(Q(shown_in(user, album), deleted_at=None)), pk__in=filed)
        around = _around(rows, image, ordering, is_sorted=True).defer("search_text")
        return adjacent(list(around.order_by(*sorted_by(ordering))), image)
    entry = entries.filter(image=image.pk).first()
    if not entry:
        return None, None
    found = _around(entries, entry, ordering).select_related("image").defer("image__search_text")
    before, after = adjacent(list(found.order_by(ordering, "pk")), entry)
    return (before.image if before else None), (after.image if after else None)


def _around(rows: QuerySet[Row], row: Row, ordering: str, *, is_sorted: bool = False) -> QuerySet[Row]:
    """Return `row` with the one before and the one after it in `rows`, in no order."""
    table = type(row)._default_manager.order_by()
    sides = (Cursor.beside(row, ordering, backwards=backwards) for backwards in (True, False))
    keys = (in_order(rows, ordering, side, is_sorted=is_sorted).values("pk")[:1] for side in sides)
    before, after = (table.filter(pk__in=key).values("pk") for key in keys)
    return table.filter(pk__in=before.union(after, table.filter(pk=row.pk).values("pk")))


def masked(cursor: Cursor) -> Cursor:
    """Return the cursor with its position as nobody reads it, or as it is again: a cursor is signed and no
    secret, and the distance of two positions tells how many images lie between, those that are hidden too.
    """
    mask = int.from_bytes(salted_hmac("images.albums", cursor.id).digest()[:8], signed=True)
    return replace(cursor, value=str(int(cursor.value) ^ mask))
