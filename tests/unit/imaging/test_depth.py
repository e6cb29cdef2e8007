"""Pixels of other than 8 bits show what those of 8 bits would."""

import struct

import pytest

from tests.files.drawing import difference, drawn
from tests.files.pictures import picture, scene, tiff

GRAY = scene(mode="L")


@pytest.mark.parametrize(
    "name",
    [
        "gray, 16 bits.png",
        "gray, 16 bits.tif",
        "gray, 16 bits, black is white.tif",
        "gray, 12 bits.tif",
        "gray, fractions.tif",
    ],
)
def test_grays_are_as_dark_as_in_8_bits(name):
    image = drawn(picture(name))
    assert image.mode == "L"
    assert difference(image, GRAY) < 1


def test_what_has_no_scale_goes_from_its_lowest_value_to_its_highest():
    assert drawn(picture("heights.tif")).getextrema() == (0, 255)


def test_colours_of_lab_are_those_of_srgb():
    assert difference(drawn(picture("colours of Lab.tif")), scene()) < 2.5


@pytest.mark.parametrize("values", [(float("nan"), 0.5), (float("inf"), 1.0), (7e30, 7e30), (-3e38, 3e38)])
def test_numbers_that_are_none_cost_no_picture(values):
    data = tiff((2, 1), struct.pack("<2f", *values), {258: 32, 339: 3})
    assert drawn(data).size == (2, 1)
