"""The small picture of a large one is made of some of its pixels, and looks as if it were made of all."""

import pytest
from PIL import Image, ImageChops

from images.imaging import placeholders
from images.imaging.placeholders import PLACEHOLDER_PIXELS, SAMPLES, small

LARGE = 4 * SAMPLES * PLACEHOLDER_PIXELS


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "CMYK"])
def test_it_looks_as_if_it_were_made_of_all_pixels(mode, monkeypatch):
    picture = Image.effect_noise((LARGE, LARGE * 3 // 4), 80).convert(mode)
    sampled = small(picture)
    monkeypatch.setattr(placeholders, "SAMPLES", LARGE)
    difference = ImageChops.difference(sampled.convert("RGB"), small(picture).convert("RGB"))
    assert max(most for _, most in difference.getextrema()) < 12  # of 255, where noise is worst


def test_a_line_keeps_its_one_row():
    assert small(Image.new("RGB", (LARGE, 1))).size == (PLACEHOLDER_PIXELS, 1)
