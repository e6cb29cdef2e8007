"""What a search text says, by tables."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest

from images.catalogue.query import (
    MAX_LENGTH,
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
    Word,
    parse,
)
from images.catalogue.query.fields import FIELDS
from images.errors import InvalidSearch
from images.imaging.formats import FORMATS

TODAY = date(2026, 3, 4)  # a Wednesday
DIGEST = hashlib.sha256(b"").hexdigest()


def field(text: str) -> object:
    """Return the value of the one field that `text` is."""
    tree = parse(text, today=TODAY).tree
    assert isinstance(tree, Field)
    assert tree.name == text.partition(":")[0].lower()
    return tree.value


def numbers(low: str, high: str, **is_open: bool) -> Between:
    return Between(Decimal(low) if low else None, Decimal(high) if high else None, **is_open)


a, b, c = map(Word, "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", None),
        (" \t\n\u3000\0 ", None),
        ("coast", Word("coast")),
        ("a b", And((a, b))),
        ("a a A b", And((a, b))),
        ('"a  phrase\n"', Phrase("a phrase")),
        ("“a” «b» „c“", And((Phrase("a"), Phrase("b"), Phrase("c")))),
        ("”a” »b« „c”", And((Phrase("a"), Phrase("b"), Phrase("c")))),
        ("-a", Not(a)),
        ('-"a b"', Not(Phrase("a b"))),
        ("-type:png", Not(Field("type", Choice("png")))),
        ("-(a b)", Not(And((a, b)))),
        ("--a", Not(Not(a))),
        ("a or b", Or((a, b))),
        ("a OR b Or c", Or((a, b, c))),
        ("a b or c", Or((And((a, b)), c))),
        ("a (b or c)", And((a, Or((b, c))))),
        ("a (b c)", And((a, b, c))),
        ("a or (b or c)", Or((a, b, c))),
        ("((a))", a),
        ("a(b)c", And((a, b, c))),
        ('a "or" b', And((a, Phrase("or"), b))),
    ],
)
def test_it_reads(text: str, tree: Node | None):
    assert parse(text) == Query(tree)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "foo-bar",
            "C++",
            "it's",
            "a/b",
            "12:30",
            "16:9",
            "-",
            "--",
            "...",
            ":x",
            "#1",
            "100%",
            "a_b",
            "\\",
            '6"',
        ),
        *("Note:", "rock&roll", "@ana", "東京", "2026-01-01", "a,b", "*", "état", "x100v", "andor", "nor"),
    ],
)
def test_a_word_is_what_it_was_until_now(text: str):
    assert parse(text) == Query(Word(text))
    assert parse(f"{text} kite") == Query(And((Word(text), Word("kite"))))


def test_what_has_parentheses_is_words_that_all_occur():
    assert parse("IMG_1(2).jpg") == Query(And((Word("IMG_1"), Word("2"), Word(".jpg"))))


def test_eight_words_each_once_are_read_however_often_they_are_said():
    words = tuple(Word(f"w{number}") for number in range(8))
    assert parse(" ".join([*map(str, words), *(word.text.upper() for word in words)] * 10)) == Query(
        And(words)
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("tag:coast", Text("coast")),
        ("TAG:Coast", Text("Coast")),
        ('tag:"black  and white"', Text("black and white", is_whole=True)),
        ("tag:“coast”", Text("coast", is_whole=True)),
        ("tag:-a:b", Text("-a:b")),
        ("by:ana", Text("ana")),
        ("camera:x100v", Text("x100v")),
        ('lens:"XF 23mm"', Text("XF 23mm", is_whole=True)),
        ("licence:CC-BY", Text("cc-by")),
        ('licence:"CC-BY-4.0"', Text("cc-by-4.0", is_whole=True)),
        (f"hash:{DIGEST.upper()}", Text(DIGEST)),
        ("type:AVIF", Choice("avif")),
        ("type:jpg", Choice("jpeg")),
        ("type:image/tiff", Choice("tiff")),
        ("type:tif", Choice("tiff")),
        ('type:"png"', Choice("png")),
        *((f"is:{name}", Choice(name)) for name in ("public", "private", "trashed", "animated")),
        *(
            (f"has:{name}", Choice(name))
            for name in ("title", "description", "alt", "tags", "licence", "location")
        ),
        *((f"shape:{name}", Choice(name)) for name in ("landscape", "portrait", "square")),
        ("ratio:16:9", Ratio(16, 9)),
        ("ratio:1920/1080", Ratio(16, 9)),
        ("min:2000px", numbers("2000", "")),
        ("min:2000", numbers("2000", "")),
        ("min:2000..", numbers("2000", "")),
        ("width:4000", numbers("4000", "4000")),
        ("width:=4000", numbers("4000", "4000")),
        ("width:>=4000", numbers("4000", "")),
        ("width:>4000PX", numbers("4000", "", is_low_open=True)),
        ("height:<=4000", numbers("", "4000")),
        ("height:<4000", numbers("", "4000", is_high_open=True)),
        ("height:800..1200px", numbers("800", "1200")),
        ("height:800..", numbers("800", "")),
        ("height:..1200", numbers("", "1200")),
        ("size:>10MB", numbers("10000000", "", is_low_open=True)),
        ("size:1.5kB", numbers("1500", "1500")),
        ("size:1..2KiB", numbers("1024", "2048")),
        ("size:1B..2KB", numbers("1", "2000")),
        ("size:0.0001KB", numbers("0", "0")),
        ("size:3GiB", numbers(str(3 * 2**30), str(3 * 2**30))),
        ("iso:<=400", numbers("", "400")),
        ("f:1.4..2.8", numbers("1.4", "2.8")),
        ("f:1.80", numbers("1.8", "1.8")),
    ],
)
def test_a_field_has_a_value(text: str, value: object):
    assert field(text) == value


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-01-15", "2026-01-15", "2026-01-15"),
        ("2026-01..2026-03", "2026-01-01", "2026-03-31"),
        ("2025..2026-01-15", "2025-01-01", "2026-01-15"),
        ("2026-01..", "2026-01-01", None),
        ("..2026-01", None, "2026-01-31"),
        (">=2026-01", "2026-01-01", None),
        (">2026-01", "2026-02-01", None),
        ("<2026", None, "2025-12-31"),
        ("<=2026", None, "2026-12-31"),
        ("=2026-01", "2026-01-01", "2026-01-31"),
        ("today", "2026-03-04", "2026-03-04"),
        ("Yesterday", "2026-03-03", "2026-03-03"),
        ("this-week", "2026-03-02", "2026-03-08"),
        ("last-week", "2026-02-23", "2026-03-01"),
        ("this-month", "2026-03-01", "2026-03-31"),
        ("last-month", "2026-02-01", "2026-02-28"),
        ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
        (">=last-week", "2026-02-23", None),
        ("2026-01..yesterday", "2026-01-01", "2026-03-03"),
        ("1000", "1000-01-01", "1000-12-31"),
        ("8999-12-31", "8999-12-31", "8999-12-31"),
    ],
)
@pytest.mark.parametrize("name", ["taken", "uploaded"])
def test_days_are_written_or_named(name: str, text: str, first: str | None, last: str | None):
    ends = (day and date.fromisoformat(day) for day in (first, last))
    assert field(f"{name}:{text}") == Days(*ends)


def test_last_month_of_january_is_december():
    assert parse("taken:last-month", today=date(2026, 1, 31)) == parse("taken:2025-12")


def test_a_named_day_is_one_of_today():
    assert str(parse("taken:this-year").tree) == f"taken:{date.today().year}"


def test_a_type_is_any_of_the_library():
    for format_ in FORMATS.values():
        for name in (format_.title, format_.extension, format_.mime_type):
            assert field(f"type:{name}") == Choice(format_.mime_type.partition("/")[2])


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("sort:taken", "taken_at"),
        ("sort:-taken", "-taken_at"),
        ("sort:Uploaded", "created_at"),
        ("sort:-created_at", "-created_at"),
        ("sort:size", "size"),
        ("sort:-title", "-title"),
    ],
)
def test_an_order_is_of_the_whole_search(text: str, sort: str):
    assert parse(text) == Query(None, sort)
    assert (
        parse(f"{text} a or b")
        == parse(f"a {text} or b")
        == parse(f"a or b {text}")
        == Query(Or((a, b)), sort)
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a  OR (b)  c", "a or b c"),
        ("(a or b) -(c or -(-))", "(a or b) -(c or -(-))"),
        ("“a b”", '"a b"'),
        ('„a "b"“', '“a "b"”'),
        ('«a "b” c»', '«a "b” c»'),
        ('tag:»a "b” «', 'tag:«a "b”»'),
        ("TAG:x", "tag:x"),
        ("min:2000px", "min:2000.."),
        ("width:>=4000", "width:4000.."),
        ("width:100..100", "width:100"),
        ("size:>10MB", "size:>10MB"),
        ("size:1000..2000000", "size:1KB..2MB"),
        ("size:0..1KiB", "size:0B..1024B"),
        ("f:1.40..2.80", "f:1.4..2.8"),
        ("iso:<1000", "iso:<1000"),
        ("taken:2026-01-01..2026-12-31", "taken:2026"),
        ("taken:2026-02-01..2026-02-28", "taken:2026-02"),
        ("taken:2026-01-01..2026-03-31", "taken:2026-01..2026-03"),
        ("taken:2026-01-01..2026-03-30", "taken:2026-01-01..2026-03-30"),
        ("taken:2025..2026", "taken:2025-01..2026-12"),
        ("uploaded:last-week", "uploaded:2026-02-23..2026-03-01"),
        ("ratio:32:18", "ratio:16:9"),
        ("sort:-created_at a", "a sort:-uploaded"),
    ],
)
def test_it_is_written_in_one_form(text: str, written: str):
    query = parse(text, today=TODAY)
    assert str(query) == written
    assert parse(written) == query


@pytest.mark.parametrize(
    ("text", "offset", "sentence"),
    [
        ("a albums:x", 2, "There is no field albums."),
        ("http://example.org", 0, "There is no field http. Put the words in quotes to find them."),
        ("tag: coast", 4, "A value stands right behind the colon"),
        ("(tag:)", 5, "A value stands right behind the colon"),
        ('a "b', 2, "These quotes are not closed."),
        ('a "', 2, "These quotes are not closed."),
        ("a “b", 2, "These quotes are not closed."),
        ('a -"b', 3, "These quotes are not closed."),
        ('tag:"b', 4, "These quotes are not closed."),
        ('a " "', 2, "Nothing stands between these quotes."),
        ('tag:""', 4, "Nothing stands between these quotes."),
        ("a (b", 2, "This parenthesis is not closed."),
        ("(a (b)", 0, "This parenthesis is not closed."),
        ("a) b", 1, "No parenthesis is open here."),
        ("a ()", 2, "Nothing stands in these parentheses."),
        ("-()", 1, "Nothing stands in these parentheses."),
        ("or a", 0, "Something stands on both sides of or."),
        ("a or", 2, "Something stands on both sides of or."),
        ("a or or b", 2, "Something stands on both sides of or."),
        ("(a or)", 3, "Something stands on both sides of or."),
        ("a -or b", 3, "Something stands on both sides of or."),
        ("a or sort:size", 2, "Something stands on both sides of or."),
        ("-sort:size", 1, "A search has one order"),
        ("(a sort:size)", 3, "A search has one order"),
        ("sort:size sort:title", 10, "A search has one order"),
        ("sort:date", 5, "One of these stands here: created_at,"),
        ("is:hidden", 3, "One of these stands here: public, unlisted, private, trashed, f"),
        ('is:"hidden"', 4, "One of these stands here: public, unlisted, private, trashed, f"),
        ("has:alb", 4, "One of these stands here: title,"),
        ("type:bmp", 5, "One of these stands here: jpeg, png, gif, webp, avif, heic, tiff."),
        ("ratio:16", 6, "A ratio is width to height, for example 16:9."),
        ("ratio:0:9", 6, "A ratio is width to height"),
        ("hash:abc", 5, "A SHA-256 is 64 hexadecimal digits."),
        ("licence:ä", 8, "A licence is an identifier"),
        ("min:<2000", 4, "A number stands here"),
        ("min:..", 4, "A number stands here"),
        ("width:wide", 6, "A number stands here"),
        ("width:>=wide", 8, "A number stands here"),
        ("width:100..wide", 11, "A number stands here"),
        ("width:..", 6, "A range has an end"),
        ("width:1.5", 6, "Pixels are whole."),
        ("width:²", 6, "A number stands here"),
        ("width:10cm", 8, "Not a unit of this field: cm."),
        ("iso:400px", 7, "Not a unit of this field: px."),
        ("iso:1..2px", 8, "Not a unit of this field: px."),
        ("iso:2..1", 4, "The range ends before it begins."),
        ("size:9999999GB", 5, "The number is too large."),
        ("iso:1234567890123456", 4, "A number stands here"),
        ("taken:yes", 6, "A day is written 2026-01-15"),
        ("taken:2026-13", 6, "A day is written 2026-01-15"),
        ("taken:2026-02-30", 6, "A day is written 2026-01-15"),
        ("taken:0000", 6, "A day is written 2026-01-15"),
        ("taken:2026..x", 12, "A day is written 2026-01-15"),
        ("taken:2026..2025", 6, "The range ends before it begins."),
        ("taken:0999", 6, "The year has to be between 1000 and 8999."),
        ("taken:>8999", 6, "The year has to be between 1000 and 8999."),
        ("taken:<1000", 6, "The year has to be between 1000 and 8999."),
        ("taken:1..9999", 6, "A day is written 2026-01-15"),
        ("a " * 4 + "b c d e f g h i j", 22, "A search has at most 8 different words and phrases."),
        (" ".join(f"iso:{number}" for number in range(17)), 102, "A search has at most 16 words and fields."),
        ("(" * 9 + "a" + ")" * 9, 8, "At most 8 parentheses"),
        ("-" * 9 + "a", 8, "At most 8 parentheses"),
        ("-(" * 5 + "a" + ")" * 5, 8, "At most 8 parentheses"),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "A search has at most 1000 characters."),
    ],
)
def test_what_is_not_understood_is_said_at_its_place(text: str, offset: int, sentence: str):
    with pytest.raises(InvalidSearch) as refused:
        parse(text, today=TODAY)
    assert (refused.value.offset, str(refused.value)[: len(sentence)]) == (offset, sentence)


def test_every_field_has_a_sentence_and_examples_that_are_read():
    for name, kind in FIELDS.items():
        assert kind.name == name
        assert kind.finds.endswith(".")
        for example in kind.examples:
            assert f"{name}:" in example
            parse(example)
