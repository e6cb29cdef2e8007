"""Random searches of every field: what Hypothesis draws from `queries()` is all that the language can say."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from math import gcd
from typing import Any

from hypothesis import strategies as st

from images.catalogue.query import (
    And,
    Between,
    Choice,
    Days,
    Field,
    Node,
    Not,
    Or,
    Phrase,
    Query,
    Ratio,
    Text,
    Value,
    Word,
    leaves,
)
from images.catalogue.query.fields import FIELDS, TEXTS
from images.catalogue.query.nodes import joined
from images.catalogue.query.parser import MAX_DEPTH, MAX_TERMS, MAX_TEXTS, TOKEN
from images.catalogue.texts import found_by_index
from images.models import Image

SAMPLES = (
    *("coast", "Kite", "são", "東京", "タワー", "c", "35", "ana", "C++", "it's", "a/b", "foo-bar", "12:30"),
    *("Note:", "-", "--", "%", "_", "\\", "*", "'", "x100v", "black", "ß", "e\u0301", "\U0001f3d4", ".."),
)
DIGESTS = tuple(hashlib.sha256(bytes([number])).hexdigest() for number in range(3))
LICENCES = ("cc-by", "cc-by-4.0", "cc0-1.0", "c", "mit+x")

letters = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp"), exclude_characters="()")


def queries(texts: Sequence[str] = SAMPLES, digests: Sequence[str] = DIGESTS) -> st.SearchStrategy[Query]:
    """Return what makes queries within the bounds of the parser, of `texts` and others."""
    trees = st.recursive(terms(texts, digests), _combined, max_leaves=MAX_TERMS).filter(_is_bounded)

    @st.composite  # whose name is short where a test fails
    def query(draw: st.DrawFn) -> Query:
        return Query(draw(st.none() | trees), draw(orders()))

    return query()


def orders() -> st.SearchStrategy[str]:
    return st.just("") | st.sampled_from(sorted(set(FIELDS["sort"].choices.values())))


def terms(texts: Sequence[str] = SAMPLES, digests: Sequence[str] = DIGESTS) -> st.SearchStrategy[Node]:
    """Return what makes words, phrases and fields."""
    bare = (st.sampled_from(texts) | st.text(letters, min_size=1, max_size=8)).filter(_is_bare)
    quoted = st.lists(bare.map(_unquoted).filter(bool), min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        bare.filter(_is_word).map(Word),
        quoted.map(Phrase),
        *(st.builds(Field, st.just(name), values) for name, values in _values(bare, quoted, digests).items()),
    )


def _values(
    bare: st.SearchStrategy[str], quoted: st.SearchStrategy[str], digests: Sequence[str]
) -> dict[str, st.SearchStrategy[Value]]:
    """Return what makes the values of each field but `sort`."""
    text = bare.map(Text) | quoted.map(lambda text: Text(text, is_whole=True))
    pixels = st.integers(0, 5_000).map(Decimal)
    size = (st.integers(0, 5_000) | st.integers(0, 5_000).map(lambda number: 1_000 * number)).map(Decimal)
    licence = st.builds(Text, st.sampled_from(LICENCES), st.booleans())
    made = {
        **dict.fromkeys(("tag", "album", "by", "camera", "lens"), text),
        **dict.fromkeys(("taken", "uploaded"), days()),
        **dict.fromkeys(("width", "height"), between(pixels)),
        "min": pixels.map(lambda number: Between(number, None)),
        "size": between(size),
        "iso": between(st.integers(0, 6_400).map(Decimal)),
        "f": between(st.decimals(0, 22, places=1)),
        "ratio": st.tuples(st.integers(1, 21), st.integers(1, 21)).map(_reduced),
        "licence": licence,
        "hash": st.sampled_from(digests).map(Text),
    }
    for name, field in FIELDS.items():
        if field.choices and name != "sort":
            made[name] = st.sampled_from(sorted(set(field.choices.values()))).map(Choice)
    assert made.keys() == FIELDS.keys() - {"sort"}
    return made


def between(numbers: st.SearchStrategy[Decimal]) -> st.SearchStrategy[Between]:
    return st.one_of(
        st.lists(numbers, min_size=2, max_size=2).map(lambda ends: Between(min(ends), max(ends))),
        numbers.map(lambda number: Between(number, number)),
        st.builds(Between, numbers, st.none(), st.booleans()),
        st.builds(lambda high, is_open: Between(None, high, False, is_open), numbers, st.booleans()),
    )


def days() -> st.SearchStrategy[Days]:
    day = st.dates(date(2025, 1, 1), date(2027, 12, 31)) | st.dates(date(1000, 1, 1), date(8999, 12, 31))
    first = day.map(lambda day: day.replace(day=1)) | day.map(lambda day: day.replace(month=1, day=1)) | day
    last = first.map(lambda day: day - timedelta(days=1)).filter(lambda day: day >= date(1000, 1, 1)) | day
    return st.one_of(
        st.tuples(first, last).map(sorted).map(lambda ends: Days(*ends)),
        day.map(lambda day: Days(day, day)),
        st.builds(Days, first, st.none()),
        st.builds(Days, st.none(), last),
    )


def _combined(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    some = st.lists(nodes, min_size=2, max_size=4)
    return st.one_of(
        some.map(lambda nodes: joined(And, nodes)), some.map(lambda nodes: joined(Or, nodes)), nodes.map(Not)
    )


def _is_bare(text: str) -> bool:
    """Whether `text` is the value of a field without quotes."""
    token = TOKEN.fullmatch(f"x:{text}")
    return bool(token and token["value"] and token["value"][0] not in '"“”„«»')


def _is_word(text: str) -> bool:
    """Whether `text` is read as one word."""
    token = TOKEN.match(text)
    is_word = bool(token) and token.end() == len(text) and token.lastgroup in ("word", "value")
    is_field = is_word and token["name"] and (token["value"] or token["name"].lower() in FIELDS)
    return is_word and not is_field and text.lower() != "or"


def _unquoted(text: str) -> str:
    """Return `text` without the quotes that close the last kind of them."""
    return text.replace("«", "")


def _reduced(sides: tuple[int, int]) -> Ratio:
    width, height = sides
    return Ratio(width // gcd(*sides), height // gcd(*sides))


def _is_bounded(tree: Node | None) -> bool:
    terms = list(leaves(tree))
    texts = [term for term in terms if not isinstance(term, Field) or term.name in TEXTS]
    return len(terms) <= MAX_TERMS and len(texts) <= MAX_TEXTS and _depth(tree) <= MAX_DEPTH


def _depth(node: Node | None) -> int:
    """Return how many parentheses and minuses stand within each other in the text of `node`."""
    match node:
        case Not():
            has_parentheses = isinstance(node.node, And | Or) or str(node.node).startswith("-")
            return 1 + has_parentheses + _depth(node.node)
        case And():
            return max(_depth(part) + isinstance(part, Or) for part in node.nodes)
        case Or():
            return max(map(_depth, node.nodes))
    return 0


def matching(needles: Sequence[str]) -> Any:
    """Return the ids of the images that the index of texts finds by all of `needles`."""
    return Image.objects.order_by().filter(found_by_index(needles)).values_list("pk", flat=True)
