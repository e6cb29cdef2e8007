"""What the address of a page asks for: its search, and the parameters of earlier versions in its language."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from images.catalogue.query import Field, Node, Query, Text, conjuncts, leaves, parse
from images.catalogue.query.fields import FIELDS
from images.catalogue.query.nodes import And, Not, joined
from images.catalogue.search import TRASHED, ImageFilter
from images.errors import InvalidSearch
from images.text import MAX_KEYWORDS, clean

# Parameters that say what a field of the language says; the page writes the field instead.
SAID_BY = {
    "type": "type",
    "orientation": "shape",
    "visibility": "is",
    "tag": "tag",
    "album": "album",
    "ordering": "sort",
}
NEWEST_FIRST = "-created_at"
SHOWN_BEFORE, SHOWN_AFTER = 60, 40  # characters around the place of an error


@dataclass(frozen=True)
class Refusal:
    """Why a search is none: a sentence, and the text around its place."""

    sentence: str
    before: str
    at: str  # one character, a blank at the end
    after: str
    number: int  # of that character, from 1

    @classmethod
    def of(cls, text: str, error: InvalidSearch) -> "Refusal":
        sentence = gettext(error.message).format(**error.parameters)
        before, at, after = text[: error.offset], text[error.offset :][:1], text[error.offset + 1 :]
        cut = "…" if len(before) > SHOWN_BEFORE else ""
        more = "…" if len(after) > SHOWN_AFTER else ""
        return cls(
            *(sentence, cut + before[-SHOWN_BEFORE:], at.strip() or "\N{NO-BREAK SPACE}"),
            *(after[:SHOWN_AFTER] + more, error.offset + 1),
        )


@dataclass(frozen=True)
class Asked:
    """The parameters of an address, read; `query` is empty of what was typed where that is refused."""

    parameters: QueryDict

    @cached_property
    def typed(self) -> str:
        return self.parameters.get("search", "")

    @cached_property
    def refusal(self) -> Refusal | None:
        try:
            parse(self.typed)
        except InvalidSearch as error:
            return Refusal.of(self.typed, error)
        return None

    @cached_property
    def query(self) -> Query:
        """The search and what other parameters say of the same fields."""
        query = Query() if self.refusal else parse(self.typed)
        for name, field in SAID_BY.items():
            for value in self.parameters.getlist(name)[:MAX_KEYWORDS]:  # more the list refuses
                query = _with_parameter(query, field, value)
        return replace(query, sort="") if query.sort == NEWEST_FIRST else query

    @property
    def text(self) -> str:
        """What the box shows: as it was typed where nothing was said beside it."""
        is_beside = any(self.parameters.get(name) for name in SAID_BY)
        text = str(self.query) if is_beside and not self.refusal else self.typed
        return clean(text).replace("\0", "")

    @property
    def others(self) -> list[tuple[str, str]]:
        """The filters of the list that the language does not say: they go along."""
        names = ImageFilter.base_filters.keys() - {"search", *SAID_BY}
        said = [(name, clean(value)) for name in sorted(names) for value in self.parameters.getlist(name)]
        return [(name, value) for name, value in said if value]

    def address(self, query: Query, **place: str) -> str:
        """Return the address of the gallery with another search."""
        return reverse("gallery") + self.among(query, **place)

    def among(self, query: Query, **place: str) -> str:
        """Return what an address ends with that asks for a search; nothing where it is for all."""
        said = [("search", str(query))] if query != Query() else []
        parameters = urlencode([*said, *self.others, *place.items()])
        return f"?{parameters}" if parameters else ""


def is_kept(asked: Asked) -> bool:
    """Whether an album may be filled by what is asked for: a search says it all, and not for the trash."""
    tree = asked.query.tree
    return tree is not None and not asked.others and TRASHED not in leaves(tree)


def without(query: Query, name: str) -> Query:
    """Return the query without its conditions of the field `name`, meant or ruled out."""
    return Query(joined(And, [node for node in conjuncts(query.tree) if _field_of(node) != name]), query.sort)


def narrowed(query: Query, *nodes: Node) -> Query:
    """Return the query with these conditions too."""
    return Query(joined(And, [*conjuncts(query.tree), *nodes]), query.sort)


def _field_of(node: Node) -> str:
    inner = node.node if isinstance(node, Not) else node
    return inner.name if isinstance(inner, Field) else ""


def tag_field(name: str) -> Field:
    """Return the condition that an image has the tag of this name."""
    return _named("tag", name)


def album_field(slug: str) -> Field:
    """Return the condition that an image is in the album of this address."""
    return _named("album", slug)


def _named(field: str, name: str) -> Field:
    return Field(field, Text(name, is_whole=not name.replace("-", "").isalnum() or name.startswith("-")))


def _with_parameter(query: Query, name: str, value: str) -> Query:
    """Return the query with one more field; a value that it has none of, the list's own filters refuse."""
    if name in ("tag", "album"):
        words = " ".join(value.replace('"', " ").split())
        return narrowed(query, _named(name, words)) if words else query
    try:
        read = FIELDS[name].read(value, False, datetime.now(UTC).date())
    except InvalidSearch:
        return query
    if name == "sort":
        return query if query.sort else replace(query, sort=str(read))
    return narrowed(query, Field(name, read))
