"""The sheet beside the search box: choices, each a link to the search that it makes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from operator import eq
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from images.catalogue.access import AnyUser
from images.catalogue.query import Between, Choice, Field, Node, Not, Query, Text, conjuncts
from images.catalogue.query.nodes import And, joined
from images.models import Image
from images.pages.asked import Asked, narrowed, tag_field
from images.pages.forms import TYPE_NAMES
from images.pages.labels import LICENCES, licence_of

Words = str | Promise

SHAPES = (("landscape", _("Landscape")), ("portrait", _("Portrait")), ("square", _("Square")))
SIDES = (1_000, 2_000, 4_000)  # pixels of the longer side
SIZES = ((1, "MB"), (10, "MB"))
ORDERS = (
    ("", _("Newest first")),
    ("created_at", _("Oldest first")),
    ("-taken_at", _("Latest photograph first")),
    ("taken_at", _("Earliest photograph first")),
    ("title", _("Title, A to Z")),
    ("-title", _("Title, Z to A")),
    ("-size", _("Largest file first")),
    ("size", _("Smallest file first")),
)


class Option(NamedTuple):
    """A choice; taking one that `is_chosen` takes it back."""

    label: Words
    address: str
    is_chosen: bool


@dataclass(frozen=True)
class Section:
    title: Words
    options: list[Option]


def sections(asked: Asked, user: AnyUser, tags: Iterable[str]) -> list[Section]:
    """Return what the sheet offers, and what of it the search says; `tags` are names worth offering."""
    single = [
        _section(asked, _("Type"), [_type(*type_) for type_ in TYPE_NAMES.items()]),
        _section(asked, _("Shape"), [(Field("shape", Choice(name)), label) for name, label in SHAPES]),
        _section(asked, _("Tags"), [(tag_field(name), name) for name in tags], replaces=False),
        _section(asked, _("Longer side"), [_side(pixels) for pixels in SIDES]),
        _section(asked, _("File size"), [_size(number, unit) for number, unit in SIZES]),
        _section(asked, _("Licence"), [_licence(identifier) for identifier in LICENCES]),
        _section(
            *(asked, _("Alternative text")),
            [(Field("has", Choice("alt")), _("With one")), (Not(Field("has", Choice("alt"))), _("Without"))],
        ),
    ]
    if user.is_authenticated:
        seen = [(Field("is", Choice(str(value))), label) for value, label in Image.Visibility.choices]
        single.insert(2, _section(asked, _("Visibility"), seen))
        own = Field("is", Choice("favourite"))
        single.insert(0, _section(asked, _("Favourites"), [(own, _("My favourites"))]))
    orders = [
        Option(label, asked.address(replace(asked.query, sort=sort)), asked.query.sort == sort)
        for sort, label in ORDERS
    ]
    return [*single, Section(_("Order"), orders)]


def replaced(query: Query, belongs: Callable[[Node], bool], *nodes: Node) -> Query:
    """Return the query with these in place of all its conditions that belong to the same."""
    others = [node for node in conjuncts(query.tree) if not belongs(node)]
    return narrowed(Query(joined(And, others), query.sort), *nodes)


def _section(
    asked: Asked, title: Words, offered: Sequence[tuple[Node, Words]], replaces: bool = True
) -> Section:
    """Return the section of these conditions, each in place of the others or beside them; and of what else
    the search says of the same field.
    """
    names = {_said(node) for node, _ in offered}
    fields = {name for name, _ in names}

    def belongs(node: Node) -> bool:
        name, value = _said(node)
        return (name, value) in names if name in ("is", "has") else name in fields

    there = conjuncts(asked.query.tree)
    labels: dict[Node, Words] = dict(offered)
    labels |= {node: str(node) for node in there if belongs(node) and node not in labels}
    options = []
    for node, label in labels.items():
        without = replaced(asked.query, belongs if replaces else partial(eq, node))
        query = without if node in there else narrowed(without, node)
        options.append(Option(label, asked.address(query), node in there))
    return Section(title, options)


def _said(node: Node) -> tuple[str, str]:
    """Return name and value of a condition, whether it is meant or ruled out; empty where it is no field."""
    inner = node.node if isinstance(node, Not) else node
    return (inner.name, str(inner.value)) if isinstance(inner, Field) else ("", str(inner))


def _type(mime_type: str, name: str) -> tuple[Node, Words]:
    return Field("type", Choice(mime_type.partition("/")[2])), name


def _licence(identifier: str) -> tuple[Node, Words]:
    return Field("licence", Text(identifier.lower(), is_whole=True)), licence_of(identifier).name


def _side(pixels: int) -> tuple[Node, Words]:
    return Field("min", Between(Decimal(pixels), None)), format_lazy(_("{number} px or more"), number=pixels)


def _size(number: int, unit: str) -> tuple[Node, Words]:
    least = Between(Decimal(number * 10**6), None)
    return Field("size", least), format_lazy(_("{number} {unit} or more"), number=number, unit=unit)
