import time
import unicodedata
from datetime import UTC, datetime

import pytest

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata import words
from images.imaging.metadata.licences import identifier
from images.imaging.metadata.moments import moment, most_exact
from images.imaging.metadata.reading import read_metadata
from images.models import Image
from tests.files.iptc import dataset
from tests.unit.imaging.metadata.test_exif import packet_of
from tests.unit.imaging.metadata.test_xmp import packet


def xmp(properties: str = "", attributes: str = "") -> Packet:
    return Packet(Kind.XMP, packet(properties, attributes).encode())


def iptc(**fields: str) -> Packet:
    numbers = {"title": 5, "headline": 105, "author": 80, "day": 55, "time": 60}
    return Packet(
        Kind.IPTC, b"".join(dataset(2, numbers[name], text.encode()) for name, text in fields.items())
    )


def text(keyword: str, said: str) -> Packet:
    return Packet(Kind.TEXT, f"{keyword}\0{said}".encode())


def test_each_word_is_that_of_the_packet_that_is_trusted_most():
    packets = [
        text("Title", "of a chunk"),
        text("Description", "of a chunk"),
        packet_of({0x9C9B: "of Exif".encode("utf-16-le"), 0x013B: "of Exif", 0x8298: "of Exif"}),
        iptc(title="of IPTC", headline="of IPTC", author="of IPTC"),
        xmp("<dc:title>of XMP</dc:title><photoshop:Headline> </photoshop:Headline>"),
    ]
    for order in (packets, packets[::-1]):
        assert read_metadata(order)[1]["words"] == {
            "title": "of XMP",
            "headline": "of IPTC",
            "description": "of a chunk",
            "author": "of IPTC",
            "copyright": "of Exif",
        }


def test_of_two_packets_of_a_kind_the_first_is_trusted_more():
    packets = [packet_of({0x013B: "Ada"}), packet_of({0x013B: "Mary", 0x8298: "© Mary".encode()})]
    assert read_metadata(packets)[1]["words"] == {"author": "Ada", "copyright": "© Mary"}


def test_a_packet_that_is_broken_hides_no_other():
    packets = [Packet(kind, b"\xff\0 broken") for kind in Kind] + [xmp("<dc:title>Low tide</dc:title>")]
    assert read_metadata(packets)[1] == {"words": {"title": "Low tide"}}


@pytest.mark.parametrize(
    "packets",
    [
        [xmp("", "exif:DateTimeOriginal='2024-07-14T18:30:05'"), "exif"],
        [xmp("", "photoshop:DateCreated='2024-07-14'"), "exif"],
        [iptc(day="20240714"), "exif"],
        [iptc(day="20240714", time="183005"), "exif"],
        ["exif"],
    ],
)
def test_of_times_that_say_the_same_the_more_exact_is_kept(packets):
    exif = packet_of(shot={0x9003: "2024:07:14 18:30:05", 0x9011: "+02:00", 0x9291: "25"})
    found, _ = read_metadata([exif if packet == "exif" else packet for packet in packets])
    assert found.instant == datetime(2024, 7, 14, 16, 30, 5, 250_000, tzinfo=UTC)


def test_a_time_that_says_something_else_is_less_trusted():
    exif = packet_of(shot={0x9003: "2024:07:14 18:30:05", 0x9011: "+02:00"})
    found, _ = read_metadata([exif, xmp("", "exif:DateTimeOriginal='2024-07-13T18:30'")])
    assert (found.clock, found.offset) == (datetime(2024, 7, 13, 18, 30), None)


@pytest.mark.parametrize(
    ("written", "clock", "offset"),
    [
        ("2024-07-14T18:30:05Z", "2024-07-14T18:30:05", 0),
        ("2024-07-14T18:30:05.1234567+09:30", "2024-07-14T18:30:05.123456", 570),
        ("2024-07-14T18:30-11:00", "2024-07-14T18:30:00", -660),
        (" 2024:07:14 18:30:05 ", "2024-07-14T18:30:05", None),
        ("2024-07-14", "2024-07-14T00:00:00", None),
        ("2024-07-14T18:30:05+18:01", "2024-07-14T18:30:05", None),
    ],
)
def test_moments(written, clock, offset):
    found = moment(written)
    assert (found.clock.isoformat(), found.offset) == (clock, offset)


@pytest.mark.parametrize(
    "written",
    ["", "2024", "2024-07", "2024-02-30", "2024-07-14T24:00", "20240714x", "9999-12-31T23:59-01:00"],
)
def test_what_is_no_moment(written):
    assert moment(written) is None
    assert most_exact([]) is None


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("https://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("http://www.creativecommons.org/licenses/by/2.0", "CC-BY-2.0"),
        ("https://creativecommons.org/licenses/by-nc-nd/3.0/de/deed.en", "CC-BY-NC-ND-3.0-DE"),
        ("https://creativecommons.org/licenses/by/3.0/igo/", "CC-BY-3.0-IGO"),
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("https://creativecommons.org/licenses/publicdomain/", "CC-PDDC"),
        ("This work is licensed under https://creativecommons.org/licenses/by/4.0/.", "CC-BY-4.0"),
        ("https://spdx.org/licenses/MIT.html", "MIT"),
        ("CC-BY-SA-4.0", "CC-BY-SA-4.0"),
        ("CC0-1.0", "CC0-1.0"),
        ("https://creativecommons.org/licenses/by/4.0/ or https://creativecommons.org/licenses/by/3.0/", ""),
        ("https://creativecommons.org/licenses/by-xx/4.0/", ""),
        ("https://creativecommons.org/", ""),
        ("https://example.org/creativecommons.org/licenses/by/4.0/", ""),
        ("Creative Commons", ""),
        ("All rights reserved", ""),
        ("not CC-BY-4.0", ""),
        ("", ""),
    ],
)
def test_a_licence_is_named_by_its_address_or_by_nothing_but_its_identifier(text, licence):
    assert identifier([text]) == licence
    assert not licence or Image._meta.get_field("licence").clean(licence, None) == licence


def test_the_address_of_a_licence_is_trusted_more_than_what_is_said_of_terms():
    found = read_metadata(
        [
            xmp(
                "<xmpRights:UsageTerms>CC0-1.0</xmpRights:UsageTerms>",
                "xmpRights:WebStatement='https://creativecommons.org/licenses/by/4.0/'",
            )
        ]
    )[1]["words"]
    assert (found["licence"], found["usage_terms"]) == ("CC-BY-4.0", "CC0-1.0")


def test_an_address_that_names_no_licence_is_kept_without_one():
    found = read_metadata([xmp("", "xmpRights:WebStatement='https://example.org/terms'")])[1]["words"]
    assert found == {"licence_url": "https://example.org/terms"}


@pytest.mark.parametrize(
    "name", ["title", "description", "alt_text", "author", "credit", "copyright", "source_url"]
)
def test_a_word_is_as_long_as_its_field_and_as_clean(name):
    field = Image._meta.get_field(name)
    assert words.LIMITS[name] == (field.max_length or 10_000)
    if name != "source_url":
        said = "  a\u202e\r\ne\u0301\0\x1b\tb " + "x" * 20_000
        kept = words.word(name, said)
        assert len(kept) == words.LIMITS[name]
        assert kept == field.to_python(kept)
        assert kept.startswith("a\n\u00e9\tb x" if name in words.HAVE_LINES else "a \u00e9 b x")
        assert unicodedata.is_normalized("NFC", kept)


def test_there_are_at_most_a_hundred_keywords_of_a_hundred_characters():
    kept = words.keywords(["x" * 500, " a\tb ", "", "A b", *(f"word {number}" for number in range(500))])
    assert (len(kept), kept[0], kept[1], kept[2]) == (100, "x" * 100, "a b", "word 0")


def test_marks_without_end_on_one_letter_are_read_in_the_time_that_a_child_has():
    """Composing takes the square of their number: of a description it is about a second, not thirty."""
    begun = time.process_time()
    assert words.word("description", "a" + "\u0301\u0316" * 100_000)
    assert time.process_time() - begun < 4
