"""The tags and the albums of some images, which are read at once."""

from collections.abc import Collection
from operator import attrgetter
from uuid import UUID

from django.db.models import BooleanField, CharField, IntegerField, Value
from django.db.models.functions import Cast

from images.catalogue.access import AnyUser
from images.catalogue.albums import entries_of_listed
from images.models import Album, Image, Tag, Tagging


def read_links(user: AnyUser, images: Collection[Image]) -> None:
    """Read the tags of these images, which `image.tags` has from then on, and the albums that `user` sees:
    see `albums_of`. In one query.
    """
    ids = [image.pk for image in images]
    taggings = Tagging.objects.filter(image__in=ids).values_list(
        *("image", Cast("tag", CharField()), "tag__name", "tag__key", "tag__slug"),
        *(Value(""), Value(None, IntegerField()), Value(False, BooleanField())),
    )
    entries = (
        entries_of_listed(user)
        .filter(image__in=ids)
        .values_list(
            *("image", Cast("album", CharField()), "album__title", "album__key", "album__slug"),
            *("album__ordering", "album__made_by", Value(True, BooleanField())),
        )
    )
    tags: dict[UUID, list[Tag]] = {pk: [] for pk in ids}
    albums: dict[UUID, list[Album]] = {pk: [] for pk in ids}
    for image, pk, name, key, slug, ordering, made_by, is_album in (
        taggings.union(entries, all=True) if ids else ()
    ):
        if is_album:
            said = {"title": name, "key": key, "slug": slug, "ordering": ordering, "made_by_id": made_by}
            albums[image].append(Album(pk=UUID(pk), **said))
        else:
            tags[image].append(Tag(pk=int(pk), name=name, key=key, slug=slug))
    for one in images:
        found = Tag.objects.filter(taggings__image=one.pk)
        found._result_cache = sorted(tags[one.pk], key=attrgetter("key"))  # as a prefetch leaves it
        vars(one).setdefault("_prefetched_objects_cache", {})["tags"] = found
        vars(one)["seen_albums"] = sorted(albums[one.pk], key=attrgetter("key", "pk"))


def albums_of(user: AnyUser, image: Image) -> list[Album]:
    """Return the albums of `image` that `user` sees, by title: titles, addresses, orders and makers."""
    if "seen_albums" not in vars(image):
        read_links(user, [image])
    albums: list[Album] = vars(image)["seen_albums"]
    return albums
