"""What an image's search_text has, and what of a typed text is looked for in it."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.models.search import needle, search_text_of, words

NOTHING = dict.fromkeys(
    ("title", "description", "alt_text", "author", "credit", "filename", "camera", "lens"), ""
)
HINDI, THAI = "\u0939\u093f\u0928\u094d\u0926\u0940", "\u0e17\u0e35\u0e48"


def text_of(*tags: str, **said) -> str:
    return search_text_of(SimpleNamespace(**NOTHING | said), tags)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("IMG_1234-b.JPG", ["img", "1234", "b", "jpg"]),
        ("  O'Brien & Søn, 50% ", ["o", "brien", "son", "50"]),
        ("half ½, x²", ["half", "1", "2", "x2"]),
        (f"{HINDI} {THAI}", [HINDI, THAI]),
        ("a\0b\ud800c", ["a", "b", "c"]),
        ("🐈 … -- ?", []),
    ],
)
def test_words_are_letters_digits_and_the_signs_on_them(text, found):
    assert words(text) == found


def test_every_text_has_a_line_of_its_own_and_words_have_blanks_around_them():
    assert text_of(
        "Skyline",
        "Mar Báltico",
        title="São Paulo",
        description="by\nnight",
        alt_text="City.",
        author="Ana",
        credit="AP",
        filename="IMG_1.jpg",
        camera="X100V",
        lens="23mm",
    ).split("\n") == [
        *(" sao paulo ", " by night ", " city ", " ana ", " ap "),
        *(" img 1 jpg ", " x100v ", " 23mm ", " skyline ", " mar baltico "),
    ]


def test_what_has_no_word_has_no_line_and_what_is_said_twice_has_one():
    assert text_of("coast", title="…", author="Coast") == " coast "
    assert text_of() == ""


def test_of_words_written_together_each_character_and_pair_has_a_line():
    assert text_of(title="東京タワー 2").split("\n") == [
        *(" 東京タワー 2 ", " 東 ", " 京 ", " タ ", " ワ ", " ー "),
        *(" 東京 ", " 京タ ", " タワ ", " ワー "),
    ]


@pytest.mark.parametrize(
    ("text", "part", "whole"),
    [
        ("Coast", "coast", " coast "),
        ("IMG_1234", "img 1234", " img 1234 "),
        ("Ab", " ab ", " ab "),
        ("é", " e ", " e "),
        ("東京", " 東京 ", " 東京 "),
        ("猫", " 猫 ", " 猫 "),
        ("東京都", "東京都", "東京都"),
        ("in 東京都", " in 東京都", " in 東京都"),
        ("x-1", " x 1", " x 1 "),
        ("IMG-1", "img 1", " img 1 "),
        ("&", "", ""),
        ("", "", ""),
    ],
)
def test_what_is_looked_for(text, part, whole):
    assert (needle(text, False), needle(text, True)) == (part, whole)


@given(st.text(), st.booleans())
def test_a_text_is_found_in_an_image_that_has_it(text, is_whole):
    assert needle(text, is_whole) in text_of(title=f"one {text} two")
    assert needle(text, is_whole) in text_of(text)
