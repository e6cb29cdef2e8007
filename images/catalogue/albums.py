"""Albums: who sees which, who changes it, and what they see of it.

A private album is seen by who made it and by those who see private images; an unlisted one by whoever has its
address. Being in one makes no image public: its images, count and cover are to each person those that lists
show them anyway, and in an unlisted album the unlisted ones too.
"""

from collections.abc import Collection, Sequence
from contextlib import suppress
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser, listed_for, may_find, may_list, may_upload, seen_by
from images.catalogue.rows import checked, checked_of_entries
from images.catalogue.tag_names import key_of
from images.models import Album, AlbumEntry, Image

MAX_NAMESAKES = 100  # albums of one title that a search looks into
BEYOND_ALL = 2**63 - 1  # positions
LOOKED_AT = 500  # first entries of an album, one of which a person sees if it is to have a cover


def visible_albums(user: AnyUser) -> QuerySet[Album]:
    """Return the albums that exist for `user` who has their addresses."""
    return Album.objects.filter(_exists_for(user, (Image.Visibility.PUBLIC, Image.Visibility.UNLISTED)))


def listed_albums(user: AnyUser) -> QuerySet[Album]:
    """Return the albums that lists show to `user`."""
    return Album.objects.filter(_exists_for(user))


def visible_album(user: AnyUser, slug: str) -> Album:
    """Return the album that has this address, or had it. Raises DoesNotExist where `user` sees none."""
    if "\0" in slug:  # of which PostgreSQL makes an error
        raise Album.DoesNotExist("There is no such album.")
    return visible_albums(user).get(slugs__slug=slug)


def albums_named(albums: QuerySet[Album], name: str) -> list[Album]:
    """Return those of `albums` that are meant by a name: the one with this id, or this address, now or
    before; where there is none, those with this title, whatever the case and accents of its letters.
    """
    with suppress(ValueError):
        return list(albums.filter(pk=UUID(name)))
    key, albums = key_of(name), albums.order_by("created_at", "pk")
    return list(albums.filter(slugs__slug=key)) or list(albums.filter(key=key)[:MAX_NAMESAKES])


def entries_of_listed(user: AnyUser) -> QuerySet[AlbumEntry]:
    """Return the entries of all albums that lists show to `user`, which are looked at one by one."""
    return AlbumEntry.objects.filter(checked(_exists_for(user, path="album__")))


def sees_all(user: AnyUser) -> bool:
    """Whether the figure of all images is told to `user`, and not that of the public ones."""
    return user.has_perm("images.view_image")


def may_make_albums(user: AnyUser) -> bool:
    """Whether `user` makes albums: who uploads."""
    return may_upload(user)


def may_change_album(user: AnyUser, album: Album) -> bool:
    """Whether `user` changes an album that they see: its words, its images and their order."""
    is_own = user.is_authenticated and user.is_active and album.made_by_id == user.pk
    return is_own or user.has_perm("images.change_image")


def may_file(user: AnyUser) -> bool:
    """Whether `user` has albums to change, or makes them: pages offer them to file images there."""
    return may_make_albums(user) or user.has_perm("images.change_image")


def changeable_albums(user: AnyUser) -> QuerySet[Album]:
    """Return the albums that `user` changes and that are filled by hand."""
    albums = visible_albums(user).filter(search="")
    if user.has_perm("images.change_image"):
        return albums
    return albums.filter(made_by=user) if user.is_authenticated else albums.none()


def album_to_change(user: AnyUser, name: str) -> Album:
    """Return the album that `user` changes and that is meant by a name: see `albums_named`. Raises
    ValidationError, in words, where there is none, or several have this title.
    """
    meant = albums_named(changeable_albums(user), name)
    if not meant:
        raise ValidationError(_("There is no such album that you may change."))
    if len(meant) > 1:
        addresses = {"addresses": ", ".join(album.slug for album in meant)}
        raise ValidationError(
            _("Several albums have this title. Give the address of one: %(addresses)s."), params=addresses
        )
    return meant[0]


def count_of(user: AnyUser, album: Album) -> int | None:
    """Return how many images of `album` are told to `user`; None of one that fills itself."""
    if album.search:
        return None
    if sees_all(user):
        return album.all
    return seen_entries(user, album).count() if is_unlisted(album) else album.public


def is_unlisted(album: Album) -> bool:
    """Whether it shows unlisted images to whoever has its address."""
    return album.visibility == Image.Visibility.UNLISTED


def shown_in(user: AnyUser, album: Album, path: str = "") -> Q:
    """Return the condition of the images of `album` that it shows to `user`, as access.seen_by does."""
    return seen_by(user, path) if is_unlisted(album) else listed_for(user, path)


def seen_entries(user: AnyUser, album: Album) -> QuerySet[AlbumEntry]:
    """Return the entries of the images that `user` sees, in the order that was made by hand."""
    shown = Q(shown_in(user, album, "image__"))
    return _seen(shown, AlbumEntry.objects.filter(album=album)).order_by("position", "pk")


def covers(user: AnyUser, albums: Collection[Album]) -> dict[UUID, Image]:
    """Return the covers that `user` sees, by the ids of the albums: the image that was chosen, or else the
    first of the album; none where it has none among its first LOOKED_AT. In two queries.
    """
    beyond = AlbumEntry.objects.filter(album=OuterRef(OuterRef("pk"))).order_by("position", "pk")
    until = Coalesce(Subquery(beyond.values("position")[LOOKED_AT : LOOKED_AT + 1]), BEYOND_ALL)
    some = AlbumEntry.objects.filter(album=OuterRef("pk"), position__lt=until)
    is_open = Q(seen_by(user, "image__"), album__visibility=Image.Visibility.UNLISTED)
    shown = Q(listed_for(user, "image__")) | is_open if not sees_all(user) else Q()
    first = _seen(shown, some).order_by("position", "pk").values("image")[:1]
    first_seen = Subquery(first, output_field=UUIDField())  # or SQLite answers with text
    rows = Album.objects.filter(pk__in=[album.pk for album in albums]).order_by()
    ids = {pk: (cover, other) for pk, cover, other in rows.values_list("pk", "cover", first_seen)}
    wanted = {pk for pair in ids.values() for pk in pair if pk}
    some_seen = Image.objects.filter(checked(Q(seen_by(user), deleted_at=None)), pk__in=wanted).order_by()
    seen = {image.pk: image for image in some_seen.defer("search_text")}
    unlisted = {album.pk for album in albums if is_unlisted(album)}

    def shown_cover(album: UUID, pk: UUID | None) -> Image | None:
        image = seen.get(pk) if pk else None
        return image if image and (album in unlisted or may_find(user, image)) else None

    found = {pk: shown_cover(pk, cover) or shown_cover(pk, other) for pk, (cover, other) in ids.items()}
    return {pk: image for pk, image in found.items() if image}


def _seen(shown: Q, entries: QuerySet[AlbumEntry]) -> QuerySet[AlbumEntry]:
    """Return those of `entries` whose image is shown, by way of the entries."""
    return entries.filter(checked_of_entries(Q(shown, image__deleted_at=None)))


def _exists_for(user: AnyUser, visibilities: Sequence[str] = (Image.Visibility.PUBLIC,), path: str = "") -> Q:
    """Return the condition of the albums of these visibilities, and of those that exist for `user` whatever
    theirs is; from other rows `path` leads to them.
    """
    if sees_all(user):
        return Q()
    if not may_list(user):  # one that is listed is a list
        visibilities = [each for each in visibilities if each != Image.Visibility.PUBLIC]
    is_for_all = Q(**{f"{path}visibility__in": visibilities})
    return is_for_all | Q(**{f"{path}made_by": user}) if user.is_authenticated else is_for_all
