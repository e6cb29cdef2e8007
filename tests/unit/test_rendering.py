"""What is drawn, compared with Pillow's own results or with the scene that was stored.

Differences are the mean over all pixels, in steps of 255, of that channel where it is largest. Up to 1 is
alike; an encoder may make 2.5 of it, and a JPEG decoded small 3.5. To tell them from a mistake: a shift by a
quarter of a pixel makes 3.3 of the grain in the first case, and 8 in the last.
"""

import io

import pytest
from PIL import Image, ImageChops, ImageCms, ImageColor, ImageDraw, ImageOps, ImageStat

from images.iiif import RenditionSpec
from images.pyramid import scale_factors, tiles
from images.rendering import render
from tests.pictures import (
    SECRET,
    SIZE,
    SRGB,
    TALKATIVE,
    encoded,
    grain,
    oriented,
    picture,
    rgb_profile,
    scene,
)

FULL = "full/max/0/default.png"


def as_seen(data: bytes) -> Image.Image:
    return ImageOps.exif_transpose(Image.open(io.BytesIO(data)))


def draw(data: bytes, *requests: str) -> list[bytes]:
    """Return what is made of the image in `data`."""
    extent = as_seen(data).size
    return render(io.BytesIO(data), [RenditionSpec.parse(request).job(*extent) for request in requests])


def drawn(data: bytes, request: str = FULL) -> Image.Image:
    return Image.open(io.BytesIO(draw(data, request)[0]))


def by_pillow(image: Image.Image, request: str) -> Image.Image:
    """Return what `request` means, of an image in sRGB as it is seen, drawn without any short cut."""
    job = RenditionSpec.parse(request).job(*image.size)
    image = image.resize(job.size, Image.Resampling.LANCZOS, job.box)
    image = ImageOps.mirror(image) if job.mirrored else image
    return image.rotate(-job.rotation, expand=True)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return by how much two images differ in the mean, in colours on a ground and in transparency."""
    assert one.size == other.size
    flat = []
    for image in (one.convert("RGBA"), other.convert("RGBA")):
        ground = Image.new("RGBA", image.size, "#4080c0")
        ground.alpha_composite(image)
        ground.putalpha(image.getchannel("A"))
        flat.append(ground)
    return max(ImageStat.Stat(ImageChops.difference(*flat)).mean)


# --- Regions, sizes, rotations ---------------------------------------------------------------------

REQUESTS = [
    "full/max/0/default.png",
    "full/320,/0/default.png",
    "full/61,40/0/default.png",
    "square/100,100/0/default.png",
    "100,50,333,201/max/0/default.png",
    "100,50,333,201/111,67/0/default.png",
    "600,400,200,200/max/0/default.png",
    "pct:25,25,50,50/200,/0/default.png",
    "full/^1280,/0/default.png",
    "100,50,40,30/^400,300/0/default.png",
    "full/320,100/0/default.png",
    *(
        f"100,50,333,201/200,100/{turn}/default.png"
        for turn in ("90", "180", "270", "!0", "!90", "!180", "!270")
    ),
]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("name", ["photo.jpg", "gray.png", "transparent.png", "gray, transparent.png"])
def test_it_draws_what_pillow_draws(name, request_):
    data = picture(name)
    assert difference(drawn(data, request_), by_pillow(as_seen(data), request_)) < 1


@pytest.mark.parametrize("region", ["full", "square", "0,0,200,150", "300,222,77,111", "pct:70,80,30,20"])
@pytest.mark.parametrize("size", ["max", "!60,60"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_regions_are_of_the_image_as_seen(orientation, region, size):
    data = oriented(orientation, image=grain((1001, 751)))
    request = f"{region}/{size}/90/default.png"
    allowed = 1 if size == "max" else 3.5
    assert difference(drawn(data, request), by_pillow(as_seen(data), request)) < allowed


ODD = (4001, 2999)


@pytest.fixture(scope="module")
def odd() -> bytes:
    return encoded(grain(ODD), "JPEG", subsampling=2)


@pytest.mark.parametrize("size", ["320,", "640,", "1280,", "2560,", "63,47"])
def test_a_jpeg_of_odd_size_loses_nothing_when_decoded_small(odd, size):
    request = f"full/{size}/0/default.png"
    assert difference(drawn(odd, request), by_pillow(as_seen(odd), request)) < 3.5


@pytest.mark.parametrize("factor", list(scale_factors(*ODD)))
def test_the_last_tile_of_every_layer_lies_where_it_should(odd, factor):
    left, top = (length // (512 * factor) * 512 * factor for length in ODD)
    width, height = (-(-(length - start) // factor) for length, start in zip(ODD, (left, top), strict=True))
    request = f"{left},{top},{512 * factor},{512 * factor}/{width},{height}/0/default.png"
    assert str(RenditionSpec.parse(request).canonical(*ODD)) in map(str, tiles(*ODD, "png"))
    assert difference(drawn(odd, request), by_pillow(as_seen(odd), request)) < 3.5


def test_tiles_meet_without_a_seam():
    data = encoded(grain((1024, 512)), "PNG")
    both = Image.new("RGB", (512, 256))
    for left in (0, 512):
        both.paste(drawn(data, f"{left},0,512,512/256,256/0/default.png"), (left // 2, 0))
    assert not ImageChops.difference(both, drawn(data, "full/512,256/0/default.png")).getbbox()


@pytest.mark.parametrize(("name", "extent"), [("one wide.png", (1, 320)), ("one high.jpg", (320, 1))])
def test_a_line_stays_a_line(name, extent):
    ramp = drawn(picture(name), f"full/{extent[0]},{extent[1]}/0/default.png")
    values = list(ramp.get_flattened_data())
    assert ramp.size == extent
    assert values == sorted(values)
    assert (values[0], values[-1]) == (pytest.approx(0, abs=2), pytest.approx(255, abs=2))


def test_one_pixel_can_be_drawn_large():
    large = drawn(picture("of one pixel.png"), "full/^100,100/0/default.png")
    assert large.getcolors() == [(10_000, (224, 32, 32))]


@pytest.mark.parametrize("name", ["orientation 6.jpg", "transparent.png", "two pictures.jpg"])
def test_one_is_drawn_the_same_in_any_company(name):
    requests = [
        f"{region}/{size}/0/{last}"
        for region in ("full", "square", "40,40,300,300")
        for size in ("!25,25", "!50,50", "!100,100", "max")
        for last in ("default.jpg", "default.webp", "gray.png", "bitonal.gif")
    ]
    data = picture(name)
    assert draw(data, *requests, *requests[:3]) == [
        draw(data, request)[0] for request in requests + requests[:3]
    ]


def test_the_file_stays_open():
    file = io.BytesIO(picture("two pictures.jpg"))
    job = RenditionSpec.parse(FULL).job(*SIZE)
    assert render(file, [job]) == render(file, [job])
    assert not file.closed


# --- Formats and qualities -------------------------------------------------------------------------

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF", "gif": "GIF"}  # as Pillow says


def on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


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
