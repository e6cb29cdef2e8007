"""A file with other metadata: the packets that are written, where readers look for them, and no others."""

import io

import pytest
from PIL import Image

from images.errors import Unstrippable
from images.imaging import stripping
from images.imaging.containers import packets, planned
from images.imaging.containers.parts import Kind, Packet, Written
from images.imaging.containers.plans import assemble
from tests.factories import make_image, transparent
from tests.files import exiftool
from tests.files.carriers import EXTENSION_HEAD, WORD, exif, full, iptc, xmp
from tests.files.pictures import encoded, scene

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
OURS = Written(*(packet.replace(WORD, b"Ourvillages") for packet in (exif(1), xmp(1), iptc())))
LONG_XMP = OURS.xmp.replace(b"<rdf:RDF", b" " * 200_000 + b"<rdf:RDF")
PLACES = {
    "JPEG": {Kind.EXIF: OURS.exif, Kind.XMP: OURS.xmp, Kind.IPTC: OURS.iptc},
    "PNG": {Kind.EXIF: OURS.exif, Kind.XMP: OURS.xmp, Kind.IPTC: OURS.iptc},
    "WEBP": {Kind.EXIF: OURS.exif, Kind.XMP: OURS.xmp},
    "GIF": {Kind.XMP: OURS.xmp},
}
SIMPLE = {
    "lossy.webp": encoded(scene((63, 47)), "WEBP"),
    "lossless.webp": encoded(scene((63, 47)), "WEBP", lossless=True),
    "lossless and transparent.webp": encoded(scene((63, 47), "RGBA"), "WEBP", lossless=True),
    "lossy and transparent.webp": encoded(scene((63, 47), "RGBA"), "WEBP"),
}


def written(data: bytes, format_: str, what: Written = OURS) -> bytes:
    """Return the file with these packets, proved to show the same picture."""
    output, plan = io.BytesIO(), planned(io.BytesIO(data), format_, what)
    stripping.prove(plan, io.BytesIO(data), stripping.look_at(io.BytesIO(data)))
    assemble(plan, io.BytesIO(data), output)
    return output.getvalue()


def found(data: bytes, format_: str) -> list[Packet]:
    return packets(io.BytesIO(data), format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_exactly_these_packets_are_in_the_file(format_):
    bare = make_image(format_, frames=1 if format_ == "JPEG" else 2)
    expected = {Packet(kind, content) for kind, content in PLACES[format_].items()}
    for data in (bare, full(format_, 1, bare), written(bare, format_)):
        copy = written(data, format_)
        assert set(found(copy, format_)) == expected
        assert len(found(copy, format_)) == len(expected)
        assert WORD not in copy


def test_exiftool_reads_them(tmp_path):
    copies = {f"{name}.{name.lower()}": written(make_image(name), name) for name in FORMATS}
    copies |= {name: written(data, "WEBP") for name, data in SIMPLE.items()}
    for name, tags in exiftool.tags(copies, tmp_path).items():
        assert tags["XMP-photoshop:City"] == "Ourvillages"
        assert tags.get("IFD0:ImageDescription") == (None if name.endswith("gif") else "Ourvillages")
        assert tags.get("IPTC:City") == ("Ourvillages" if name.endswith(("jpeg", "png")) else None)
        assert not [tag for tag in tags if "Warning" in tag or "Error" in tag]


@pytest.mark.parametrize("name", SIMPLE)
def test_a_simple_webp_gets_a_place_for_them(name):
    copy = written(SIMPLE[name], "WEBP")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (63, 47)
        assert image.getexif()[0x010E] == "Ourvillages"
    assert written(copy, "WEBP", Written()).endswith(SIMPLE[name][-100:])


def test_xmp_that_is_too_long_for_a_segment_is_extended(tmp_path):
    copy = written(make_image(), "JPEG", Written(xmp=LONG_XMP))
    head, extended = found(copy, "JPEG")
    assert extended == Packet(Kind.XMP, LONG_XMP)
    assert b"HasExtendedXMP" in head.content
    assert copy.count(EXTENSION_HEAD) == 4
    assert exiftool.tags({"long.jpg": copy}, tmp_path)["long.jpg"]["XMP-photoshop:City"] == "Ourvillages"


def test_iptc_that_is_too_long_for_a_segment_is_in_several(tmp_path):
    records = b"\x1c\x02\x19\0\x0bOurvillages" * 10_000
    copy = written(make_image(), "JPEG", Written(iptc=records))
    assert found(copy, "JPEG") == [Packet(Kind.IPTC, records)]
    tags = exiftool.tags({"long.jpg": copy}, tmp_path)["long.jpg"]
    assert tags["IPTC:Keywords"] == ["Ourvillages"] * 10_000


def test_exif_that_is_too_long_for_a_segment_is_refused():
    with pytest.raises(Unstrippable, match="no room"):
        written(make_image(), "JPEG", Written(exif=OURS.exif + bytes(65_000)))


def test_a_gif_without_extensions_gets_the_version_that_has_them():
    plain = make_image("GIF")
    assert plain.startswith(b"GIF87a")
    assert written(plain, "GIF").startswith(b"GIF89a")


def test_transparency_without_a_profile_stays_in_a_png():
    copy = written(transparent(), "PNG")
    with Image.open(io.BytesIO(copy)) as image:
        assert image.getpixel((0, 0)) == (200, 30, 30, 100)
