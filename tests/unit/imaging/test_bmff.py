"""AVIF and HEIC: metadata is found wherever it is among boxes, goes without a pixel, and can be written."""

import io
import random
import struct

import pytest
from PIL import Image, ImageSequence

from images.errors import Unstrippable
from images.imaging import containers, stripping
from images.imaging.containers.boxes import box
from images.imaging.containers.parts import Kind, Written
from images.imaging.containers.plans import assemble
from tests.factories import make_image
from tests.files import carriers, exiftool
from tests.files.carriers import WORD
from tests.files.hostile import hostile_files
from tests.files.pictures import DISPLAY_P3, PICTURES, picture, rgb_profile

FORMATS = ("AVIF", "HEIF")
NAMES = [name for name in PICTURES if name.endswith((".avif", ".heic", ".heif"))]
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
SIZE = (120, 80)


def made(format_: str, orientation: int, profile: bytes | None, **said: bytes) -> bytes:
    """Return a picture that is turned, without metadata if nothing is `said` (exif, xmp)."""
    said = {"exif": b"Exif\0\0" + stripping.exif_of(orientation)} | said if orientation > 1 or said else {}
    return make_image(format_, SIZE, quality=90, **said, **({"icc_profile": profile} if profile else {}))


def full(format_: str, orientation: int, profile: bytes | None) -> bytes:
    """Return the same with WORD in its items and in boxes behind them."""
    data = made(
        format_, orientation, profile, exif=b"Exif\0\0" + carriers.exif(orientation), xmp=carriers.xmp(1)
    )
    behind = [(b"uuid", XMP_UUID + carriers.xmp(1)), (b"uuid", bytes(16) + WORD), (b"free", WORD)]
    behind += [(b"mpvd", carriers.FILM), (b"mdat", WORD)]
    return data + b"".join(box(name, content) for name, content in behind) + b"\xff\xff\xff\xff" + WORD


def cases(format_: str) -> dict[str, tuple[bytes, bytes]]:
    """Return files full of metadata and, beside each, the same picture without."""
    return {
        f"{orientation} {bool(profile)}.{format_.lower()}": (
            full(format_, orientation, profile),
            made(format_, orientation, profile),
        )
        for orientation in range(1, 9)
        for profile in (None, rgb_profile(DISPLAY_P3))
    }


def stripped(data: bytes) -> bytes:
    output = io.BytesIO()
    assemble(stripping.strip(io.BytesIO(data)), io.BytesIO(data), output)
    return output.getvalue()


def written(data: bytes, format_: str, new: Written) -> bytes:
    output = io.BytesIO()
    assemble(containers.planned(io.BytesIO(data), format_, new), io.BytesIO(data), output)
    return output.getvalue()


def packets(data: bytes, format_: str = "HEIF") -> list[tuple[Kind, bytes]]:
    return [tuple(packet) for packet in containers.packets(io.BytesIO(data), format_)]


def seen(data: bytes) -> list[tuple]:
    with Image.open(io.BytesIO(data)) as image:
        profile = image.info.get("icc_profile")
        return [(frame.size, frame.mode, profile, frame.tobytes()) for frame in ImageSequence.Iterator(image)]


@pytest.mark.parametrize("format_", FORMATS)
def test_without_metadata_exiftool_finds_what_it_finds_in_a_file_that_never_had_any(format_, tmp_path):
    files = cases(format_)
    before = exiftool.tags({name: data for name, (data, _) in files.items()}, tmp_path)
    after = exiftool.tags({name: stripped(data) for name, (data, _) in files.items()}, tmp_path)
    never = exiftool.tags({name: stripped(bare) for name, (_, bare) in files.items()}, tmp_path)
    for name in files:
        assert len([tag for tag, value in before[name].items() if WORD.decode() in str(value)]) >= 2
        changes = ("File:File", "System:", "QuickTime:MediaData", "SourceFile")
        assert {tag: value for tag, value in after[name].items() if not tag.startswith(changes)} == {
            tag: value for tag, value in never[name].items() if not tag.startswith(changes)
        }
        assert not [tag for tag in after[name] if tag.startswith(("IFD0", "ExifIFD", "GPS", "XMP"))]


@pytest.mark.parametrize("format_", FORMATS)
def test_the_picture_stays_as_it_is_and_as_it_is_held(format_):
    for data, bare in cases(format_).values():
        copy = stripped(data)
        assert seen(copy) == seen(data) == seen(bare)
        assert WORD not in copy
        assert stripped(copy) == copy
        assert packets(copy, format_) == packets(stripped(bare), format_)


@pytest.mark.parametrize("name", NAMES)
def test_every_awkward_picture_is_stripped(name):
    data = picture(name)
    copy = stripped(data)
    assert seen(copy) == seen(data)
    assert stripped(copy) == copy
    assert len(copy) <= len(data)


@pytest.mark.parametrize("format_", FORMATS)
def test_items_are_read_and_what_else_there_is(format_):
    found = packets(full(format_, 1, None), format_)
    (shot,) = (content for kind, content in found if kind == Kind.EXIF)  # AVIF's Pillow wrote it anew
    assert shot.startswith(b"MM\0*")
    assert WORD in shot
    assert found.count((Kind.XMP, carriers.xmp(1))) == 2
    said = b"\n".join(content for kind, content in found if kind == Kind.OTHER)
    assert said.count(WORD) >= 4
    assert carriers.FILM in said


@pytest.mark.parametrize("name", [name for name in NAMES if "moving" not in name])
def test_what_is_written_is_what_readers_find(name):
    format_ = "AVIF" if name.endswith(".avif") else "HEIF"
    data = picture(name)
    new = Written(exif=carriers.exif(1), xmp=carriers.xmp(1))
    copy = written(data, format_, new)
    assert seen(copy) == seen(data)
    assert [found for found in packets(copy, format_) if found[0] != Kind.OTHER] == [
        (Kind.EXIF, new.exif),
        (Kind.XMP, new.xmp),
    ]
    tags = exiftool.read(copy)
    assert not [tag for tag in tags if "Warning" in tag or "Error" in tag]
    assert tags["XMP-photoshop:City"] == WORD.decode()
    assert written(copy, format_, Written()) == written(data, format_, Written())


def with_moov(*more: bytes) -> bytes:
    """Return an animation whose moov box stands last, with more boxes in it."""
    data = make_image("AVIF", SIZE, frames=3)
    start = data.index(b"moov") - 4
    length = int.from_bytes(data[start : start + 4])
    moov = data[start + 8 : start + length]
    hole = struct.pack(">I4s", length, b"free") + bytes(length - 8)
    return data[:start] + hole + data[start + length :] + box(b"moov", moov, *more)


MOVIE = {
    "where it was taken, as phones write it": box(b"udta", box(b"\xa9xyz", struct.pack(">HH", 18, 0) + WORD)),
    "keys and values of QuickTime": box(b"meta", bytes(4), box(b"ilst", WORD)),
    "a box of someone's own": box(b"uuid", bytes(16), WORD),
}


@pytest.mark.parametrize("more", MOVIE.values(), ids=MOVIE)
def test_what_a_sequence_says_beside_its_pictures_is_found_and_goes(more):
    data = with_moov(more)
    assert any(WORD in content for _, content in packets(data, "AVIF"))
    copy = stripped(data)
    assert WORD not in copy
    assert seen(copy) == seen(data)
    assert stripped(copy) == copy


def test_a_track_of_words_is_found_and_goes():
    data = with_moov(box(b"trak", box(b"mdia", box(b"hdlr", bytes(8), b"text", bytes(12), WORD))))
    assert any(WORD in content for _, content in packets(data, "AVIF"))
    assert written(data, "AVIF", Written()) == written(with_moov(), "AVIF", Written())


def test_when_a_sequence_was_made_is_forgotten():
    data = bytearray(with_moov())
    place = data.rindex(b"mvhd") + 8
    data[place : place + 16] = b"\x11" * 16
    copy = stripped(bytes(data))
    place = copy.index(b"mvhd") + 8
    assert copy[place : place + 16] == bytes(16)


def synthetic(content: bytes, iloc: bytes, *more: bytes) -> bytes:
    """Return boxes that say that `content`, at the end of the file, is XMP, item 70,000."""
    names = box(b"infe", b"\3\0\0\0", struct.pack(">IH", 70_000, 0), b"mime\0application/rdf+xml\0")
    names += box(b"infe", b"\2\0\0\0", struct.pack(">HH", 1, 0), b"hvc1\0")
    parts = [box(b"pitm", bytes(4), b"\0\1"), box(b"iinf", b"\1\0\0\0", struct.pack(">I", 2), names)]
    meta = box(b"meta", bytes(4), *parts, box(b"iloc", iloc), *more)
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta + box(b"mdat", content)


PLACES = {
    "version 2, from the end of the file": lambda end, size: struct.pack(
        ">B3xBBIIHHHII", 2, 0x44, 0, 1, 70_000, 0, 0, 1, end - size, size
    ),
    "in two parts, behind a base": lambda end, size: struct.pack(
        ">B3xBBIIHHIHIIII", 2, 0x44, 0x40, 1, 70_000, 0, 0, end - size, 2, 0, 3, 3, size - 3
    ),
    "of no length, which is all": lambda end, size: struct.pack(
        ">B3xBBIIHHHII", 2, 0x44, 0, 1, 70_000, 0, 0, 1, end - size, 0
    ),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_wherever_a_table_says_that_an_item_is_it_is_found(place):
    size = len(synthetic(WORD, place(100, len(WORD))))
    assert (Kind.XMP, WORD) in packets(synthetic(WORD, place(size, len(WORD))))


def test_items_may_be_within_their_own_box():
    iloc = struct.pack(">B3xBBIIHHHII", 2, 0x44, 0, 1, 70_000, 1, 0, 1, 2, len(WORD))
    assert (Kind.XMP, WORD) in packets(synthetic(b"", iloc, box(b"idat", b"ab" + WORD)))


# --- Files that lie --------------------------------------------------------------------------------

BOMBS = {
    "parts without number": struct.pack(">B3xBBI", 2, 0, 0, 2**20)
    + struct.pack(">IHHH", 1, 0, 0, 65_535) * 70_000,
    "a part many times": struct.pack(">B3xBBIIHHH", 2, 0x44, 0, 1, 1, 1, 0, 65_535)
    + struct.pack(">II", 0, 2**20) * 65_535,
    "past the end": struct.pack(">B3xBBIIHHHII", 2, 0x44, 0, 1, 1, 0, 0, 1, 2**32 - 1, 2**32 - 1),
    "cut short": struct.pack(">B3xBBI", 2, 0x44, 0, 1),
}


@pytest.mark.parametrize("iloc", BOMBS.values(), ids=BOMBS)
def test_a_table_that_lies_costs_no_more_than_the_file(iloc):
    data = synthetic(WORD, iloc, box(b"idat", bytes(2**20)))
    assert sum(len(content) for _, content in packets(data)) <= len(data)
    with pytest.raises(Unstrippable):
        written(data, "HEIF", Written())


def test_boxes_that_lie_are_refused_or_left_out():
    """Whatever the damage, packets are found or not, and a plan is of this file or none."""
    chance = random.Random(0)
    files = [data for name, data in hostile_files() if name.lower().endswith((".heic", ".heif", ".avif"))]
    for data in [full("HEIF", 6, None), with_moov(*MOVIE.values())]:
        for _ in range(300):
            damaged = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                damaged[chance.randrange(min(len(damaged), 1200))] = chance.choice((0, 1, 127, 255))
            files.append(
                bytes(damaged[: chance.randrange(len(damaged))] if chance.random() < 0.2 else damaged)
            )
    outcomes = set()
    for data in files:
        packets(data)
        try:
            outcomes.add(len(written(data, "HEIF", Written(xmp=b"<x/>"))) <= 2 * len(data) + 1000)
        except Unstrippable:
            outcomes.add(None)
    assert outcomes == {True, None}
