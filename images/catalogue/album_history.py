"""The history of albums: what is said of one, and which images are in it, each with the one that followed it.

So an order comes back though all positions were written anew.
"""

from collections.abc import Collection, Iterable
from types import MappingProxyType
from uuid import UUID

from images.catalogue.access import AnyUser
from images.catalogue.history import State, write
from images.catalogue.rows import Beside, field_of
from images.models import Album, AlbumEntry, Change

WORDS = ("title", "slug", "description", "search", "visibility", "ordering")
IMAGE = "image:"  # and its id
LAST = "last"  # in the place of what follows the last image
THERE = True  # in the place of what follows an image by now, which nobody asks for

NOTHING: State = MappingProxyType({})  # type: ignore[assignment]


def words_of(album: Album, *, with_slugs: bool = False) -> State:
    """Return what is said of `album`, and all its addresses if its title changes."""
    words = {name: getattr(album, name) for name in WORDS}
    words["cover"] = album.cover_id and str(album.cover_id)
    if with_slugs:
        words["slugs"] = sorted(album.slugs.values_list("slug", flat=True))
    return words


def all_of(album: Album) -> State:
    """Return all by which `album` can be made again, its images among it."""
    return {
        **words_of(album, with_slugs=True),
        "made_by": album.made_by and album.made_by.get_username(),
        "created_at": album.created_at.isoformat(),
        **places(album),
    }


def places(album: Album, images: Collection[UUID] | None = None) -> State:
    """Return by their names what follows these images, or all, in `album`; of those not in it nothing."""
    entries = AlbumEntry.objects.filter(album=album).order_by("position", "pk")
    some = list(entries.filter(image__in=images)[:2]) if images is not None else None
    if some is not None and len(some) < 2:  # to move one of many is not to read them all
        entries = entries.filter(_from(some[0])) if some else entries.none()
        entries = entries[:2]
    order = list(entries.values_list("image", flat=True))
    wanted = set(order if images is None else images)
    pairs = zip(order, [*order[1:], LAST], strict=False)
    return {f"{IMAGE}{image}": str(other) for image, other in pairs if image in wanted}


def _from(entry: AlbumEntry) -> Beside:
    """Return the condition of this entry of an album and all behind it."""
    return Beside(field_of(AlbumEntry, "position"), ">=", entry.position, entry.pk)


def in_it(images: Iterable[UUID]) -> State:
    """Return that these images are in an album, wherever."""
    return {f"{IMAGE}{image}": THERE for image in images}


def images_of(names: State) -> list[UUID]:
    """Return the ids of the images that are among the names of a change."""
    return [UUID(name.removeprefix(IMAGE)) for name in names if name.startswith(IMAGE)]


def record(
    user: AnyUser | None,
    album: Album,
    what: str,
    before: State = NOTHING,
    after: State = NOTHING,
    *,
    action: UUID | None = None,
    undoes: UUID | None = None,
) -> None:
    """Write into the history of `album` what was done to it, within the transaction that did it."""
    target = str(album.pk)
    told = {target: undoes} if undoes else {}
    write(user, Change.Kind.ALBUM, [(target, before, after)], lambda _: what, action, told)
