"""Where files carry what they say of themselves: every packet is found, in bounds, and nothing that draws."""

import io
import struct
import zlib

import pytest

from images.imaging import containers
from images.imaging.containers.parts import Kind, Packet
from images.imaging.containers.source import MAX_CONTENT, OVERLAP
from tests.factories import make_image
from tests.files import carriers
from tests.files.carriers import (
    XMP_HEAD,
    chunk,
    extended,
    gif_with,
    gif_xmp,
    jpeg_with,
    piece,
    png_with,
    raw_profile,
    resource,
    segment,
    sub_blocks,
    webp_with,
)
from tests.files.hostile import hostile_files

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
EXIF, XMP, IPTC = carriers.tiff(), b"<x:xmpmeta/>", b"\x1c\x02\x5a\0\5Paris"
IRB = b"Photoshop 3.0\0" + resource(0x0404, IPTC)
PICTURES = {name: make_image(name, frames=2 if name != "JPEG" else 1) for name in FORMATS}
JPEG, PNG, WEBP, GIF = (PICTURES[name] for name in ("JPEG", "PNG", "WEBP", "GIF"))
LONG_XMP = b"<x:xmpmeta>" + b" " * 200_000 + b"</x:xmpmeta>"
PROFILE = b"icc" * 100


def packets(data: bytes, format_: str) -> list[Packet]:
    return containers.packets(io.BytesIO(data), format_)


CARRIED = {
    "JPEG": {
        "Exif": (jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + EXIF)), (Kind.EXIF, EXIF)),
        "a second Exif": (
            jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + EXIF), segment(0xE1, b"Exif\0\0" + EXIF + b"2")),
            (Kind.EXIF, EXIF + b"2"),
        ),
        "Exif in two segments": (
            jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + EXIF), segment(0xE1, b"Exif\0\0more")),
            (Kind.EXIF, EXIF + b"more"),
        ),
        "XMP": (jpeg_with(JPEG, segment(0xE1, XMP_HEAD + XMP)), (Kind.XMP, XMP)),
        "extended XMP": (jpeg_with(JPEG, *extended(LONG_XMP, 60_000)), (Kind.XMP, LONG_XMP)),
        "extended XMP out of order": (
            jpeg_with(JPEG, *reversed(extended(LONG_XMP, 60_000))),
            (Kind.XMP, LONG_XMP),
        ),
        "another APP1": (jpeg_with(JPEG, segment(0xE1, b"http://else/\0")), (Kind.OTHER, b"http://else/\0")),
        "IPTC": (jpeg_with(JPEG, segment(0xED, IRB)), (Kind.IPTC, IPTC)),
        "IPTC in two segments": (
            jpeg_with(JPEG, segment(0xED, IRB[:30]), segment(0xED, b"Photoshop 3.0\0" + IRB[30:])),
            (Kind.IPTC, IPTC),
        ),
        "a comment": (jpeg_with(JPEG, segment(0xFE, b"hello")), (Kind.TEXT, b"hello")),
        "a comment late": (JPEG[:-2] + segment(0xFE, b"hello") + JPEG[-2:], (Kind.TEXT, b"hello")),
        "MPF": (jpeg_with(JPEG, segment(0xE2, b"MPF\0MM")), (Kind.OTHER, b"MPF\0MM")),
        "an unknown APP": (jpeg_with(JPEG, segment(0xE5, b"RICOH")), (Kind.OTHER, b"RICOH")),
        "a small picture of JFIF": (jpeg_with(JPEG, segment(0xE0, b"JFXX\0x")), (Kind.OTHER, b"JFXX\0x")),
        "what lies behind": (JPEG + b"\0\0\0\x18ftypmp42", (Kind.OTHER, b"\0\0\0\x18ftypmp42")),
        "what lies between": (JPEG[:2] + b"hello" + JPEG[2:], (Kind.OTHER, b"hello")),
        "a second picture": (
            JPEG + b"pad" + jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + EXIF)),
            (Kind.EXIF, EXIF),
        ),
    },
    "PNG": {
        "eXIf": (png_with(PNG, chunk(b"eXIf", EXIF)), (Kind.EXIF, EXIF)),
        "eXIf late": (png_with(PNG, late=chunk(b"eXIf", EXIF)), (Kind.EXIF, EXIF)),
        "XMP": (png_with(PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)), (Kind.XMP, XMP)),
        "XMP compressed": (
            png_with(PNG, chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP))),
            (Kind.XMP, XMP),
        ),
        "text": (png_with(PNG, chunk(b"tEXt", b"Title\0\xe9")), (Kind.TEXT, "Title\0é".encode())),
        "text compressed": (
            png_with(PNG, chunk(b"zTXt", b"Title\0\0" + zlib.compress(b"\xe9"))),
            (Kind.TEXT, "Title\0é".encode()),
        ),
        "international text": (
            png_with(PNG, chunk(b"iTXt", b"Title\0\0\0fr\0Titre\0" + "é".encode())),
            (Kind.TEXT, "Title\0é".encode()),
        ),
        "a raw profile of Exif": (png_with(PNG, raw_profile("exif", b"Exif\0\0" + EXIF)), (Kind.EXIF, EXIF)),
        "a raw profile of XMP": (png_with(PNG, raw_profile("xmp", XMP)), (Kind.XMP, XMP)),
        "a raw profile of IPTC": (
            png_with(PNG, raw_profile("iptc", resource(0x0404, IPTC))),
            (Kind.IPTC, IPTC),
        ),
        "a raw profile of bare IPTC": (png_with(PNG, raw_profile("iptc", IPTC)), (Kind.IPTC, IPTC)),
        "a raw profile as exiftool writes it": (
            png_with(PNG, raw_profile("iptc", resource(0x0404, IPTC), title="IPTC profile")),
            (Kind.IPTC, IPTC),
        ),
        "a text that is empty": (png_with(PNG, chunk(b"tEXt", b"Author\0")), (Kind.TEXT, b"Author\0")),
        "a raw APP1": (png_with(PNG, raw_profile("APP1", XMP_HEAD + XMP)), (Kind.XMP, XMP)),
        "an unknown chunk": (png_with(PNG, chunk(b"prVt", b"hello")), (Kind.OTHER, b"hello")),
        "what lies behind": (PNG + b"hello", (Kind.OTHER, b"hello")),
    },
    "WEBP": {
        "EXIF": (webp_with(WEBP, piece(b"EXIF", EXIF)), (Kind.EXIF, EXIF)),
        "EXIF as in a JPEG": (webp_with(WEBP, piece(b"EXIF", b"Exif\0\0" + EXIF)), (Kind.EXIF, EXIF)),
        "XMP": (webp_with(WEBP, piece(b"XMP ", XMP)), (Kind.XMP, XMP)),
        "an unknown chunk": (webp_with(WEBP, piece(b"ABCD", b"hello")), (Kind.OTHER, b"hello")),
        "an unknown chunk of a frame": (
            webp_with(WEBP, piece(b"ANMF", bytes(16) + piece(b"ABCD", b"hello"))),
            (Kind.OTHER, b"hello"),
        ),
        "what lies behind": (WEBP + b"hello", (Kind.OTHER, b"hello")),
    },
    "GIF": {
        "XMP": (gif_with(GIF, gif_xmp(XMP)), (Kind.XMP, XMP)),
        "XMP in sub-blocks": (gif_with(GIF, b"!\xff\x0bXMP DataXMP" + sub_blocks(XMP)), (Kind.XMP, XMP)),
        "a comment": (gif_with(GIF, b"!\xfe" + sub_blocks(b"hello" * 100)), (Kind.TEXT, b"hello" * 100)),
        "plain text": (gif_with(GIF, b"!\x01" + sub_blocks(bytes(12)) + b""), (Kind.TEXT, bytes(12))),
        "an unknown application": (
            gif_with(GIF, b"!\xff\x0bABCDEFGH1.0" + sub_blocks(b"hello")),
            (Kind.OTHER, b"hello"),
        ),
        "what lies between": (gif_with(GIF, b"hello"), (Kind.OTHER, b"hello")),
        "what lies behind": (GIF + b"hello", (Kind.OTHER, b"hello")),
    },
}


@pytest.mark.parametrize(
    ("format_", "name"), [(format_, name) for format_, those in CARRIED.items() for name in those]
)
def test_every_packet_is_found(format_, name):
    data, packet = CARRIED[format_][name]
    assert packet in packets(data, format_)


@pytest.mark.parametrize("format_", PICTURES)
def test_a_picture_with_a_profile_alone_has_no_packet(format_):
    data = make_image(format_, icc_profile=PROFILE)
    assert packets(data, format_) == []


@pytest.mark.parametrize("format_", PICTURES)
def test_what_is_cut_short_or_unreadable_is_reported_and_not_refused(format_):
    data = PICTURES[format_]
    for end in range(0, len(data), 7):
        packets(data[:end], format_)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "GIF"])
def test_no_hostile_file_takes_a_reader_out_of_its_bounds(name):
    for _, data in hostile_files():
        found = packets(data, name)
        assert len(found) <= containers.MAX_PACKETS + 1
        assert sum(len(packet.content) for packet in found) <= containers.MAX_BYTES


def test_text_that_swells_is_reported_without_its_content():
    data = png_with(PNG, chunk(b"zTXt", b"Title\0\0" + zlib.compress(bytes(10 * MAX_CONTENT))))
    assert packets(data, "PNG") == [Packet(Kind.TEXT, b"")]


def test_damaged_text_is_reported_without_its_content():
    assert packets(png_with(PNG, chunk(b"zTXt", b"Title\0\0nothing")), "PNG") == [Packet(Kind.TEXT, b"")]


def test_a_raw_profile_that_is_no_number_is_reported_without_its_content():
    text = b"Raw profile type exif\0\nexif\n 4\nzz\n"
    assert packets(png_with(PNG, chunk(b"tEXt", text)), "PNG") == [Packet(Kind.EXIF, b"")]


@pytest.mark.parametrize(
    ("format_", "block"),
    [
        ("JPEG", segment(0xFE, b"x")),
        ("PNG", chunk(b"tEXt", b"a\0b")),
        ("WEBP", piece(b"ABCD", b"x")),
        ("GIF", b"!\xfe\1x\0"),
    ],
)
def test_of_too_many_packets_the_last_has_no_content(format_, block):
    insert = {"JPEG": jpeg_with, "PNG": png_with, "WEBP": webp_with, "GIF": gif_with}[format_]
    found = packets(insert(PICTURES[format_], block * 100_000), format_)
    assert (len(found), found[-1]) == (containers.MAX_PACKETS + 1, Packet(Kind.OTHER, b""))


def test_of_a_long_film_behind_the_picture_all_is_told():
    film = b"\0\0\0\x18ftypmp42" + bytes(MAX_CONTENT) + b"moov"
    first, second = packets(JPEG + film, "JPEG")
    assert {first.kind, second.kind} == {Kind.OTHER}
    assert first.content == film[:MAX_CONTENT]
    assert second.content == film[MAX_CONTENT - OVERLAP :]


def test_extended_xmp_above_the_bound_is_reported_without_its_content():
    parts = extended(b"x" * (MAX_CONTENT + 1), 65_000)
    assert packets(jpeg_with(JPEG, *parts), "JPEG") == [Packet(Kind.XMP, b"")]


def test_the_second_photograph_of_a_panorama_speaks_too():
    second = make_image(seed=1, exif=b"Exif\0\0" + EXIF)
    assert (Kind.EXIF, EXIF) in packets(make_image("MPO", frames=2) + second, "JPEG")


def test_a_length_below_two_ends_the_segments():
    broken = JPEG[:2] + b"\xff\xe1" + struct.pack(">H", 1) + JPEG[2:]
    assert packets(broken, "JPEG") == [Packet(Kind.OTHER, broken[2:])]
