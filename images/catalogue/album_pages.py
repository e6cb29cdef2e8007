"""Pages of the images of an album, in its order."""

from collections.abc import Sequence
from dataclasses import replace

from django.utils.crypto import salted_hmac

from images.catalogue.access import AnyUser
from images.catalogue.albums import seen_entries
from images.catalogue.cursors import Cursor, Page, page_at
from images.catalogue.favourites import marked
from images.catalogue.lists import ImageList
from images.catalogue.query import Field, Text
from images.catalogue.search import field_order
from images.models import Album, Image

BY_HAND = "position"


def ordering_of_album(album: Album) -> str:
    """Return the order that the cursors of its pages have."""
    return BY_HAND if album.ordering == Album.Ordering.HAND else field_order(album.ordering)


def album_page(
    user: AnyUser, album: Album, cursor: Cursor | None = None, related: Sequence[str] = ()
) -> Page[Image]:
    """Return the page at `cursor` of the images that `user` sees, each read with its `related` rows. An album
    has few enough that all of them may be looked at for one page.
    """
    ordering = ordering_of_album(album)
    if ordering != BY_HAND:
        nodes = (Field("album", Text(album.slug, is_whole=True)),)
        return ImageList(user, nodes, ordering=ordering, related=related).page(cursor)
    entries = marked(seen_entries(user, album), user, "image").defer("image__search_text")
    entries = entries.select_related("image", *(f"image__{name}" for name in related))
    page = page_at(entries, ordering, cursor and _masked(cursor))
    for entry in page.rows:
        entry.image.is_favourite = getattr(entry, "is_favourite", False)  # type: ignore[attr-defined]
    following, previous = (side and _masked(side) for side in (page.next, page.previous))
    return Page([entry.image for entry in page.rows], following, previous)


def _masked(cursor: Cursor) -> Cursor:
    """Return the cursor with its position as nobody reads it, or as it is again: a cursor is signed and no
    secret, and the distance of two positions tells how many images lie between, those that are hidden too.
    """
    mask = int.from_bytes(salted_hmac("images.albums", cursor.id).digest()[:8], signed=True)
    return replace(cursor, value=str(int(cursor.value) ^ mask))
