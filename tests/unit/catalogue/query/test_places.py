"""What is being typed at a place of a search."""

import pytest

from images.catalogue.query import Text, parse
from images.catalogue.query.places import Place, completed, place_at


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("|", Place(0, 0, "")),
        ("ta|", Place(0, 2, "ta")),
        ("kite ta|", Place(5, 7, "ta")),
        ("t|ag kite", Place(0, 3, "t")),
        ("kite |", Place(5, 5, "")),
        ("|kite", Place(0, 0, "")),
        ("(ta|", Place(1, 3, "ta")),
        ("-ta|", Place(1, 3, "ta")),
        ("-|", Place(1, 1, "")),
        ("kite --|", Place(7, 7, "")),
        ("tag:|", Place(0, 4, "", "tag")),
        ("TAG:co|", Place(0, 6, "co", "tag")),
        ("tag:co| kite", Place(0, 6, "co", "tag")),
        ("-tag:co|ast kite", Place(1, 10, "co", "tag")),
        ("ta|g:coast", Place(0, 4, "ta")),
        ('tag:"black an|', Place(0, 13, "black an", "tag")),
        ('tag:"black an| kite', Place(0, 13, "black an", "tag")),
        ('tag:"bla|ck" kite', Place(0, 11, "bla", "tag")),
        ('tag:"black"|', Place(0, 11, "black", "tag")),
        ("tag:“bl|", Place(0, 7, "bl", "tag")),
        ("album:x|", Place(0, 7, "x", "album")),
        ('"a phr|ase"', None),
        ('"a phr|', None),
        ('"a phrase" |', Place(11, 11, "")),
        ("a )|", Place(3, 3, "")),
        ("or|", Place(0, 2, "or")),
    ],
)
def test_what_is_typed_before_the_cursor(text: str, place: Place | None):
    assert place_at(text.replace("|", ""), text.index("|")) == place


@pytest.mark.parametrize(
    "value", ["coast", "black and white", "a(b", '5" disk', '"', "“", '"a” b', "C++", "-a"]
)
def test_a_field_is_completed_with_any_value(value: str):
    for name in ("tag", "camera"):
        assert parse(completed(name, value)).tree.value.text == value


def test_quotes_are_there_where_they_are_needed():
    assert completed("tag", "C++") == "tag:C++"
    assert completed("by", "ana") == 'by:"ana"'
    assert completed("tag", "black and white") == 'tag:"black and white"'
    assert parse('tag:"black and white"').tree.value == Text("black and white", is_whole=True)
