"""Which colours and what transparency come out, however they were stored.

Tolerances: tests/files/drawing.py.
"""

import io

import pytest
from PIL import Image, ImageChops, ImageCms, ImageColor, ImageDraw

from tests.files.drawing import FULL, as_seen, by_pillow, difference, drawn
from tests.files.pictures import SIZE, SRGB, encoded, oriented, picture, rgb_profile, scene

# The colours, and the transparency, of a PNG of the picture.
MODES = {
    "photo.jpg": "RGB",
    "inks.jpg": "RGB",
    "gray.jpg": "L",
    "gray, gamma 1.jpg": "L",
    "gray, though in RGB of gamma 1.jpg": "L",
    "gray, in sRGB.jpg": "L",
    "gray.png": "L",
    "gray, 16 bits.png": "L",
    "gray, transparent.png": "LA",
    "gray, transparent, gamma 1.png": "LA",
    "gray, one gray transparent.png": "LA",
    "gray, 16 bits, one transparent.png": "LA",
    "black and white.png": "L",
    "colours, 16 bits.png": "RGB",
    "colours, one transparent.png": "RGBA",
    "opaque, though RGBA.png": "RGB",
    "palette.png": "RGB",
    "palette, transparent.png": "RGBA",
    "moving.gif": "RGB",
    "moving.webp": "RGB",
    "transparent.gif": "RGBA",
    "transparent.webp": "RGBA",
    "transparent.avif": "RGBA",
}


@pytest.mark.parametrize("name", MODES)
def test_gray_stays_gray_and_only_the_transparent_has_transparency(name):
    assert drawn(picture(name)).mode == MODES[name]
    for format_ in ("webp", "avif", "gif"):
        image = drawn(picture(name), f"full/200,/0/default.{format_}")
        assert image.has_transparency_data == MODES[name].endswith("A")
    assert drawn(picture(name), "full/200,/0/default.jpg").mode == MODES[name].removesuffix("A")


# --- Colours ---------------------------------------------------------------------------------------

# As what the scene was stored in pictures of which it is to come back as it was.
SCENES = {
    "photo.jpg": "RGB",
    "photo, progressive, colours at half.jpg": "RGB",
    "in sRGB.jpg": "RGB",
    "profile that is none.jpg": "RGB",
    "profile of inks, though RGB.jpg": "RGB",
    "inks.jpg": "RGB",
    **{f"orientation {n}.jpg": "RGB" for n in range(2, 9)},
    "orientation 6.avif": "RGB",
    "two pictures.jpg": "RGB",
    "gray.jpg": "L",
    "gray, in sRGB.jpg": "L",
    "gray.png": "L",
    "gray, 16 bits.png": "L",
    "gray, 16 bits, one transparent.png": "LA",
    "gray, one gray transparent.png": "LA",
    "gray, transparent.png": "LA",
    "black and white.png": "1",
    "colours, 16 bits.png": "RGB",
    "colours, 16 bits, one transparent.png": "RGBA",
    "colours, one transparent.png": "RGBA",
    "opaque, though RGBA.png": "RGB",
    "transparent.png": "RGBA",
    "palette.png": "RGB",
    "palette, transparent.png": "RGBA",
    "moving.gif": "RGB",
    "moving.webp": "RGB",
    "moving.png": "RGB",
    "moving.avif": "RGB",
    "transparent.webp": "RGBA",
    "transparent.avif": "RGBA",
}


@pytest.mark.parametrize("name", SCENES)
def test_the_scene_comes_back(name):
    expected = scene(SIZE, SCENES[name])
    if name.startswith("orientation"):
        expected = as_seen(oriented(int(name[12]), "PNG", expected))
    assert difference(drawn(picture(name)), expected) < 2.5


@pytest.mark.parametrize("request_", [FULL, "full/160,/0/default.png"])
@pytest.mark.parametrize(
    "name",
    [
        "in Display P3.jpg",
        "in Adobe RGB.jpg",
        "red and green swapped by the profile.png",
        "inks, odd ones by their profile.jpg",
        "gray, gamma 1.jpg",
        "gray, though in RGB of gamma 1.jpg",
        "gray, transparent, gamma 1.png",
        "transparent, in Display P3.png",
    ],
)
def test_colours_are_taken_to_srgb(name, request_):
    image = as_seen(picture(name))
    expected = by_pillow(in_srgb(image), request_)
    assert difference(drawn(picture(name), request_), expected) < 2.5
    assert difference(drawn(picture(name)), image) > 5  # it makes a difference


def in_srgb(image: Image.Image) -> Image.Image:
    """Return all of the image in sRGB, as LittleCMS makes it."""
    profile = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    mode = {"LA": "L", "RGBA": "RGB"}.get(image.mode, image.mode)
    colours = image.convert("RGB" if profile.profile.xcolor_space == "RGB " else mode)
    converted = ImageCms.profileToProfile(colours, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    if image.mode.endswith("A"):
        converted.putalpha(image.getchannel("A"))
    return converted


@pytest.mark.parametrize("gamma", [1.8, 2.2, 2.4])
def test_what_is_almost_srgb_is_taken_to_srgb_too(gamma):
    data = encoded(scene(), "PNG", icc_profile=rgb_profile(SRGB, gamma))
    steps = ImageChops.difference(drawn(data), in_srgb(as_seen(data))).getextrema()
    assert max(most for _, most in steps) <= 1


# --- Edges of what is transparent ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("colour", "around"), [("white", "black"), ("black", "white"), ("#ffd020", "#ff00ff")]
)
@pytest.mark.parametrize("stored", ["alpha", "key", "palette"])
@pytest.mark.parametrize("format_", ["png", "webp", "avif", "gif"])
def test_nothing_of_what_is_transparent_shows_at_the_edges(colour, around, stored, format_):
    image = Image.new("RGB", (400, 300), around)
    shape = Image.new("L", image.size)
    ImageDraw.Draw(shape).ellipse((50, 50, 351, 251), fill=255)
    image.paste(colour, mask=shape)
    if stored == "alpha":
        image.putalpha(shape)
    if stored == "palette":
        image = image.quantize(2)
    key = {"key": ImageColor.getrgb(around), "palette": image.getpixel((0, 0))}.get(stored)
    data = encoded(image, "PNG", **({} if key is None else {"transparency": key}))
    small = drawn(data, f"full/101,76/0/default.{format_}").convert("RGBA")
    seen = [pixel[:3] for pixel in small.get_flattened_data() if pixel[3] > 127]
    steps = [abs(a - b) for pixel in seen for a, b in zip(pixel, ImageColor.getrgb(colour), strict=True)]
    assert max(steps) <= (20 if format_ in ("png", "gif") else 28)  # the former: the filter overshoots by 8%
