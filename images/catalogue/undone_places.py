"""Images go back into the order of an album: each before the one that followed it there."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from images.catalogue import album_entries
from images.catalogue.album_entries import count_images
from images.catalogue.album_history import IMAGE, LAST
from images.catalogue.history import State
from images.models import Album, AlbumEntry, Image


def fill(album: Album, new: dict[UUID, Image], was: State, placed: Sequence[UUID]) -> None:
    """File the `new` images in `album`, and put those to be `placed` before what followed them there."""
    followed = {
        UUID(name.removeprefix(IMAGE)): None if other == LAST else UUID(other)
        for name, other in was.items()
        if name.startswith(IMAGE) and other
    }
    entries = AlbumEntry.objects.filter(album=album).order_by("position", "pk")
    order = dict(entries.values_list("image", "position"))
    following: dict[UUID, UUID | None] = {}
    for pk in placed:
        following[pk] = followed[pk]
        while (other := following[pk]) and other not in order and other not in new:  # purged since
            following[pk] = followed.get(other)
    positions = _positions(reordered(list(order), following), {**order, **dict.fromkeys(following)})
    AlbumEntry.objects.bulk_create(
        [AlbumEntry(album=album, image_id=pk, position=position) for pk, position in positions.items()],
        update_conflicts=True,
        unique_fields=["album", "image"],
        update_fields=["position"],
    )
    count_images(album, list(new.values()))


def reordered(order: Sequence[UUID], following: dict[UUID, UUID | None]) -> list[UUID]:
    """Return `order` with each of some images, which may be new, before the one that is to follow it; at the
    end where that is none, or not there any more.
    """
    ahead: dict[UUID | None, list[UUID]] = {}
    there = {*order, *following}
    for image, other in following.items():
        ahead.setdefault(other if other in there else None, []).append(image)
    wanted: list[UUID] = []
    ends: list[UUID | None] = [pk for pk in order if pk not in following]
    for end in [*ends, None]:
        chain: list[UUID] = []
        waiting = list(ahead.pop(end, ()))
        while waiting:
            one = waiting.pop()
            chain.append(one)
            waiting += ahead.pop(one, ())
        wanted += reversed(chain)
        if end is not None:
            wanted.append(end)
    return wanted


def _positions(wanted: Sequence[UUID], kept: dict[UUID, int | None]) -> dict[UUID, int]:
    """Return the positions of those of the images that keep none; where they have no room there, of all."""
    found: dict[UUID, int] = {}
    low: int | None = None
    after = 0
    for is_kept, run in groupby(wanted, lambda pk: kept[pk] is not None):
        images = list(run)
        after += len(images)
        if is_kept:
            low = kept[images[-1]]
            continue
        high = kept[wanted[after]] if after < len(wanted) else None
        room = album_entries.GAP * (len(images) + 1)
        start = (high - room if high is not None else 0) if low is None else low
        step = ((start + room if high is None else high) - start) // (len(images) + 1)
        if step < 1:
            return {pk: album_entries.GAP * number for number, pk in enumerate(wanted, 1)}
        found |= {pk: start + step * number for number, pk in enumerate(images, 1)}
    return found
