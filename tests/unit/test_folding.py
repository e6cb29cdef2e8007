"""How texts are compared: without case and accents, and in no other way made the same."""

from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.text import folded


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("São PAULO", "sao paulo"),
        ("Sa\u0303o", "sao"),
        ("Łódź Ærø Œuvre Straße Đà Þórr", "lodz aero oeuvre strasse da thorr"),
        ("İstanbul Diyarbak\u0131r", "istanbul diyarbakir"),
        ("ΈΛΛΗΝΑΣ Έλληνας", "ελληνασ ελληνασ"),
        ("Ёлка", "елка"),
        ("ﬁn Ⅻ x² \uff21\uff11", "fin xii x2 a1"),  # NFKC
        ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),  # points of Hebrew
        ("\u0623\u064e\u062d\u0652\u0645\u064e\u062f", "\u0627\u062d\u0645\u062f"),  # and of Arabic
        ("\uff76\uff9e \u304b\u3099", "\u30ac \u304c"),  # voiced kana stay so
        ("\u0e17\u0e35\u0e48", "\u0e17\u0e35\u0e48"),  # vowel and tone of Thai
        ("\u0939\u093f\u0928\u094d\u0926\u0940", "\u0939\u093f\u0928\u094d\u0926\u0940"),
        ("\u1109\u1165\u110b\u116e\u11af", "\uc11c\uc6b8"),  # composed
        ("Wasser\u00adfall \u200fa\u200db\ufe0f", "wasserfall ab"),
        ("a_b-c.d  e", "a_b-c.d  e"),
    ],
)
def test_what_is_compared(text, compared):
    assert folded(text) == compared


def test_each_character_is_folded_once_and_for_all():
    assigned = [letter for letter in map(chr, range(0x11_0000)) if category(letter) not in ("Cn", "Co", "Cs")]
    assert [letter for letter in assigned if folded(once := folded(letter)) != once] == []


@given(st.text())
def test_folded_text_is_folded_to_itself(text):
    assert folded(folded(text)) == folded(text)


@given(st.text())
def test_neither_case_nor_composition_makes_a_difference(text):
    assert folded(normalize("NFD", text)) == folded(text) == folded(normalize("NFC", text))
