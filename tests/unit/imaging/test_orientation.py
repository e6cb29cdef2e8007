"""Inspection and rendering see one picture the same way up, whatever its Exif is worth."""

import io
import struct

import pytest
from PIL import Image, ImageChops

from images.iiif.requests import RenditionSpec
from images.imaging.inspection import ImageFacts, inspect_image, upright
from images.imaging.rendering import render
from tests.factories import make_image
from tests.files.drawing import difference
from tests.files.pictures import encoded, oriented, scene

ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
SHORT, LONG, SIGNED, TEXT = 3, 4, 9, 2  # types of Exif's values

TURNED = (ORIENTATION, SHORT, struct.pack("<HH", 6, 0))
SIZE, AS_SEEN = (60, 40), (40, 60)


def exif_of(*entries: tuple[int, int, bytes], count: int | None = None, cut: int = 0) -> bytes:
    """Return Exif of one directory that says it has `count` entries, without its last `cut` bytes."""
    directory = b"".join(struct.pack("<HHI", tag, kind, 1) + value for tag, kind, value in entries)
    head = b"II*\0" + struct.pack("<IH", 8, len(entries) if count is None else count)
    whole = head + directory + struct.pack("<I", 0)
    return b"Exif\0\0" + whole[: len(whole) - cut]


def pointer(tag: int, place: int, kind: int = SIGNED) -> tuple[int, int, bytes]:
    return tag, kind, struct.pack("<i" if kind == SIGNED else "<I", place)


EXIF = {
    "whole": exif_of(TURNED),
    "a pointer before the start": exif_of(TURNED, pointer(EXIF_IFD, -5)),
    "a pointer before the start, to the place": exif_of(TURNED, pointer(GPS_IFD, -5)),
    "a pointer past the end": exif_of(TURNED, pointer(EXIF_IFD, 2**32 - 16, LONG)),
    "a pointer to itself": exif_of(TURNED, pointer(EXIF_IFD, 8, LONG)),
    "a pointer that is text": exif_of(TURNED, (EXIF_IFD, TEXT, b"abc\0")),
    "a directory cut short": exif_of(TURNED, count=5, cut=4),
    "an entry cut short": exif_of(pointer(EXIF_IFD, -5), TURNED, cut=9),
    "nothing but a head": exif_of(cut=4),
}


def inspect(data: bytes) -> ImageFacts:
    return inspect_image(io.BytesIO(data))


def drawn(data: bytes, facts: ImageFacts) -> Image.Image:
    job = RenditionSpec.parse("full/max/0/default.png").job(facts.width, facts.height)
    (result,) = render(io.BytesIO(data), [job])
    return Image.open(io.BytesIO(result)).convert("RGB")


def assert_one_way_up(data: bytes) -> ImageFacts:
    """The picture of the size that inspection tells is all of the picture, and not distorted."""
    facts = inspect(data)
    stored = Image.open(io.BytesIO(data)).convert("RGB")
    turned = (facts.width, facts.height) != stored.size
    expected = stored.transpose(Image.Transpose.ROTATE_270) if turned else stored
    picture = drawn(data, facts)
    assert picture.size == expected.size
    assert max(high for _, high in ImageChops.difference(picture, expected).getextrema()) < 8
    return facts


@pytest.mark.parametrize("format_", ["JPEG", "AVIF", "HEIF", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_held_in_any_way_takes_it_the_same_way_up(format_, orientation):
    """HEIC is turned by the file, whose Exif says so once more: it is turned once."""
    data = oriented(orientation, format_, **({} if format_ == "TIFF" else {"quality": 95}))
    facts = inspect(data)
    assert (facts.width, facts.height) == (scene().size if orientation < 5 else scene().size[::-1])
    picture = drawn(data, facts)
    expected = upright(scene(), orientation)
    assert picture.size == expected.size
    assert difference(picture, expected) < 2.5


def test_the_exif_of_a_heic_does_not_turn_it():
    """By ISO 23008-12, A.2.3 Exif is descriptive: the properties of the image turn it, here none."""
    plain = encoded(scene(), "HEIF", exif=exif_of((ORIENTATION, SHORT, struct.pack("<HH", 1, 0))))
    start = exif_of((ORIENTATION, SHORT, struct.pack("<HH", 1, 0)))[6:]
    assert start in plain
    data = plain.replace(start, exif_of(TURNED)[6:])
    facts = inspect(data)
    assert (facts.width, facts.height) == scene().size


# pytest undoes the library's own filters.
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data", "ignore:Truncated File Read")
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", EXIF.values(), ids=EXIF)
def test_damaged_exif_turns_both_or_neither(format_, exif):
    assert_one_way_up(make_image(format_, SIZE, exif=exif))


@pytest.mark.parametrize("tag", [EXIF_IFD, GPS_IFD])
def test_a_bad_pointer_costs_no_other_tag(tag):
    facts = inspect(make_image(size=SIZE, exif=exif_of(TURNED, pointer(tag, -5))))
    assert (facts.width, facts.height) == AS_SEEN


def test_a_picture_behind_the_first_does_not_turn_it():
    first, second = (Image.new("RGB", SIZE, color) for color in ("red", "blue"))
    second.encoderinfo = {"exif": exif_of(TURNED)}
    file = io.BytesIO()
    first.save(file, "MPO", save_all=True, append_images=[second])
    facts = assert_one_way_up(file.getvalue())
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 2)


def test_a_bad_pointer_does_not_hide_where_it_was_taken():
    exif = Image.Exif()
    exif.get_ifd(EXIF_IFD)[0x8827] = 400
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    whole, good = exif.tobytes(), struct.pack(">HHI", EXIF_IFD, LONG, 1)
    start = whole.index(good)
    bad = struct.pack(">HHIi", EXIF_IFD, SIGNED, 1, -5)
    facts = inspect(make_image(exif=whole[:start] + bad + whole[start + len(bad) :]))
    assert facts.metadata["location"] == [48.858333, 2.294444]
