"""What a search says as conditions of the database, the rules of access inside: nobody finds by what they
may not see.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time
from functools import cache, cached_property, lru_cache, partial
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from images.catalogue.access import AnyUser, may_upload
from images.catalogue.albums import albums_named, entries_of_listed, listed_albums
from images.catalogue.favourites import favourites_of
from images.catalogue.names import MAX_NAMES, listed_names, trashed_names
from images.catalogue.query import And, Choice, Field, Node, Not, Or, Phrase, Text, Word
from images.catalogue.ranges import days, numbers, ratio, whole_numbers
from images.catalogue.rows import NOTHING
from images.catalogue.tag_names import key_of
from images.catalogue.texts import has_text
from images.imaging.formats import MIME_TYPES, MOVING
from images.models import Album, AlbumEntry, Image, Tag, Tagging
from images.models.search import needle

MIDNIGHT = partial(datetime.combine, time=time.min, tzinfo=UTC)  # of a day

TYPES = {mime_type.partition("/")[2]: mime_type for mime_type in MIME_TYPES}
SHAPES = {
    "landscape": Q(width__gt=F("height")),
    "portrait": Q(width__lt=F("height")),
    "square": Q(width=F("height")),
}
TEXTS = {"title": "title", "description": "description", "alt": "alt_text", "licence": "licence"}


def of_file(digest: str) -> Q:
    """Return the condition of an image of the file with this SHA-256: as it was sent, or without metadata."""
    digest = digest.lower()
    return Q(hash=digest) | Q(source_hash=digest)


def needle_of(node: Node) -> str:
    """Return what the text of an image contains where `node` holds; empty for a node that is no text, or has
    neither letter nor digit.
    """
    match node:
        case Word(text):
            return needle(text, is_whole=False)
        case Phrase(text):
            return needle(text, is_whole=True)
    return ""


class Conditions:
    """The conditions that hold for images which `user` sees, outside the trash or in it: `of(node)`."""

    def __init__(self, user: AnyUser, *, is_trash: bool = False, album: Album | None = None) -> None:
        self.user, self.is_trash = user, is_trash
        self.sees_all = user.has_perm("images.view_image")
        self._names: dict[str, list[str]] = {}
        albums = listed_albums(user)  # that are meant by names, and one that need not be listed
        albums = albums | Album.objects.filter(pk=album.pk) if album else albums
        self.albums = cache(partial(albums_named, albums))  # of a name
        self._of_fields: dict[Field, Q] = {}  # one search asks of each several times

    @property
    def base(self) -> QuerySet[Image]:
        """The images among which, those that the user does not see too, in no order."""
        return Image.objects.order_by().filter(deleted_at__isnull=not self.is_trash)

    def of(self, node: Node) -> Q:
        """Return the condition of `node`. What is not known of an image does not hold."""
        match node:
            case And(nodes):
                return self._joined(nodes, Q.AND)
            case Or(nodes):
                return self._joined(nodes, Q.OR)
            case Not(inner):
                return ~self.of(inner)
            case Field(name, value):
                if node not in self._of_fields:
                    self._of_fields[node] = self._fields[name](value)
                return self._of_fields[node]
        text = needle_of(node)
        return has_text(text) if text else ~NOTHING

    def _joined(self, nodes: Iterable[Node], connector: str) -> Q:
        return Q(*(self.of(node) for node in nodes), _connector=connector)

    @cached_property
    def _fields(self) -> dict[str, Callable[[Any], Q]]:
        return {
            "tag": lambda value: _is_linked(self.tagged(value)),
            "album": lambda value: _is_linked(self.filed(value.text)),
            "by": self._by,
            "type": lambda value: Q(mime_type=TYPES[value.name]),
            "is": self._is,
            "has": self._has,
            "taken": lambda value: days(value, "taken_day", lambda day: day),
            "uploaded": lambda value: days(value, "created_at", MIDNIGHT),
            "min": lambda value: whole_numbers(value, "width") | whole_numbers(value, "height"),
            "width": lambda value: whole_numbers(value, "width"),
            "height": lambda value: whole_numbers(value, "height"),
            "size": lambda value: whole_numbers(value, "size"),
            "shape": lambda value: SHAPES[value.name],
            "ratio": ratio,
            "camera": lambda value: self._named("camera", value, _contains),
            "lens": lambda value: self._named("lens", value, _contains),
            "iso": lambda value: numbers(value, "iso"),
            "f": lambda value: numbers(value, "f_number"),
            "licence": lambda value: self._named("licence", value, _begins),
            "hash": self._hash,
        }

    def tagged(self, value: Text) -> QuerySet[Tagging]:
        """Return the taggings with this tag, none when there is no such tag for the user."""
        tags = Tag.objects.filter(key=key_of(value.text)).order_by()
        seen = tags if self.sees_all else tags.filter(public__gt=0)
        return Tagging.objects.filter(tag=Subquery(seen.values("pk")))

    def filed(self, name: str) -> QuerySet[AlbumEntry]:
        return AlbumEntry.objects.filter(album__in=self.albums(name))

    def _by(self, value: Text) -> Q:
        """Strangers are told nobody's name, so they find nothing by one."""
        if not self.user.is_authenticated:
            return NOTHING
        is_meant = _contains(value)
        found = Q(uploaded_by__in=[pk for name, pk in self._people if is_meant(name)])
        if len(self._people) > MAX_NAMES:
            found |= Q(uploaded_by__username__icontains=value.text)
        return found

    def _is(self, value: Choice) -> Q:
        match value.name:
            case "trashed":
                return ~NOTHING if self.is_trash else NOTHING
            case "animated":
                return Q(frames__gt=1, mime_type__in=MOVING)
            case "decorative":
                return Q(decorative=True)
            case "unlisted" | "private" | "favourite" if not self.user.is_authenticated:
                return NOTHING
            case "favourite":
                return _is_linked(favourites_of(self.user).order_by())
        return Q(visibility=value.name)

    def _has(self, value: Choice) -> Q:
        match value.name:
            case "tags":
                taggings = Tagging.objects.filter(image=OuterRef("pk"))
                return Q(Exists(taggings if self.sees_all else taggings.filter(tag__public__gt=0)))
            case "album":
                return Q(Exists(entries_of_listed(self.user).filter(image=OuterRef("pk"))))
            case "location":
                return Q(has_location=True) & self._editable
        return ~Q(**{TEXTS[value.name]: ""})

    @property
    def _editable(self) -> Q:
        """The images that access.may_edit."""
        if self.user.has_perm("images.change_image"):
            return ~NOTHING
        return Q(uploaded_by=self.user) if self.user.is_authenticated else NOTHING

    @cached_property
    def _people(self) -> list[tuple[str, int]]:
        people = get_user_model().objects.order_by("pk").values_list("username", "pk")
        return list(people[: MAX_NAMES + 1])

    def _named(self, field: str, value: Text, meant: Callable[[Text], Callable[[str], bool]]) -> Q:
        if field not in self._names:
            self._names[field] = (trashed_names if self.is_trash else listed_names)(field)
        names, is_meant = self._names[field], meant(value)
        found = Q(**{f"{field}__in": [name for name in names if is_meant(name)]})
        if len(names) > MAX_NAMES:  # somebody's files name thousands: these are found by their letters alone
            found |= Q(**{f"{field}__icontains": value.text})
        return found

    def _hash(self, value: Text) -> Q:
        return of_file(value.text) if may_upload(self.user) else Q(hash=value.text.lower())


def _is_linked(links: QuerySet[Any, Any]) -> Q:
    """One tagging or entry is looked for with each image: of EXISTS PostgreSQL makes a table of all."""
    return Q(IsNull(Subquery(links.filter(image=OuterRef("pk")).values("pk")[:1]), False))


def _contains(value: Text) -> Callable[[str], bool]:
    """Return whether a name has the words in it. They are read once: long ones take milliseconds."""
    wanted = needle(value.text, is_whole=value.is_whole)
    return lambda name: wanted in _as_read(name)


@lru_cache(8 * MAX_NAMES)
def _as_read(name: str) -> str:
    return needle(name, is_whole=True)


def _begins(value: Text) -> Callable[[str], bool]:
    beginning = value.text.casefold()
    if value.is_whole:
        return lambda name: name.casefold() == beginning
    return lambda name: name.casefold().startswith(beginning)
