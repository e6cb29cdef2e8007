"""What text is kept of what people type."""

import re
import unicodedata

import pytest
from django.core.exceptions import ValidationError

from images.models import Image
from images.models.text import CleanFormField
from images.pages.tagging import TagsField
from images.text import clean, clean_keywords

BIDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
C0 = "".join(map(chr, range(1, 32)))
C1 = "".join(map(chr, range(0x7F, 0xA0)))
SPELLING = "\u200c\u200d\u200e\u200f\u061c"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("E\u0301tretat", "\u00c9tretat"),
        ("\u1112\u1161\u11ab", "\ud55c"),
        ("\u212b", "\u00c5"),
        ("plain", "plain"),
        ("  plain ", "plain"),
        (f"a{BIDI}b", "ab"),
        ("a\x1b[31mb", "a[31mb"),
        (f"a{SPELLING}b", f"a{SPELLING}b"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("a\ufdd0\uffff\U0001fffe\U0010ffffb\ufffd", "ab\ufffd"),
        ("a\r\nb\tc\n\nd", "a b c d"),
        ("\x1b a", "a"),
        ("e\u202e\u0301", "\u00e9"),  # what stood between them is gone first
    ],
)
def test_a_line_is_composed_and_only_text(typed, kept):
    assert clean(typed) == kept
    assert clean(kept) == kept


def test_lines_end_in_one_way_and_tabs_stay():
    assert clean("a\r\nb\rc\x85d\ve\f\tf\x1b", has_lines=True) == "a\nb\nc\nd\ne\n\tf"


@pytest.mark.parametrize("has_lines", [False, True])
def test_no_control_character_is_left(has_lines):
    left = clean(f"x{C0}{C1}{BIDI}x", has_lines=has_lines)
    assert not re.search(r"[^\nx \t]", left)
    assert ("\n" in left) == has_lines


def test_nul_is_left_to_be_refused():
    assert clean("a\0b") == "a\0b"


def test_what_composing_would_make_too_long_stays_as_it_was_typed():
    nukta = "\u0958"  # has no composed form but two characters
    assert len(unicodedata.normalize("NFC", nukta)) == 2
    assert clean(nukta * 100, limit=200) == unicodedata.normalize("NFC", nukta * 100)
    assert clean(nukta * 101, limit=200) == nukta * 101
    assert len(clean(nukta * 201, limit=200)) == 402  # too long as it is, and refused


def test_what_is_too_long_even_composed_is_not_composed():
    """Marks on one letter take the square of their number: of 200,000 half a minute, under the row's lock."""
    shortest = unicodedata.normalize("NFD", "\u1f82" * 200)  # four code points, the most that become one
    assert (len(shortest), clean(shortest, limit=200)) == (800, "\u1f82" * 200)
    assert clean("e\u0301" * 400, limit=200) == "\u00e9" * 400
    assert clean("e\u0301" * 401, limit=200) == "e\u0301" * 401


def test_migrations_see_plain_fields():
    paths = {
        name: Image._meta.get_field(name).deconstruct()[1]
        for name in ("title", "alt_text", "description", "source_url", "keywords")
    }
    assert paths == {
        "title": "django.db.models.CharField",
        "alt_text": "django.db.models.CharField",
        "description": "django.db.models.TextField",
        "source_url": "django.db.models.URLField",
        "keywords": "django.db.models.JSONField",
    }


def test_keywords_are_clean_and_each_is_there_once():
    typed = [
        " E\u0301tretat ",
        "cliff",
        "\u00e9tretat",
        "",
        "\x1b",
        "Cliff\u202e",
        "white\ncliff",
        "Paris, France",
    ]
    kept = ["\u00c9tretat", "cliff", "white cliff", "Paris, France"]
    assert clean_keywords(typed) == kept
    assert clean_keywords(kept) == kept


def test_a_form_has_a_tag_on_each_line():
    field = TagsField(required=False)
    assert field.prepare_value(["Paris, France", "boats"]) == "Paris, France\nboats"
    assert field.clean("harbour\r\n\nboats, small\n") == ["harbour", "boats, small"]
    assert field.clean("") == field.clean(None) == []
    assert not field.has_changed(["harbour", "boats"], "harbour\r\nboats")
    for refused in ("a\0b", "x" * 101, "\n".join(map(str, range(101)))):
        with pytest.raises(ValidationError):
            field.clean(refused)


def test_a_form_compares_clean_text():
    field = CleanFormField(has_lines=True)
    assert not field.has_changed("\u00e9\nb", "e\u0301\r\nb")
    assert field.has_changed("\u00e9\nb", "e\u0301\r\nc")
