"""A change of an album, undone by who may change the album."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Count, Exists, OuterRef

from images.catalogue import album_entries
from images.catalogue.access import AnyUser
from images.catalogue.album_curation import delete, set_address
from images.catalogue.album_entries import count_images
from images.catalogue.album_history import IMAGE, WORDS, all_of, images_of, in_it, places, record, words_of
from images.catalogue.albums import may_change_album, visible_albums
from images.catalogue.history import MANY, State
from images.catalogue.undone import MOST, Result, in_force, later_than, told_later_than, undone_by
from images.catalogue.undone_places import fill
from images.concurrency.locks import locked
from images.models import Album, AlbumEntry, AlbumSlug, Change, Image
from images.models.figure import FOLLOWED

What = Change.What


def undo_album(user: AnyUser, change: Change, action: UUID) -> Result | None:
    """Undo a change of one album; None where the album is not there for `user`."""
    with transaction.atomic():
        pk = UUID(change.target)
        if _is_deletion(change):
            return _make_again(user, change, action)
        images = _locked(images_of(change.before))  # before the album, as everywhere
        album = locked(visible_albums(user).filter(pk=pk)).first()
        if album is None:
            return None
        if not may_change_album(user, album):
            return Result(change, left=dict.fromkeys(change.before, "permission_denied"))
        later = later_than(change)
        names = in_force(change, later)
        if _is_creation(change):
            return _unmake(user, album, change, action, names)
        return _put_back(user, album, change, action, names, images)


def undoable_of_album(album: Album, changes: Sequence[Change]) -> set[UUID]:
    """Return which of some changes of `album`, the latest first and none left out, who may change it may
    undo. What those of very many names say is not read: they are among these unless they are undone.
    """
    if not changes:
        return set()
    later = told_later_than(changes[0])
    undone = undone_by((change.pk, change.undoes) for change in [*later, *changes])
    rest = [change for change in changes if change.pk not in undone]
    named = {pk for change in rest for pk in images_of(change.before)}
    is_in = Exists(AlbumEntry.objects.filter(album=album, image=OuterRef("pk")))
    known = dict(Image.objects.filter(pk__in=named).values_list("pk", is_in))
    there = words_of(album) | {f"{IMAGE}{pk}": is_there for pk, is_there in known.items()}
    entries = _entries(album, MANY) if any(_is_creation(change) for change in rest) else set()
    found = set()
    for change in changes:
        if change.pk not in undone and len(later) <= MOST:
            names = in_force(change, later)
            if _is_creation(change):
                is_undoable = _is_as_made(album, change, names, entries)
            else:
                back, _left = _sort_out(change, there, names, known)
                is_undoable = not change.before or (bool(back) and not _is_deletion(change))
            if is_undoable:
                found.add(change.pk)
        later.append(change)
    return found


def _is_creation(change: Change) -> bool:
    return bool(change.after.get("title")) and not change.before["title"]


def _is_deletion(change: Change) -> bool:
    return bool(change.before.get("title")) and not change.after["title"]


def _unmake(user: AnyUser, album: Album, change: Change, action: UUID, names: set[str]) -> Result:
    """Delete an album that nobody changed since it was made."""
    if not _is_as_made(album, change, names, _entries(album, change.number)):
        return Result(change, left=dict.fromkeys(change.before, "conflict"))
    delete(album, user, action, change.pk)
    return Result(change, list(change.before))


def _is_as_made(album: Album, change: Change, names: set[str], entries: Collection[UUID]) -> bool:
    """Whether nobody changed `album` since `change` made it; `names` are those in force, and of its images
    `entries` has one more than were made with it, if there are.
    """
    words = words_of(album)
    is_said = all(change.after[name] == words[name] for name in words.keys() & change.after.keys() - {"slug"})
    return is_said and names == set(change.after) and entries == set(images_of(change.after))


def _entries(album: Album, most: int) -> set[UUID]:
    """Return the ids of the images of `album`, of more than `most` one more."""
    return set(AlbumEntry.objects.filter(album=album).values_list("image", flat=True)[: most + 1])


def _make_again(user: AnyUser, change: Change, action: UUID) -> Result | None:
    """Make an album again that was deleted, with those of its images and addresses that are free."""
    was = change.before
    made_by = get_user_model().objects.filter(username=was.get("made_by")).first()
    album = Album(pk=change.target, made_by=made_by, **{name: was[name] for name in WORDS})
    if not may_change_album(user, album):
        return None
    if Album.objects.filter(pk=album.pk).exists():
        return Result(change)
    images = _locked(images_of(was))
    AlbumSlug.objects.bulk_create(
        [AlbumSlug(slug=slug, album=album) for slug in was["slugs"]], ignore_conflicts=True
    )
    set_address(album, keep=AlbumSlug.objects.filter(slug=album.slug, album=album.pk).exists())
    cover = UUID(was["cover"]) if was.get("cover") else None
    album.cover_id = cover if cover in images else None
    album.save(force_insert=True)
    album.created_at = datetime.fromisoformat(was["created_at"])
    album.save(update_fields=["created_at"])
    fill(album, images, was, list(images))
    record(user, album, What.CREATE, after={**all_of(album)}, action=action, undoes=change.pk)
    return Result(change, list(was))


def _put_back(
    user: AnyUser,
    album: Album,
    change: Change,
    action: UUID,
    names: set[str],
    images: dict[UUID, Image],
) -> Result:
    now = words_of(album, with_slugs=True) | places(album, images_of(change.before))
    back, left = _sort_out(change, now, names, images)
    filed = [name for name in back if name.startswith(IMAGE) and not now.get(name)]
    if filed and not _has_room(album, images_of(dict.fromkeys(filed))):
        left |= dict.fromkeys(filed, "conflict")
        back = {name: was for name, was in back.items() if name not in filed}
    moved = images_of({name: was for name, was in back.items() if name.startswith(IMAGE)})
    before = words_of(album, with_slugs="title" in back) | places(album, moved)
    gone = [pk for pk in moved if not back[f"{IMAGE}{pk}"]]
    there = set(AlbumEntry.objects.filter(album=album, image__in=moved).values_list("image", flat=True))
    count_images(album, [images[pk] for pk in gone if pk in there], -1)
    AlbumEntry.objects.filter(album=album, image__in=gone).delete()
    if album.cover_id in gone:
        album.cover = None
    placed = [name for name, was in back.items() if name.startswith(IMAGE) and was]
    new = {pk: images[pk] for pk in moved if pk not in there and pk not in gone}
    if placed:  # to take images out is not to read the order of all
        fill(album, new, change.before, images_of(dict.fromkeys(placed)))
    _write_words(album, {name: was for name, was in back.items() if not name.startswith(IMAGE)})
    after = words_of(album, with_slugs="title" in back) | in_it(set(moved) - set(gone))
    record(user, album, _reverse(change.what), before, after, action=action, undoes=change.pk)
    return Result(change, list(back), left)


def _sort_out(
    change: Change, there: State, names: set[str], images: Collection[UUID]
) -> tuple[State, dict[str, str]]:
    """Return what is to go back, with what to, and what is not any more as the change left it; `there` is
    what the album says, `names` are those in force, and `images` those that are not purged.
    """
    back: State = {}
    left: dict[str, str] = {}
    for name, was in change.before.items():
        now, given = there.get(name), change.after[name]
        if name == "slugs":  # what another change gave or took stays so
            back[name] = sorted((set(now or ()) - set(given or ())) | set(was or ()))
            continue
        is_so = now == given
        if name.startswith(IMAGE):
            if UUID(name.removeprefix(IMAGE)) not in images or (now and not given):  # purged, filed again
                continue
            is_so = bool(now) == bool(given)
        if name in names and is_so:
            back[name] = was
        elif now != was:
            left[name] = "conflict"
    if "title" not in back:  # which its address follows
        back = {name: was for name, was in back.items() if name not in ("slug", "slugs")}
    return back, left


def _has_room(album: Album, images: Sequence[UUID]) -> bool:
    """Whether these images may be filed there: neither the album nor one of them is at its bound."""
    if AlbumEntry.objects.filter(album=album).count() + len(images) > album_entries.MOST:
        return False
    crowded = AlbumEntry.objects.filter(image__in=images).values("image").annotate(number=Count("pk"))
    return not crowded.filter(number__gte=album_entries.MAX_ALBUMS).exists()


def _write_words(album: Album, words: State) -> None:
    changed = [*(words.keys() - {"slugs"}), "cover", "updated_at"]
    for name in words.keys() - {"cover", "slug", "slugs"}:
        setattr(album, name, words[name])
    if "title" in words:
        slug = words.get("slug", album.slug)
        AlbumSlug.objects.bulk_create([AlbumSlug(slug=slug, album=album)], ignore_conflicts=True)
        is_own = AlbumSlug.objects.filter(slug=slug, album=album).exists()
        album.slug = slug if is_own else album.slug
        set_address(album, keep=is_own)  # or it takes another, which an album that comes back had
        changed += ["key", "slug"]
    cover = words.get("cover", ...)
    if cover is None or (cover is not ... and AlbumEntry.objects.filter(album=album, image=cover).exists()):
        album.cover_id = cover and UUID(cover)
    if "slugs" in words:  # an address that the change gave it is free again
        album.slugs.exclude(slug__in=[*words["slugs"], album.slug]).delete()
    album.save(update_fields=list(dict.fromkeys(changed)))


def _locked(ids: Sequence[UUID]) -> dict[UUID, Image]:
    rows = locked(Image.objects.filter(pk__in=ids)).order_by("pk").only(*FOLLOWED)
    return {image.pk: image for image in rows}


def _reverse(what: str) -> Any:
    return {What.FILE: What.UNFILE, What.UNFILE: What.FILE}.get(What(what), what)
