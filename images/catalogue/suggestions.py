"""What could come next at a place of a search: fields, their values, tags, albums, and cameras there are.

Those who lack `view_image` are told nothing of what is private: of a tag or a camera that no public image has
not that there is one, nor of a private album of others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from images.catalogue.access import AnyUser, listed_images
from images.catalogue.albums import changeable_albums, count_of, listed_albums
from images.catalogue.names import counts_of, listed_names, public_names
from images.catalogue.query import Query
from images.catalogue.query.fields import FIELDS
from images.catalogue.query.places import completed, place_at
from images.catalogue.query.values import PERIODS
from images.catalogue.tag_names import key_of
from images.catalogue.tags import sees_all, visible_tags
from images.models import Album
from images.text import folded

MOST = 10
PART = 3  # characters from which on tags are looked for by a part of their name, too

# Of what people alone see: to others the search would say that nothing is found.
OF_PEOPLE = ("is:unlisted", "is:private", "is:trashed", "is:favourite", "has:location")


@dataclass(frozen=True)
class Suggestion:
    """What may go instead of [start, end) of the search, in characters; `count` is how many images have it,
    None where nobody counts.
    """

    text: str
    label: str
    kind: str
    count: int | None
    start: int
    end: int


Found = tuple[str, str, str, int | None]  # the first four of a suggestion


def suggestions(
    user: AnyUser, text: str, at: int | None = None, *, is_to_change: bool = False
) -> list[Suggestion]:
    """Return at most MOST for what is typed before the character `at`, the end when it is not given. Where
    it `is_to_change` them, albums are those that `user` changes.
    """
    place = place_at(text, len(text) if at is None else min(at, len(text)))
    if place is None:
        return []
    typed = folded(place.typed)
    if place.field == "album":
        found = _albums(user, changeable_albums(user) if is_to_change else listed_albums(user), typed)
    else:
        found = _values(user, place.field, typed) if place.field else _beginnings(user, typed)
    return [Suggestion(*row, place.start, place.end) for row in islice(found, MOST)]


def _beginnings(user: AnyUser, typed: str) -> Iterator[Found]:
    """Yield the fields and the tags that a word may become."""
    for name in FIELDS:
        if name.startswith(typed):
            yield f"{name}:", f"{name}:", "field", None
    if typed:
        yield from _tags(user, typed)


def _values(user: AnyUser, field: str, typed: str) -> Iterator[Found]:
    match field:
        case "tag":
            yield from _tags(user, typed)
        case "by":
            yield from _people(user, typed)
        case "camera" | "lens" | "licence":
            yield from _named(user, field, typed)
        case "taken" | "uploaded":
            for period in PERIODS:
                if period.startswith(typed):
                    yield f"{field}:{period}", period, "value", None
        case _ if field in FIELDS:
            yield from _choices(user, field, typed)


def _choices(user: AnyUser, field: str, typed: str) -> Iterator[Found]:
    choices = FIELDS[field].choices
    for name in dict.fromkeys(choices[written] for written in choices if written.startswith(typed)):
        text = str(Query(sort=name)) if field == "sort" else f"{field}:{name}"
        if user.is_authenticated or text not in OF_PEOPLE:
            yield text, text.partition(":")[2], "value", None


def _tags(user: AnyUser, typed: str) -> Iterator[Found]:
    """Yield the tags that begin so, and those with a part that is so, each with the most images first."""
    key, figure = key_of(typed), "all" if sees_all(user) else "public"
    tags = visible_tags(user).filter(**{f"{figure}__gt": 0}).order_by(f"-{figure}", "key")
    begun = Q(key__startswith=key)
    if connection.vendor == "sqlite":  # whose LIKE asks no index
        begun = Q(key__gte=key, key__lte=f"{key}\U0010ffff")
    found = tags.filter(begun), tags.filter(key__contains=key).exclude(begun)
    for queryset in found if len(key) >= PART else found[:1]:
        for name, count in queryset.values_list("name", figure)[:MOST]:
            yield completed("tag", name), name, "tag", count


def _albums(user: AnyUser, albums: QuerySet[Album], typed: str) -> Iterator[Found]:
    """Yield the albums that begin so, then those with a part that is so, by their titles."""
    key, albums = key_of(typed), albums.order_by("key", "pk")
    begun = Q(key__startswith=key)
    found = albums.filter(begun), albums.filter(key__contains=key).exclude(begun)
    for queryset in found if len(key) >= PART else found[:1]:
        for album in queryset[:MOST]:
            yield completed("album", album.slug), album.title, "album", count_of(user, album)


def _people(user: AnyUser, typed: str) -> Iterator[Found]:
    """Yield those who uploaded what the person sees; to one who lacks `view_image` themselves alone."""
    if not user.is_authenticated:
        return
    people = get_user_model().objects.filter(username__istartswith=typed).order_by("username")
    if user.has_perm("images.view_image"):
        people = people.filter(Exists(listed_images(user).filter(uploaded_by=OuterRef("pk"))))
    else:
        people = people.filter(pk=user.pk)
    for name in people.values_list("username", flat=True)[:MOST]:
        yield completed("by", name), name, "person", None


def _named(user: AnyUser, field: str, typed: str) -> Iterator[Found]:
    """Yield the names that begin so, then those with a part that is so."""
    is_public = not sees_all(user)
    keys = {name: folded(name) for name in (public_names if is_public else listed_names)(field)}
    found = [name for name, key in keys.items() if typed in key]
    found.sort(key=lambda name: (not keys[name].startswith(typed), keys[name]))
    for name, count in counts_of(field, found[:MOST], is_public=is_public).items():
        yield completed(field, name), name, field, count
