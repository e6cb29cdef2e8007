"""What holds of every search: its text is read as itself, and no text is anything but read or refused."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from images.catalogue.query import MAX_LENGTH, Query, leaves, parse
from images.catalogue.query.fields import FIELDS
from images.errors import InvalidSearch
from tests.queries import SAMPLES, queries

# What the language is made of, in any order: it gets deeper than characters drawn by chance.
PIECES = (
    *(f"{name}:" for name in FIELDS),
    *(example for field in FIELDS.values() for example in field.examples),
    *("(", ")", "-", "or", '"', "“", "”", "«", "»", " ", "..", ">=", "<", "=", ":", "album:", "\0", "\ud800"),
    *("2026-01", "last-week", "9999", "0000", "10MB", "1e9", "999999999999999999", "16:9", "²", "٣", "0"),
    *SAMPLES,
)
texts = (
    st.text()
    | st.lists(st.sampled_from(PIECES)).map("".join)
    | st.lists(st.sampled_from(PIECES)).map(" ".join)
)


@given(queries())
@settings(max_examples=500)
def test_the_text_of_a_search_is_read_as_that_search(query: Query):
    assert parse(str(query)) == query
    for node in leaves(query.tree):
        assert parse(str(node)) == Query(node)


@given(texts)
@settings(max_examples=1_000)
def test_a_text_is_read_or_refused_at_a_place_in_it(text: str):
    query, error = read(text)
    if query:
        assert len(str(query)) > MAX_LENGTH or parse(str(query)) == query
    else:
        assert 0 <= error.offset <= len(text)
        assert str(error) == error.message.format(**error.parameters)


def test_the_longest_texts_are_read_or_refused_at_once():
    started = time.process_time()
    for piece in PIECES:
        read((piece * MAX_LENGTH)[:MAX_LENGTH])
        read((f"{piece} " * MAX_LENGTH)[:MAX_LENGTH])
    assert time.process_time() - started < 3 * 0.005 * 2 * len(PIECES)


def read(text: str) -> tuple[Query | None, InvalidSearch | None]:
    """Return what `text` says, or how it is refused."""
    try:
        return parse(text), None
    except InvalidSearch as error:
        return None, error
