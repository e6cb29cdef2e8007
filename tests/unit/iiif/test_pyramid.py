"""Which sizes and tiles are listed, and how info.json tells of them."""

import pytest

from images.iiif.information import information
from images.iiif.pyramid import block, is_listed, listed_sizes, scale_factors, sizes, tiles
from images.iiif.requests import RenditionSpec

SIZES = {
    (4000, 3000): [(320, 240), (640, 480), (1280, 960), (2560, 1920)],
    (3000, 4000): [(240, 320), (480, 640), (960, 1280), (1920, 2560)],
    (2560, 1440): [(320, 180), (640, 360), (1280, 720), (2560, 1440)],
    (2000, 1000): [(320, 160), (640, 320), (1280, 640), (2000, 1000)],
    (640, 480): [(320, 240), (640, 480)],
    (320, 200): [(320, 200)],
    (60, 40): [(60, 40)],
    (1, 1): [(1, 1)],
    (1, 20_000): [(1, 320), (1, 640), (1, 1280), (1, 2560)],
    (20_000, 3): [(320, 1), (640, 1), (1280, 1), (2560, 1)],
}


@pytest.mark.parametrize("extent", SIZES, ids=str)
def test_sizes_by_the_longer_side_never_larger_than_the_image(extent):
    assert sizes(*extent) == SIZES[extent]


@pytest.mark.parametrize("extent", SIZES, ids=str)
def test_every_listed_size_and_tile_can_be_asked_for(extent):
    info = information("https://images.example.org/iiif/3/an-id", *extent)
    for size in info["sizes"]:
        for format_ in info["preferredFormats"]:
            spec = RenditionSpec.parse(f"full/{size['width']},{size['height']}/0/default.{format_}")
            assert is_listed(spec.canonical(*extent), *extent)
    for spec in tiles(*extent, "jpg"):
        assert is_listed(spec, *extent)
    for spec in listed_sizes(*extent):
        assert spec.canonical(*extent) == spec
        assert is_listed(spec, *extent)


def standard_tiles(width: int, height: int, side: int, factor: int):
    """Yield the tiles of one layer by the calculation in the standard's implementation notes (3)."""
    for m in range(-(-height // (side * factor))):
        for n in range(-(-width // (side * factor))):
            x, y = n * side * factor, m * side * factor
            w, h = min(side * factor, width - x), min(side * factor, height - y)
            columns = -(-(width - x) // factor) if x + side * factor > width else side
            rows = -(-(height - y) // factor) if y + side * factor > height else side
            yield f"{x},{y},{w},{h}/{columns},{rows}/0/default.jpg"


@pytest.mark.parametrize("extent", [(4000, 3000), (1025, 513), (512, 512), (100, 700)], ids=str)
def test_the_tiles_are_those_of_the_standard(extent):
    (tile,) = information("an-id", *extent)["tiles"]
    theirs = {
        str(RenditionSpec.parse(text).canonical(*extent))
        for factor in tile["scaleFactors"]
        for text in standard_tiles(*extent, tile["width"], factor)
    }
    assert {str(spec) for spec in tiles(*extent, "jpg")} == theirs


ODD = [(4001, 2999), (1023, 1025), (513, 512), (511, 4097), (16_001, 700), (8191, 8193)]


@pytest.mark.parametrize("extent", [*SIZES, *ODD], ids=str)
def test_a_tile_is_made_as_what_its_text_says(extent):
    made = list(tiles(*extent, "jpg"))
    assert made == [
        RenditionSpec.parse(text).canonical(*extent)
        for factor in scale_factors(*extent)
        for text in standard_tiles(*extent, 512, factor)
    ]
    for tile in made:
        assert RenditionSpec.parse(str(tile)) == tile == tile.canonical(*extent)


@pytest.mark.parametrize(
    ("extent", "factors"), [((512, 512), [1]), ((513, 1), [1, 2]), ((4000, 3000), [1, 2, 4, 8])], ids=str
)
def test_layers_end_with_one_tile(extent, factors):
    assert list(scale_factors(*extent)) == factors


@pytest.mark.parametrize("extent", [(4000, 3000), (1025, 513), (512, 512), (1, 20_000)], ids=str)
def test_every_tile_is_in_one_block_of_few(extent):
    for tile in tiles(*extent, "webp"):
        together = block(tile, *extent)
        assert tile in together
        assert len(set(together)) == len(together) <= 16
        assert all(block(other, *extent) == together for other in together)


@pytest.mark.parametrize(
    ("text", "count", "first"),
    [
        ("512,1536,512,512/max/0/default.webp", 16, "0,0,512,512/max/0/default.webp"),
        ("3584,2560,416,440/max/0/default.jpg", 8, "2048,2048,512,512/max/0/default.jpg"),
        ("0,0,1024,1024/512,512/0/default.jpg", 12, "0,0,1024,1024/512,512/0/default.jpg"),
        ("full/500,375/0/default.webp", 1, "full/500,375/0/default.webp"),
        ("full/1280,960/0/default.webp", 1, "full/1280,960/0/default.webp"),
    ],
)
def test_a_block_is_of_one_layer_and_format(text, count, first):
    together = block(RenditionSpec.parse(text), 4000, 3000)
    assert (len(together), str(together[0])) == (count, first)
    assert {spec.format for spec in together} == {RenditionSpec.parse(text).format}


@pytest.mark.parametrize(
    "text",
    [
        "full/321,241/0/default.jpg",
        "full/max/0/default.jpg",
        "full/320,240/90/default.jpg",
        "full/320,240/!0/default.jpg",
        "full/320,240/0/gray.jpg",
        "full/320,240/0/default.png",
        "full/320,240/0/default.avif",
        "full/320,239/0/default.jpg",
        "1,0,512,512/max/0/default.jpg",
        "0,0,512,512/511,511/0/default.jpg",
        "0,0,513,512/max/0/default.jpg",
        "512,0,1024,1024/512,512/0/default.jpg",
        "0,0,1536,1536/512,512/0/default.jpg",
    ],
)
def test_anything_else_is_not_listed(text):
    assert not is_listed(RenditionSpec.parse(text).canonical(4000, 3000), 4000, 3000)


def test_what_is_listed_up_to_a_size():
    assert [str(spec) for spec in listed_sizes(4000, 3000, 640)] == [
        "full/320,240/0/default.webp",
        "full/320,240/0/default.jpg",
        "full/640,480/0/default.webp",
        "full/640,480/0/default.jpg",
    ]
    assert [str(spec) for spec in listed_sizes(60, 40, 10)] == [
        "full/max/0/default.webp",
        "full/max/0/default.jpg",
    ]


def test_the_document_says_what_the_standard_asks():
    info = information("https://images.example.org/iiif/3/an-id", 4000, 3000)
    assert next(iter(info)) == "@context"
    assert info["id"] == "https://images.example.org/iiif/3/an-id"
    assert (info["type"], info["profile"]) == ("ImageService3", "level2")
    assert (info["width"], info["height"]) == (4000, 3000)
    assert (info["maxWidth"], info["maxArea"]) == (16_000, 12_000_000)
    assert {"webp", "avif", "gif"} == set(info["extraFormats"])
