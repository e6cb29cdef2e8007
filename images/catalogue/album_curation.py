"""Albums made, described, renamed and deleted. Who may, catalogue/albums.py says."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser
from images.catalogue.album_history import all_of, record, words_of
from images.catalogue.album_pages import found_by
from images.catalogue.albums import seen_entries
from images.catalogue.saved_searches import judged
from images.catalogue.tag_names import free_slug, key_of
from images.concurrency.locks import locked
from images.errors import Busy
from images.models import Album, AlbumEntry, AlbumSlug, Change, Image
from images.models.album import MAX_KEY_LENGTH, MAX_TITLE_LENGTH
from images.text import clean

What = Change.What
TRIES = 5  # to have an address that others take at this moment


def create(user: User | None, title: str, **said: Any) -> Album:
    """Return the new album of `user`, or nobody's. Raises ValidationError, by the field, for its title."""
    title, said["search"] = judge(Album(), title, said.get("search", ""))
    album = Album(title=title, made_by=user, **said)
    album.cover = _first_found(user, album)
    with transaction.atomic():
        set_address(album)
        album.save(force_insert=True)
        record(user, album, What.CREATE, after=words_of(album))
    return album


def describe(user: AnyUser, album: Album, **said: Any) -> None:
    """Write what is said: `title`, with which its address changes, `description`, `visibility`, `ordering`,
    `search`, where no image was filed, and `cover_id`, of an image of the album that `user` sees, or None.

    Raises ValidationError, by the field, and DoesNotExist when the album was deleted.
    """
    with transaction.atomic():
        now = locked(Album.objects.filter(pk=album.pk)).get()
        if "title" in said:
            said["title"] = _title(said["title"])
        if "search" in said:
            said["search"] = _search(now, said["search"])
        cover, search = said.get("cover_id"), said.get("search", now.search)
        if cover and not _is_in(user, Album(pk=now.pk, search=search), cover):
            raise ValidationError({"cover": [_("This image is not in the album.")]})
        changed = [name for name, value in said.items() if value != getattr(now, name)]
        before = words_of(now, with_slugs="title" in changed)
        for name in changed:
            setattr(now, name, said[name])
        if "title" in changed:
            set_address(now)
            changed += ["key", "slug"]
        if changed:
            changed = [name.removesuffix("_id") for name in changed]
            now.save(update_fields=[*changed, "updated_at"])
            record(user, now, What.EDIT, before, words_of(now, with_slugs="slugs" in before))
    album.refresh_from_db()


def _is_in(user: AnyUser, album: Album, image: UUID) -> bool:
    if not album.search:
        return seen_entries(user, album).filter(image=image).exists()
    there = found_by(user, album)
    return bool(replace(there, given=there.given & Q(pk=image)).page(size=1).rows)


def _first_found(user: AnyUser | None, album: Album) -> Image | None:
    """Return what a new album that fills itself shows as its cover: the first that visitors see, else that
    its maker sees.
    """
    for person in (AnonymousUser(), user) if album.search else ():
        if person and (rows := found_by(person, album).page(size=1).rows):
            return rows[0]
    return None


def delete(
    album: Album, by: AnyUser | None = None, action: UUID | None = None, undoes: UUID | None = None
) -> None:
    """Delete `album`; its images stay. Deleting what is deleted succeeds. Its history knows what it was."""
    with transaction.atomic():
        now = locked(Album.objects.filter(pk=album.pk)).first()
        if now is None:
            return
        before = all_of(now)
        now.delete()
        now.pk = album.pk  # which delete takes away
        record(by, now, What.DELETE, before, action=action, undoes=undoes)


def judge(album: Album, title: str, search: str) -> tuple[str, str]:
    """Return title and search as an album that is there, or a new one, would have them. Raises
    ValidationError, by the field.
    """
    return _title(title), _search(album, search)


def _search(album: Album, search: str) -> str:
    search = judged(search)
    if search and AlbumEntry.objects.filter(album=album.pk).exists():
        raise ValidationError({"search": [_("Images are in this album. Take them out first.")]})
    return search


def _title(title: str) -> str:
    """Return the title as it is kept. Raises ValidationError where it is none of an album."""
    try:
        ProhibitNullCharactersValidator()(title)
    except ValidationError as error:
        raise ValidationError({"title": error.messages}) from None
    title = clean(title, limit=MAX_TITLE_LENGTH)
    if len(title) > MAX_TITLE_LENGTH or len(key_of(title)) > MAX_KEY_LENGTH:
        limit = {"number": MAX_TITLE_LENGTH}
        raise ValidationError(
            {"title": [ValidationError(_("A title has at most %(number)d characters."), params=limit)]}
        )
    if not key_of(title):
        raise ValidationError({"title": [_("An album has a title.")]})
    return title


def set_address(album: Album, *, keep: bool = False) -> None:
    """Set key and address of `album` by its title, within a transaction; where its title is the same, or it
    may `keep` its address, that stays. Raises Busy.

    An address that another album has or had is not taken: it goes on to lead there.
    """
    key = key_of(album.title)
    is_same, album.key = bool(album.slug and key == album.key), key
    if is_same or keep:
        return
    others = AlbumSlug.objects.exclude(album=album.pk)
    for _try in range(TRIES):
        album.slug = free_slug(key, others=others, nothing="album")
        AlbumSlug.objects.bulk_create([AlbumSlug(slug=album.slug, album=album)], ignore_conflicts=True)
        if AlbumSlug.objects.filter(slug=album.slug, album=album.pk).exists():
            return
    raise Busy("This address is being taken by others just now. Please try again in a moment.")
