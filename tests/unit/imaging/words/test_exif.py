"""The library's words in EXIF: exiftool reads them, and all that was there is where it was."""

import io
import struct
from datetime import datetime, timedelta, timezone

import pytest
from PIL import Image as PillowImage

from images.imaging.words.exif import MAX_SIZE, merged
from images.imaging.words.words import Words
from tests.factories import make_image
from tests.files import exiftool, located

ALL = Words(
    title="has no place here",
    description="Boats \u2013 at low tide.",
    author="Ada Lovelace",
    copyright="© 2026 Ada",
    taken=datetime(2026, 5, 4, 23, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=-3, minutes=-30))),
)
READ = {
    "IFD0:ImageDescription": "Boats \u2013 at low tide.",
    "IFD0:Artist": "Ada Lovelace",
    "IFD0:Copyright": "© 2026 Ada",
    "ExifIFD:DateTimeOriginal": "2026:05:04 23:30:15",
    "ExifIFD:OffsetTimeOriginal": "-03:30",
    "ExifIFD:SubSecTimeOriginal": 250,
}
GROUPS = ("IFD0:", "IFD1:", "ExifIFD:", "GPS:", "InteropIFD:")


def exif_of(photo: bytes) -> bytes:
    with PillowImage.open(io.BytesIO(photo)) as image:
        return image.info["exif"].removeprefix(b"Exif\0\0")


def read(structure: bytes) -> dict:
    """Return what exiftool reads in a JPEG with this EXIF, and see that it finds nothing wrong with it."""
    photo = make_image(exif=b"Exif\0\0" + structure)
    return {
        name: value
        for name, value in exiftool.read(photo).items()
        if name.startswith(GROUPS) or name == "ExifTool:Warning"
    }


def camera(order: str = "II") -> bytes:
    """Return EXIF with a camera's notes, a thumbnail, a place and words, of this byte order."""
    photo = exiftool.write(
        located.photo(),
        f"-ExifByteOrder={order}",
        "-Orientation#=6",
        "-Make=Seed",
        "-ImageDescription=OLYMPUS DIGITAL CAMERA",
        "-Artist=Nobody",
        "-DateTimeOriginal=2001:01:01 00:00:00",
        "-OffsetTimeOriginal=+01:00",
        "-SubSecTimeOriginal=123456",
        "-XPTitle=An old title",
        "-XPComment=An old comment",
        "-UserComment=hello",
        "-InteropIndex#=R98",
    )
    return exif_of(photo)


@pytest.mark.parametrize("order", ["II", "MM"])
def test_words_are_read_and_all_else_stays_where_it_was(order):
    theirs = camera(order)
    ours = merged(theirs, ALL)
    assert ours[8 : len(theirs)] == theirs[8:]
    before, after = read(theirs), read(ours)
    replaced = READ.keys() | {"IFD0:XPTitle", "IFD0:XPComment"}
    assert after == {name: value for name, value in before.items() if name not in replaced} | READ
    assert after["IFD0:Orientation"] == 6
    assert after["GPS:GPSLatitude"] == before["GPS:GPSLatitude"]
    assert before["ExifIFD:UserComment"] == "hello"


def test_a_thumbnail_stays():
    theirs = merged(b"", Words(author="Ada"))
    following = len(theirs) + 2
    (first,) = struct.unpack_from(">I", theirs, 4)
    (count,) = struct.unpack_from(">H", theirs, first)
    theirs = bytearray(theirs + bytes(2))
    struct.pack_into(">I", theirs, first + 2 + 12 * count, following)
    theirs += struct.pack(">HHHIHHI", 1, 0x0100, 3, 1, 160, 0, 0)
    assert read(bytes(theirs))["IFD1:ImageWidth"] == 160
    assert read(merged(bytes(theirs), ALL))["IFD1:ImageWidth"] == 160


@pytest.mark.parametrize(
    "theirs", [b"", b"II", b"no TIFF structure", b"MM\0*\0\0\0\x07", b"II*\0\xff\xff\xff\x7f"]
)
def test_without_exif_that_can_be_read_it_is_new(theirs):
    assert read(merged(theirs, ALL)).items() >= READ.items()
    assert merged(theirs, Words(title="a", description="", taken=None)) == b""


def test_a_structure_that_says_it_already_is_left_alone():
    theirs = merged(camera(), ALL)
    assert merged(theirs, ALL) == theirs
    assert merged(theirs, Words()) == theirs
    assert merged(camera(), Words(copyright="")) == camera()  # it has none


def test_an_empty_word_takes_the_files_out():
    found = read(merged(camera(), Words(description="", author="")))
    assert found.keys() & READ.keys() == {
        "ExifIFD:DateTimeOriginal",
        "ExifIFD:OffsetTimeOriginal",
        "ExifIFD:SubSecTimeOriginal",
    }


def test_a_moment_without_offset_takes_the_cameras_offset_out():
    found = read(merged(camera(), Words(taken=datetime(2026, 5, 4, 3, 2, 1))))
    assert found["ExifIFD:DateTimeOriginal"] == "2026:05:04 03:02:01"
    assert not {"ExifIFD:OffsetTimeOriginal", "ExifIFD:SubSecTimeOriginal"} & found.keys()


@pytest.mark.parametrize("pointer", [0, 4, 2**31])
def test_a_pointer_to_nowhere_costs_no_other_entry(pointer):
    theirs = struct.pack("<4sIHHHIHHHHIII", b"II*\0", 8, 2, 0x0112, 3, 1, 6, 0, 0x8769, 4, 1, pointer, 0)
    found = read(merged(theirs, ALL))
    assert found.items() >= READ.items()
    assert found["IFD0:Orientation"] == 6


def test_of_a_directory_that_is_cut_short_the_whole_entries_stay():
    theirs = struct.pack("<4sIHHHIHHHH", b"II*\0", 8, 9, 0x0112, 3, 1, 6, 0, 0x8769, 4)
    found = read(merged(theirs, ALL))
    assert found.items() >= READ.items()
    assert found["IFD0:Orientation"] == 6


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("naïve \u2013 “quoted” 'and' \"double\"", None),
        ("👩\u200d👩\u200d👧\u200d👦 \U0001d4b3", None),
        ("מגדל \u200f\u0661\u0662\u0663", None),
        ("漢" * 10_000, 10_000),
    ],
)
def test_any_text_comes_back_as_it_was(text, kept):
    found = read(merged(camera(), Words(description=text)))["IFD0:ImageDescription"]
    assert found == text[:kept]


def test_a_text_for_which_there_is_no_room_is_cut_and_then_left_out():
    room = camera()
    filled = room + bytes(MAX_SIZE - 5_000 - len(room))
    found = read(merged(filled, Words(description="漢" * 10_000, author="Ada")))
    assert (found["IFD0:ImageDescription"], found["IFD0:Artist"]) == ("漢" * 666, "Ada")

    filled = room + bytes(MAX_SIZE - 500 - len(room))
    found = read(merged(filled, Words(description="漢" * 10_000, author="Ada")))
    assert not {"IFD0:ImageDescription", "IFD0:Artist"} & found.keys()
    assert found["IFD0:Orientation"] == 6

    filled = room + bytes(MAX_SIZE - 20 - len(room))
    assert merged(filled, Words(description="漢" * 10_000, author="Ada")) == filled
