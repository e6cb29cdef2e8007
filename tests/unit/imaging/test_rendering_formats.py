"""Every format shows the same, in every quality, and tells nothing beside.

Tolerances: tests/files/drawing.py.
"""

import io

import pytest
from PIL import Image, ImageChops

from images.iiif import requests
from images.imaging.formats import EXTENSIONS
from images.imaging.rendering import OPTIONS
from tests.files.drawing import as_seen, difference, draw, drawn, on_white
from tests.files.pictures import SECRET, TALKATIVE, picture

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF", "gif": "GIF"}  # as Pillow says


def test_all_that_may_be_asked_for_is_drawn():
    assert set(requests.FORMATS) == set(OPTIONS) == set(FORMATS)
    assert {extension: EXTENSIONS[extension].name for extension in requests.FORMATS} == FORMATS


def as_format_can(image: Image.Image, format_: str) -> Image.Image:
    """Return the image with as much transparency as the format knows."""
    if format_ == "jpg":
        return on_white(image)
    image = image.convert("RGBA")
    if format_ == "gif":
        image.putalpha(image.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0))
    return image


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", ["photo.jpg", "gray.png", "transparent.png", "gray, transparent.png"])
def test_every_format_shows_the_same(name, format_):
    image = drawn(picture(name), f"full/320,/90/default.{format_}")
    expected = drawn(picture(name), "full/320,/90/default.png")
    assert image.format == FORMATS[format_]
    assert difference(image, as_format_can(expected, format_)) < 2.5


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", ["photo.jpg", "transparent.png"])
def test_gray_is_gray(name, format_):
    image = drawn(picture(name), f"full/320,/0/gray.{format_}").convert("RGBA")
    expected = drawn(picture(name), "full/320,/0/default.png").convert("RGBA").convert("LA")
    assert difference(image, as_format_can(expected, format_)) < 2.5
    red, green, blue, _ = on_white(image).convert("RGBA").split()
    assert ImageChops.difference(red, green).getextrema()[1] <= 2
    assert ImageChops.difference(green, blue).getextrema()[1] <= 2


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", ["photo.jpg", "transparent.png", "gray, transparent.png"])
def test_bitonal_is_black_and_white_on_white(name, format_):
    image = drawn(picture(name), f"full/max/0/bitonal.{format_}")
    expected = on_white(as_seen(picture(name))).convert("L").convert("1")
    assert difference(image.convert("L").reduce(8), expected.convert("L").reduce(8)) < 2.5
    if format_ in ("png", "gif"):
        assert {color for _, color in image.convert("L").getcolors()} == {0, 255}


# --- Metadata --------------------------------------------------------------------------------------

# What begins those parts of files that say something beside the pixels.
MARKS = [
    *(b"Exif", b"EXIF", b"eXIf", b"xmpmeta", b"XMP", b"adobe", b"ICC", b"iCC", b"Photoshop", b"8BIM"),
    *(b"tEXt", b"zTXt", b"iTXt", b"pHYs", b"tIME", SECRET.encode()),
]
JPEG_MARKS = [b"\xff\xe1", b"\xff\xe2", b"\xff\xed", b"\xff\xfe"]  # Exif and XMP, ICC, IPTC, a comment
# What Pillow finds in every file of the formats: versions, resolution 1:1, no animation.
PLAIN = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
PLAIN |= {"version", "background", "loop", "duration", "timestamp"}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", TALKATIVE)
def test_nothing_is_told_beside_the_pixels(name, format_):
    source = picture(f"talkative.{name}")
    assert SECRET.encode() in source
    marks = MARKS + (JPEG_MARKS if format_ == "jpg" else [])
    for request in ("full/max/0/default", "full/60,/0/gray", "square/^700,/90/bitonal"):
        (data,) = draw(source, f"{request}.{format_}")
        assert [mark for mark in marks if mark in data] == []
        image = Image.open(io.BytesIO(data))
        assert not image.getexif()
        assert set(image.info) <= PLAIN
