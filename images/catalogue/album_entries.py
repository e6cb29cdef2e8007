"""Images filed in albums and taken out of them, and the order that is made by hand.

Positions have gaps: to put one image between two others is to write one row. Where a gap is used up, all
positions of the album are written anew, in one statement.
"""

# ruff: noqa: S608 (the statement is put together of names of its own)

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, visible_images
from images.catalogue.album_history import in_it, places, record
from images.catalogue.album_pages import BY_HAND
from images.catalogue.albums import seen_entries
from images.catalogue.cursors import Cursor, page_at
from images.concurrency.locks import locked
from images.models import Album, AlbumEntry, Change, Image
from images.models.figure import FOLLOWED, add

What = Change.What

MOST = 10_000  # images that an album has, and that one action is of
MAX_ALBUMS = 100  # that one image is in
GAP = 2**32  # between two positions: room for as many images, or for one 32 times at the same place
FIRST: Literal["first"] = "first"

SPREAD = f"""
    UPDATE images_albumentry SET position = {GAP} * numbered.number
    FROM (
        SELECT id, row_number() OVER (ORDER BY position, id) AS number
        FROM images_albumentry WHERE album_id = %s
    ) AS numbered
    WHERE images_albumentry.id = numbered.id
"""


def file(
    user: AnyUser | None,
    album: Album,
    images: Iterable[UUID],
    before: UUID | Literal["first"] | None = None,
    action: UUID | None = None,
) -> None:
    """Put images that `user` sees into `album`, in this order, `before` another of it or at its front. Where
    neither is said new ones come last, and those that are there already stay where they are. Without a
    `user` nobody is asked what they see. The history has it under `action`.

    Raises ValidationError, by the field, and changes nothing, where an image is not there, or they are too
    many; DoesNotExist when the album was deleted.
    """
    ids = _few(images)
    with transaction.atomic():
        seen = _locked(user, ids)
        if len(seen) < len(ids):
            missing = ", ".join(str(pk) for pk in ids if pk not in seen)[:200]
            raise ValidationError({"images": [_("There is no such image: %s.") % missing]})
        _by_hand(locked(Album.objects.filter(pk=album.pk)).get())
        entries = AlbumEntry.objects.filter(album=album)
        there = set(entries.filter(image__in=ids).values_list("image", flat=True))
        new = [seen[pk] for pk in ids if pk not in there]
        if new and entries.count() + len(new) > MOST:
            limit = {"number": MOST}
            raise ValidationError(
                {"images": [ValidationError(_("An album has at most %(number)d images."), params=limit)]}
            )
        crowded = (
            AlbumEntry.objects.filter(image__in=new)
            .values("image")
            .annotate(number=Count("pk"))
            .order_by("image")
        )
        if image := crowded.filter(number__gte=MAX_ALBUMS).values_list("image", flat=True).first():
            limits = {"number": MAX_ALBUMS, "image": image}
            raise ValidationError(
                {"images": [ValidationError(_("%(image)s is in %(number)d albums already."), params=limits)]}
            )
        placed = ids if before else [image.pk for image in new]
        were = places(album, placed)
        _place(album, placed, before)
        record(user, album, What.FILE if new else What.MOVE, were, in_it(placed), action=action)
        count_images(album, new)
    album.refresh_from_db()


def unfile(user: AnyUser, album: Album, images: Iterable[UUID], action: UUID | None = None) -> None:
    """Take those of the images that `user` sees out of `album`; what is not in it is passed over. The history
    has it under `action`.

    Raises ValidationError where they are too many, and DoesNotExist when the album was deleted.
    """
    ids = _few(images)
    with transaction.atomic():
        seen = _locked(user, ids)
        now = locked(Album.objects.filter(pk=album.pk)).get()
        _by_hand(now)
        entries = AlbumEntry.objects.filter(album=album, image__in=seen)
        gone = list(entries.values_list("image", flat=True))
        were = places(album, gone)
        entries.delete()
        if now.cover_id in gone:
            Album.objects.filter(pk=album.pk).update(cover=None)
            were["cover"] = str(now.cover_id)
        record(user, album, What.UNFILE, were, action=action)
        count_images(album, [seen[pk] for pk in gone], -1)
    album.refresh_from_db()


def move(user: AnyUser, album: Album, image: UUID, to: Literal["first", "before", "behind"]) -> None:
    """Move an image of `album` to its front, or past the one `before` or `behind` it that `user` sees; at an
    end it stays. Raises ValidationError where it is not in the album.
    """
    entries = seen_entries(user, album)
    entry = entries.filter(image=image).first()
    if not entry:
        raise ValidationError({"images": [_("This image is not in the album.")]})
    if to == FIRST:
        file(user, album, [image], before=FIRST)
        return
    place = Cursor.beside(entry, BY_HAND, backwards=to == "before")
    for other in page_at(entries, BY_HAND, place, size=1).rows:
        one, behind = (image, other.image_id) if to == "before" else (other.image_id, image)
        file(user, album, [one], before=behind)


def count_images(album: Album, images: Sequence[Image], sign: int = 1) -> None:
    """Add what these images, in the trash or not, are to the figures of `album`, or take it off, and say that
    it changed.
    """
    public = sum(image.is_public for image in images)
    all_ = sum(image.deleted_at is None for image in images)
    add(Album.objects.filter(pk=album.pk), sign * public, sign * all_)
    Album.objects.filter(pk=album.pk).update(updated_at=timezone.now())


def _by_hand(album: Album) -> None:
    """Raise ValidationError for an album that fills itself."""
    if album.search:
        raise ValidationError({"images": [_("This album is filled by its search.")]})


def _few(images: Iterable[UUID]) -> list[UUID]:
    """Return the ids, each once. Raises ValidationError where they are too many."""
    ids = list(dict.fromkeys(images))
    if len(ids) > MOST:
        limit = {"number": MOST}
        raise ValidationError(
            {"images": [ValidationError(_("At most %(number)d images at once."), params=limit)]}
        )
    return ids


def _locked(user: AnyUser | None, ids: Sequence[UUID]) -> dict[UUID, Image]:
    """Return the images that `user` sees, locked before the album is, by their ids: what they weigh stays."""
    seen = visible_images(user) if user else Image.objects.filter(deleted_at=None)
    rows = locked(seen.filter(pk__in=ids)).order_by("pk").only(*FOLLOWED)
    return {image.pk: image for image in rows}


def _place(album: Album, images: Sequence[UUID], before: UUID | Literal["first"] | None) -> None:
    """Write the positions of the images, those of new entries too. The album is locked."""
    low, step = _room(album, len(images), before)
    if step < 1:
        with connection.cursor() as cursor:
            cursor.execute(SPREAD, [Album._meta.pk.get_db_prep_value(album.pk, connection)])
        low, step = _room(album, len(images), before)
    AlbumEntry.objects.bulk_create(
        [
            AlbumEntry(album=album, image_id=pk, position=low + step * number)
            for number, pk in enumerate(images, 1)
        ],
        update_conflicts=True,
        unique_fields=["album", "image"],
        update_fields=["position"],
    )


def _room(album: Album, number: int, before: UUID | Literal["first"] | None) -> tuple[int, int]:
    """Return the position behind which so many images have room, and how far one is from the next: less than
    one where there is none. Raises ValidationError where the image before which they go is not in the album.
    """
    entries = AlbumEntry.objects.filter(album=album).order_by()
    if before is None:
        return entries.aggregate(last=Max("position"))["last"] or 0, GAP
    if before == FIRST:
        at = entries.aggregate(first=Min("position"))["first"] or 0
        return at - GAP * (number + 1), GAP
    at = entries.filter(image=before).values_list("position", flat=True).first()
    if at is None:
        raise ValidationError({"before": [_("This image is not in the album.")]})
    low = entries.filter(position__lt=at).aggregate(last=Max("position"))["last"]
    if low is None:
        return at - GAP * (number + 1), GAP
    return low, (at - low) // (number + 1)
