"""The library's words in IPTC, for readers that look there."""

from datetime import datetime, timedelta, timezone

import pytest

from images.imaging.words.iptc import merged
from images.imaging.words.words import Words
from tests.files.iptc import dataset, datasets

UTF_8 = dataset(1, 90, b"\x1b%G")
ALL = Words(
    title="Der Hafen",
    description="Boats \u2013 at low tide.",
    author="Ada Lovelace",
    credit="The Archive",
    copyright="© 2026 Ada Lovelace",
    keywords=("harbour", "Straße"),
    taken=datetime(2026, 5, 4, 23, 30, 15, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
    alt_text="has no place here",
)
READ = {
    (1, 0): [b"\0\4"],
    (1, 90): [b"\x1b%G"],
    (2, 0): [b"\0\4"],
    (2, 5): [b"Der Hafen"],
    (2, 25): [b"harbour", "Straße".encode()],
    (2, 55): [b"20260504"],
    (2, 60): [b"233015-0330"],
    (2, 80): [b"Ada Lovelace"],
    (2, 110): [b"The Archive"],
    (2, 116): ["© 2026 Ada Lovelace".encode()],
    (2, 120): ["Boats \u2013 at low tide.".encode()],
}


def test_every_word_has_its_place_in_order():
    assert datasets(merged([], ALL)) == READ
    assert list(datasets(merged([], ALL))) == sorted(READ)


def test_other_data_sets_stay_and_the_files_words_are_replaced():
    theirs = UTF_8 + dataset(2, 5, b"Old") + dataset(2, 25, b"old") * 2 + dataset(2, 40, b"Press only")
    found = datasets(merged([theirs, dataset(7, 20, b"\0\1")], ALL))
    assert found == READ | {(2, 40): [b"Press only"], (7, 20): [b"\0\1"]}


def test_a_word_that_nobody_said_stays_and_an_empty_one_goes():
    theirs = UTF_8 + dataset(2, 5, b"Old") + dataset(2, 25, b"old")
    assert datasets(merged([theirs], Words(title=None, keywords=())))[2, 5] == [b"Old"]
    assert (2, 25) not in datasets(merged([theirs], Words(keywords=())))
    assert merged([dataset(2, 5, b"Old")], Words(title="")) == b""
    assert merged([], Words(title="", keywords=(), alt_text="a")) == b""


def test_a_time_without_offset_is_not_said():
    theirs = dataset(2, 55, b"20010101") + dataset(2, 60, b"000000+0000")
    found = datasets(merged([theirs], Words(taken=datetime(826, 5, 4, 3, 2, 1))))
    assert (found[2, 55], (2, 60) in found) == ([b"08260504"], False)


@pytest.mark.parametrize(
    ("word", "name", "limit"),
    [
        ("title", (2, 5), 64),
        ("author", (2, 80), 32),
        ("credit", (2, 110), 32),
        ("copyright", (2, 116), 128),
        ("description", (2, 120), 2000),
    ],
)
def test_texts_end_where_the_standard_ends_them_with_no_letter_broken(word, name, limit):
    (value,) = datasets(merged([], Words(**{word: "a" + "漢" * 5_000})))[name]
    assert limit - 3 < len(value) <= limit
    assert value.decode().strip("漢") == "a"
    (keyword,) = datasets(merged([], Words(keywords=("👩" * 100,))))[2, 25]
    assert keyword.decode() == "👩" * 16


@pytest.mark.parametrize("coding", ["latin-1", "mac_roman", "utf-8"])
def test_texts_in_an_old_encoding_are_brought_along(coding):
    theirs = dataset(2, 90, "Zürich".encode(coding)) + dataset(2, 101, "Österreich".encode(coding))
    found = datasets(merged([theirs + dataset(2, 202, b"\xff\x80")], Words(title="a")))
    assert [found[2, 90], found[2, 101]] == [["Zürich".encode()], ["Österreich".encode()]]
    assert found[2, 202] == [b"\xff\x80"]  # a preview, no text


def test_long_data_sets_stay():
    long = b"\x1c\2\xca\x80\4\0\1\0\0" + b"x" * 65_536
    assert datasets(merged([long], Words(title="a")))[2, 202] == [b"x" * 65_536]


@pytest.mark.parametrize(
    "broken",
    [b"", b"\0", b"\x1c\2", b"\x1c\2\5\xff\xff", b"\x1c\2\5\0\xffab", b"\x1c\2\5\x80\4\xff\xff\xff\xffab"],
)
def test_of_broken_records_what_is_whole_stays(broken):
    found = datasets(merged([UTF_8 + dataset(2, 40, b"Press only") + broken], ALL))
    assert found == READ | {(2, 40): [b"Press only"]}
