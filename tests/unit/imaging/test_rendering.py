"""Which pixels are drawn, and where: compared with Pillow's own results.

Tolerances: tests/files/drawing.py.
"""

import io
import random

import pytest
from PIL import Image, ImageChops

from images.iiif.pyramid import scale_factors, tiles
from images.iiif.requests import RenditionSpec
from images.imaging.rendering import render
from tests.files.drawing import FULL, as_seen, by_pillow, difference, draw, drawn
from tests.files.pictures import SIZE, encoded, grain, oriented, picture

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


@pytest.mark.parametrize("extent", [(16_000, 3), (3, 16_000), (8_000, 9), (1_500, 1_500)])
def test_noise_fits_into_a_jpeg(extent):
    """As much of it as there can be: Pillow sets a byte for each pixel aside."""
    width, height = extent
    bits = random.Random(1).randbytes(3 * width * height).translate(bytes(128) + b"\xff" * 128)
    data = encoded(Image.frombytes("RGB", extent, bits), "PNG")
    for request in ("full/max/0/default.jpg", "full/max/90/bitonal.jpg"):
        assert sorted(drawn(data, request).size) == sorted(extent)


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
