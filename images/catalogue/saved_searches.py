"""Searches that are kept as albums, which fill themselves: read, judged, and in place of their names."""

from collections.abc import Callable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from images.catalogue.query import And, Choice, Field, Node, Not, Or, Query, Text, leaves, parse
from images.catalogue.query.nodes import joined
from images.errors import InvalidSearch
from images.models import Album, ShareLink

TRASHED = Field("is", Choice("trashed"))


def judged(search: str) -> str:
    """Return a search that an album may be filled by, as it is kept; an empty one is none.

    Raises ValidationError, in words, for what is not understood, asks for nothing, or for the trash.
    """
    try:
        query = parse(search)
    except InvalidSearch as error:
        sentence = _(error.message).format(**error.parameters)
        raise ValidationError({"search": [sentence]}) from None
    if search.strip() and not query.tree:
        raise ValidationError({"search": [_("Search for something: an album is not of all images.")]})
    if TRASHED in leaves(query.tree):
        raise ValidationError({"search": [_("What is in the trash is in no album.")]})
    return search.strip()


def query_of(kept: Album | ShareLink) -> Query | None:
    """Return what an album that fills itself, or a link, asks for; None where this is understood no more."""
    try:
        return parse(kept.search)
    except InvalidSearch:
        return None


def written_out(node: Node, meant: Callable[[str], Sequence[Album]]) -> Node:
    """Return `node` with what the albums ask for that are `meant` by a name and fill themselves in its place.
    Within these, names mean albums that are filled by hand.
    """
    match node:
        case And(nodes):
            return joined(And, [written_out(one, meant) for one in nodes]) or node
        case Or(nodes):
            return joined(Or, [written_out(one, meant) for one in nodes]) or node
        case Not(inner):
            return Not(written_out(inner, meant))
        case Field("album", Text(name)):
            albums = meant(name)
            queries = [query_of(album) for album in albums if album.search]
            trees = [query.tree for query in queries if query and query.tree]
            by_hand = [node] if not trees or any(not album.search for album in albums) else []
            return joined(Or, [*by_hand, *trees]) or node
    return node
