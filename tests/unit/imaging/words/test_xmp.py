"""The library's words in XMP: what readers find there, and what stays of the file's own."""

import dataclasses
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone

import pytest

from images.imaging.words.words import Words
from images.imaging.words.xmp import merged
from tests.files import exiftool

ALL = Words(
    title="Der Hafen",
    description="Boats, at low tide.\nSeen from the pier.",
    alt_text="Three boats lie on the mud.",
    author="Ada Lovelace",
    credit="Ada Lovelace / The Archive",
    copyright="© 2026 Ada Lovelace",
    licence="https://creativecommons.org/licenses/by/4.0/",
    source_url="https://example.org/harbour?a=1&b=2",
    keywords=("harbour", "low tide"),
    taken=datetime(2026, 5, 4, 23, 30, 15, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
)
READ = {
    "XMP-dc:Title": "Der Hafen",
    "XMP-dc:Description": "Boats, at low tide.\nSeen from the pier.",
    "XMP-iptcCore:AltTextAccessibility": "Three boats lie on the mud.",
    "XMP-dc:Creator": "Ada Lovelace",
    "XMP-photoshop:Credit": "Ada Lovelace / The Archive",
    "XMP-dc:Rights": "© 2026 Ada Lovelace",
    "XMP-xmpRights:WebStatement": "https://creativecommons.org/licenses/by/4.0/",
    "XMP-cc:License": "https://creativecommons.org/licenses/by/4.0/",
    "XMP-dc:Source": "https://example.org/harbour?a=1&b=2",
    "XMP-dc:Subject": ["harbour", "low tide"],
    "XMP-photoshop:DateCreated": "2026:05:04 23:30:15-03:30",
    "XMP-exif:DateTimeOriginal": "2026:05:04 23:30:15-03:30",
}


def packet(properties: str, attributes: str = "", about: str = "") -> bytes:
    """Return a packet with this in its one description."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="{about}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:archive="https://example.org/archive/" '
        f"{attributes}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()


def read(xmp: bytes) -> dict:
    return {name: value for name, value in exiftool.read(xmp).items() if name.startswith("XMP-")}


@pytest.mark.parametrize("there", [[], [packet("")]], ids=["none", "an empty one"])
def test_every_word_is_read_where_readers_look_for_it(there):
    found = read(merged(there, ALL))
    found.pop("XMP-x:XMPToolkit", None)
    assert found == READ


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Words)])
def test_a_word_replaces_the_files_and_leaves_the_others(field):
    before = merged([], ALL)
    changed = {"keywords": ("other",), "taken": datetime(2001, 2, 3, 4, 5, 6)}.get(
        field, "https://other.org/"
    )
    after = read(merged([before], Words(**{field: changed})))
    assert after.keys() == read(before).keys()
    assert len([name for name in READ if after[name] != READ[name]]) == (
        2 if field in ("licence", "taken") else 1
    )


def test_an_empty_word_takes_the_files_out():
    empty = Words(**{field.name: "" for field in dataclasses.fields(Words) if field.name != "taken"})
    left = read(merged([merged([], ALL)], dataclasses.replace(empty, keywords=())))
    assert left.keys() & READ.keys() == {"XMP-photoshop:DateCreated", "XMP-exif:DateTimeOriginal"}


def test_nothing_to_say_makes_no_packet():
    assert merged([], Words()) == b""
    assert merged([packet("", "dc:format='x'")], Words(title="")) != b""
    assert merged([merged([], Words(title="a"))], Words(title="")) == b""


def test_other_properties_stay_in_whatever_form():
    theirs = packet(
        "<xmp:Rating>4</xmp:Rating><archive:Box rdf:parseType='Resource'><archive:Shelf>7 &amp; 8"
        "</archive:Shelf></archive:Box><xmp:Identifier><rdf:Bag><rdf:li>one</rdf:li></rdf:Bag></xmp:Identifier>",
        "xmp:CreatorTool='A \"tool\" &lt;1&gt;' archive:Drawer='&#10;3'",
    )
    before, after = read(theirs), read(merged([theirs], ALL))
    assert before.items() <= after.items()
    assert READ.items() <= after.items()
    assert before["XMP-xmp:CreatorTool"] == 'A "tool" <1>'
    assert b"xmlns:archive=" in merged([theirs], ALL)


def test_words_in_attributes_are_replaced_too():
    theirs = packet("", "dc:source='https://wrong.example' tiff:Artist='Nobody' xmp:Label='Red'")
    found = read(merged([theirs], Words(source_url="https://right.example", author="Ada")))
    assert found["XMP-dc:Source"] == "https://right.example"
    assert "XMP-tiff:Artist" not in found
    assert found["XMP-xmp:Label"] == "Red"


def test_the_subject_of_all_descriptions_is_one():
    found = ET.XML(merged([packet("", "xmp:Label='Red'", about="uuid:1")], ALL))
    about = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
    assert [element.get(about) for element in found.iter() if about in element.attrib] == ["uuid:1"] * 2


LANGUAGES = (
    "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Der Hafen</rdf:li>"
    "<rdf:li xml:lang='x-default'>The  harbour</rdf:li></rdf:Alt></dc:title>"
)
HIERARCHY = (
    "<dc:subject><rdf:Bag><rdf:li>low tide</rdf:li><rdf:li>harbour</rdf:li></rdf:Bag></dc:subject>"
    "<lr:hierarchicalSubject><rdf:Bag><rdf:li>sea|low tide</rdf:li></rdf:Bag></lr:hierarchicalSubject>"
)


def test_a_word_that_is_the_files_own_keeps_its_languages_and_hierarchy():
    theirs = packet(LANGUAGES + HIERARCHY)
    same = read(merged([theirs], Words(title="The harbour", keywords=("low tide", "harbour"))))
    assert same.items() >= read(theirs).items()
    other = read(merged([theirs], Words(title="The pier", keywords=("harbour",))))
    assert "XMP-dc:Title-de" not in other
    assert "XMP-lr:HierarchicalSubject" not in other
    assert (other["XMP-dc:Title"], other["XMP-dc:Subject"]) == ("The pier", "harbour")


@pytest.mark.parametrize(
    "text",
    [
        "naïve \u2013 “quoted” 'and' \"double\" & <b>bold</b> ]]> <!-- --> &amp;",
        "מגדל אייפל ← \u200f\u0661\u0662\u0663",
        "👩\u200d👩\u200d👧\u200d👦 🏳️\u200d🌈 \U0001d4b3",
        "漢字" * 5_000,
        "a\tb",
        "\u0301 combining",
    ],
)
def test_any_text_comes_back_as_it_was(text):
    found = read(merged([], Words(description=text, keywords=(text[:100],), source_url=text)))
    assert found["XMP-dc:Description"] == text
    assert (found["XMP-dc:Subject"], found["XMP-dc:Source"]) == (text[:100], text)


def test_what_no_xml_can_hold_is_left_out():
    found = read(merged([], Words(title="a\0\x08b\ufffe\ud800c")))
    assert found["XMP-dc:Title"] == "abc"


DEEP = b"<a>" * 200_000


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"\0" * 100,
        b"no XML",
        packet("")[:-200],
        packet("<dc:title>unclosed"),
        packet("<unbound:title/>"),
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
        b"<?xml version='1.0' encoding='x-none'?>" + packet(""),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + packet("").partition(b"?>")[2],
        packet(DEEP.decode()),
        packet(LANGUAGES).decode().encode("latin-1", "replace")[:300] + b"\xff\xfe\xff",
    ],
    ids=range(11),
)
def test_a_broken_packet_is_replaced(broken):
    found = read(merged([broken], Words(title="The harbour")))
    assert found["XMP-dc:Title"] == "The harbour"


def test_elements_too_deep_in_each_other_are_none():
    deep = packet("<archive:Box>" * 150 + "</archive:Box>" * 150)
    assert b"archive" not in merged([deep], Words(title="a"))
    assert b"archive" in merged([packet("<archive:Box>" * 50 + "</archive:Box>" * 50)], Words(title="a"))


def test_namespaces_keep_apart_whatever_they_are_called():
    theirs = packet(
        "<one xmlns='https://example.org/1' old='x'>1</one><dc:two xmlns:dc='https://example.org/2'>2</dc:two>"
        "<three xmlns='https://example.org/3'>3</three><xmp:Rating>4</xmp:Rating>"
    )
    found = ET.XML(merged([theirs], ALL))
    texts = {element.tag: element.text for element in found.iter()}
    assert [
        texts[f"{{https://example.org/{n}}}{name}"] for n, name in enumerate(("one", "two", "three"), 1)
    ] == [*("1", "2", "3")]
    assert next(found.iter("{https://example.org/1}one")).get("old") == "x"
    assert read(merged([theirs], ALL)).items() >= (READ | {"XMP-xmp:Rating": 4}).items()


def test_entities_are_never_expanded():
    bomb = b"<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
    theirs = bomb + packet("<dc:source>&b;</dc:source>").partition(b"?>")[2]
    assert b"xx" not in merged([theirs], Words(title="a"))


def test_a_packet_in_utf_16_and_one_with_padding_are_read():
    rating = packet("<xmp:Rating>4</xmp:Rating>")
    for theirs in (rating.decode().encode("utf-16"), rating + b" \n" * 1000 + b"\0\0"):
        assert read(merged([theirs], ALL))["XMP-xmp:Rating"] == 4


def test_of_several_packets_the_first_that_says_something_counts():
    packets = [
        packet("<xmp:Rating>4</xmp:Rating>"),
        b"broken",
        packet("<xmp:Rating>1</xmp:Rating>", "xmp:Label='Red' dc:source='x'"),
    ]
    found = read(merged(packets, Words(title="a", source_url="https://example.org/")))
    assert (found["XMP-xmp:Rating"], found["XMP-xmp:Label"]) == (4, "Red")
    assert found["XMP-dc:Source"] == "https://example.org/"


def test_the_same_words_again_make_the_same_packet():
    theirs = packet(LANGUAGES + HIERARCHY, "archive:Drawer='3'")
    once = merged([theirs], ALL)
    assert merged([theirs], ALL) == once
    assert merged([once], ALL) == once


def test_a_moment_is_said_as_precisely_as_it_is_known():
    moment = datetime(2026, 5, 4, 3, 2, 1, 250_000)
    for taken, said in (
        (moment, "2026:05:04 03:02:01.250"),
        (moment.replace(tzinfo=UTC, microsecond=0), "2026:05:04 03:02:01+00:00"),
    ):
        assert read(merged([], Words(taken=taken)))["XMP-exif:DateTimeOriginal"] == said
