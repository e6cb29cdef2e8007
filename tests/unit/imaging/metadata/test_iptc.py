import pytest

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata.reading import read_metadata
from tests.files.iptc import dataset

UTF_8, LATIN_1 = dataset(1, 90, b"\x1b%G"), dataset(1, 90, b"\x1b.A")


def records(*fields: tuple[int, bytes]) -> bytes:
    return b"".join(dataset(2, number, value) for number, value in fields)


def said(content: bytes) -> dict:
    return read_metadata([Packet(Kind.IPTC, content)])[1].get("words", {})


def test_it_reads_words_and_rights():
    content = records(
        *(
            (5, b"The harbour"),
            (25, b"boats"),
            (25, b"low tide"),
            (80, b"Ada Lovelace"),
            (80, b"Mary Shelley"),
        ),
        *((105, b"Boats on the mud"), (110, b"The Archive"), (115, b"A private collection")),
        *((116, b"Copyright 2024 Ada"), (120, b"Boats,\rat low tide."), (122, b"the writer")),
    )
    assert said(content) == {
        "title": "The harbour",
        "headline": "Boats on the mud",
        "description": "Boats,\nat low tide.",
        "author": "Ada Lovelace; Mary Shelley",
        "credit": "The Archive",
        "source": "A private collection",
        "copyright": "Copyright 2024 Ada",
        "keywords": ["boats", "low tide"],
    }


def test_a_source_that_is_an_address_is_kept_as_one():
    assert said(records((115, b"https://example.org/boats"))) == {
        "source": "https://example.org/boats",
        "source_url": "https://example.org/boats",
    }


@pytest.mark.parametrize(
    ("time", "clock", "offset"),
    [
        (b"183005+0200", "2024-07-14T18:30:05", 120),
        (b"183005-0330", "2024-07-14T18:30:05", -210),
        (b"183005", "2024-07-14T18:30:05", None),
        (b"", "2024-07-14T00:00:00", None),
        (b"evening", "2024-07-14T00:00:00", None),
    ],
)
def test_it_reads_when_the_picture_was_made(time, clock, offset):
    moment, _ = read_metadata([Packet(Kind.IPTC, records((55, b"20240714"), (60, time)))])
    assert (moment.clock.isoformat(), moment.offset) == (clock, offset)


def test_a_day_that_is_none_is_left_out():
    assert read_metadata([Packet(Kind.IPTC, records((55, b"00000000"), (60, b"183005")))]) == (None, {})


WORDS = [
    "Zürich \u2013 Straße",
    "Ærøskøbing, façade d\u2019été",
    "L\u2019été à l\u2019Île d\u2019Oléron",
    "«Señor Núñez»",
    "Ångström in MÜNCHEN",
]


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("declared", [b"", UTF_8], ids=["undeclared", "declared"])
def test_text_in_utf_8_is_read_declared_or_not(text, declared):
    assert said(declared + records((120, text.encode()))) == {"description": text}


@pytest.mark.parametrize("text", WORDS)
@pytest.mark.parametrize("coding", ["cp1252", "mac_roman"])
def test_text_of_old_programs_is_read_in_the_coding_that_makes_words(text, coding):
    assert said(records((120, text.encode(coding)))) == {"description": text}


def test_all_fields_of_a_file_are_in_one_coding():
    content = records((5, "É".encode("mac_roman")), (120, "Eine Fähre vor Föhr".encode("mac_roman")))
    assert said(content) == {"title": "É", "description": "Eine Fähre vor Föhr"}


def test_latin_1_is_what_it_says_it_is():
    assert said(LATIN_1 + records((5, b"\xc4pfel"))) == {"title": "Äpfel"}


def test_what_declares_utf_8_and_is_none_is_read_all_the_same():
    assert said(UTF_8 + records((5, "Zürich Straße".encode("cp1252")))) == {"title": "Zürich Straße"}


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\x1c",
        b"\x1c\x02\x05\0\xff short",
        b"junk" * 50,
        b"\x1c\x02\x78\xff\xff",
        b"\x1c\x02\x78\x80\4\x7f\xff\xff\xff",
    ],
)
def test_what_stands_before_the_damage_is_read(rest):
    assert said(records((105, b"Boats")) + rest)["headline"] == "Boats"


def test_a_long_field_is_read():
    text = b"tide " * 7_000
    content = b"\x1c\x02\x78\x80\x04" + len(text).to_bytes(4, "big") + text + records((105, b"Boats"))
    assert said(content) == {"description": text.decode().strip()[:10_000].strip(), "headline": "Boats"}
