"""Share links: which live, and what each shows to whoever has its address.

That is what its maker may hand on at this moment: of what they see the images that they may edit, and but for
a search those that anyone with the address gets anyway. A link is dead while its maker is inactive or no
longer sees what it leads to; then it is answered as one that never was.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.utils import timezone

from images.catalogue.access import AnyUser, handed_on_by, may_hand_on, seen_by, visible_images
from images.catalogue.album_pages import BY_HAND, list_of, page_of_entries
from images.catalogue.albums import seen_entries, visible_albums
from images.catalogue.cursors import Cursor, Page
from images.catalogue.lists import ImageList
from images.catalogue.pseudonyms import Pseudonyms
from images.catalogue.query import conjuncts
from images.catalogue.rows import NOTHING, checked_of_entries
from images.catalogue.saved_searches import query_of
from images.catalogue.search import field_order
from images.models import Image, SharedImage, ShareLink

Target = ShareLink.Target


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def live_share(secret: str) -> ShareLink:
    """Return the link of this secret, its maker with it. Raises ShareLink.DoesNotExist where none lives."""
    related = "maker", "image", "album"
    # How long it takes to find a digest tells of the digest at most, from which nobody gets to a secret.
    share = ShareLink.objects.select_related(*related).get(digest=digest_of(secret))
    if not is_live(share):
        raise ShareLink.DoesNotExist("There is no such link.")
    return share


def is_live(share: ShareLink) -> bool:
    """Whether it shows anything: not revoked nor expired, its maker active and seeing what it leads to."""
    return not has_ended(share) and share.maker.is_active and share.pk in leading(share.maker, [share])


def has_ended(share: ShareLink) -> bool:
    """Whether it was revoked or expired."""
    return bool(share.revoked_at or (share.expires_at and share.expires_at <= timezone.now()))


def ended() -> Q:
    """Return the condition of the links that `has_ended` is true of."""
    return Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now())


def unended() -> Q:
    """Return the condition of the others."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def leading(maker: AnyUser, shares: Collection[ShareLink]) -> set[UUID]:
    """Return the ids of those links of `maker` that lead to something they see, of a selection to one image
    of it. In two queries at the most, where images and albums were read with the links.
    """
    albums = {share.pk: share.album_id for share in shares if share.album_id}
    selections = [share.pk for share in shares if share.target == Target.SELECTION]
    led = {share.pk for share in shares if share.target == Target.SEARCH}
    led |= {share.pk for share in shares if share.image and may_hand_on(maker, share.image)}
    if albums:
        seen = set(visible_albums(maker).filter(pk__in=albums.values()).values_list("pk", flat=True))
        led |= {pk for pk, album in albums.items() if album in seen}
    if selections:
        # Of EXISTS PostgreSQL makes a join of all.
        first = Subquery(_selected(maker, OuterRef("pk")).values("pk")[:1])
        some = ShareLink.objects.filter(Q(IsNull(first, False)), pk__in=selections)
        led |= set(some.values_list("pk", flat=True))
    return led


def selected_ids(share: ShareLink) -> list[UUID]:
    """Return the ids of the images of a selection that it shows, in their order."""
    return list(_selected(share.maker, share.pk).values_list("image", flat=True))


class Shared:
    """What a live link shows. Images are named by `name_of`, and by no id that holds elsewhere."""

    def __init__(self, share: ShareLink, secret: str) -> None:
        self.share, self._pseudonyms = share, Pseudonyms(secret)

    def name_of(self, image: Image) -> UUID:
        """Return how the link's own addresses call an image."""
        return self._pseudonyms.of(image.pk)

    def image(self, name: UUID) -> Image:
        """Return the image of this name. Raises Image.DoesNotExist where the link shows none."""
        return self._only(self._pseudonyms.undo(name)).get()

    def only(self) -> Image:
        """Return the image of a link to one. Raises Image.DoesNotExist where it was hidden just now."""
        return self._shown.get()

    def page(self, cursor: Cursor | None = None) -> Page[Image]:
        """Return the page at `cursor` of what it shows, in its order. Its cursors tell nothing of an image: a
        page may go on behind one that its maker sees, and that it does not show.
        """
        if self.share.target == Target.IMAGE:
            return Page([*self._shown], None, None)
        cursor = cursor and self._unveiled(cursor)
        page = self._list.page(cursor) if self._list else page_of_entries(self._entries, cursor)
        return replace(page, next=self._veiled(page.next), previous=self._veiled(page.previous))

    @property
    def ordering(self) -> str:
        """The order that its cursors have, and those of no other list."""
        return f"{self._ordering} {self._pseudonyms.of(self.share.pk)}"

    def values(self, most: int, *fields: str) -> list[tuple[Any, ...]] | None:
        """Return these fields of all images, in their order; None where they are more than `most`. The caller
        sets a deadline.
        """
        if self.share.target == Target.IMAGE:
            return list(self._shown.values_list(*fields))
        if self._list:
            return self._list.values(most, *fields, is_patient=True)
        of_images = [f"image__{field}" for field in fields]
        found = list(self._entries.values_list(*of_images)[: most + 1])
        return found if len(found) <= most else None

    @property
    def _ordering(self) -> str:
        return self._list.ordering if self._list else BY_HAND

    @cached_property
    def _list(self) -> ImageList | None:
        """The list that has the images in their order; None where one was made by hand."""
        share, maker = self.share, self.share.maker
        if share.target == Target.SEARCH:
            query = query_of(share)
            if not query:
                return ImageList(maker, given=NOTHING)
            given = handed_on_by(maker, is_open_too=False)
            return ImageList(maker, tuple(conjuncts(query.tree)), given, field_order(query.sort))
        images = list_of(maker, share.album) if share.album else None
        return images and replace(images, given=images.given & handed_on_by(maker))

    @property
    def _entries(self) -> QuerySet[Any]:
        """The entries of what was put together by hand, in that order."""
        share, maker = self.share, self.share.maker
        if share.album is None:
            return _selected(maker, share.pk)
        return seen_entries(maker, share.album).filter(checked_of_entries(handed_on_by(maker, "image__")))

    def _only(self, pk: UUID) -> QuerySet[Image]:
        """Return the image of this id if the link shows it."""
        if self.share.target == Target.IMAGE:
            return self._shown.filter(pk=pk)
        if self._list:
            return self._list.only(pk)
        return self._handed_on.filter(pk__in=self._entries.filter(image=pk).order_by().values("image"))

    @property
    def _shown(self) -> QuerySet[Image]:
        """The one image, if the link shows it."""
        return self._handed_on.filter(pk__in=[pk for pk in [self.share.image_id] if pk])

    @property
    def _handed_on(self) -> QuerySet[Image]:
        maker = self.share.maker
        return visible_images(maker).filter(handed_on_by(maker)).order_by().defer("search_text")

    def _veiled(self, cursor: Cursor | None) -> Cursor | None:
        if cursor is None:
            return None
        name, value = str(self._pseudonyms.of(UUID(cursor.id))), self._pseudonyms.sealed(cursor.value)
        return replace(cursor, ordering=self.ordering, id=name, value=value)

    def _unveiled(self, cursor: Cursor) -> Cursor:
        pk, value = str(self._pseudonyms.undo(UUID(cursor.id))), self._pseudonyms.opened(cursor.value)
        return replace(cursor, ordering=self._ordering, id=pk, value=value)


def _selected(maker: AnyUser, share: UUID | OuterRef) -> QuerySet[SharedImage]:
    """Return the entries of a selection of `maker` that it shows, in their order."""
    seen = Q(seen_by(maker, "image__"), handed_on_by(maker, "image__"), image__deleted_at=None)
    return SharedImage.objects.filter(checked_of_entries(seen), share=share).order_by("position", "pk")
