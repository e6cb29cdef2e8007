"""The sample images: a dozen that show what the library takes, and that it takes."""

import io

import pytest

from images.imaging.formats import SHOWN
from images.imaging.inspection import inspect_image
from images.ingest.samples import SAMPLES


@pytest.fixture(scope="module")
def facts():
    return {sample.filename: inspect_image(io.BytesIO(sample.encode())) for sample in SAMPLES}


def test_they_are_a_dozen_of_every_format_that_browsers_show(facts):
    assert len(facts) == 12
    assert {fact.mime_type for fact in facts.values()} == SHOWN


def test_they_have_different_shapes_and_one_moves(facts):
    shapes = {round(fact.width / fact.height, 1) for fact in facts.values()}
    assert len(shapes) >= 6
    assert [name for name, fact in facts.items() if fact.frames > 1] == ["rain-on-a-pond.gif"]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.filename)
def test_each_is_as_large_as_it_says_and_described(sample, facts):
    assert (facts[sample.filename].width, facts[sample.filename].height) == sample.size
    assert sample.title
    assert sample.alt_text.endswith(".")
    assert sample.description.endswith(".")


def test_a_sample_is_the_same_file_every_time():
    """Two first starts at once bring in the same bytes, which are one image."""
    sample = next(sample for sample in SAMPLES if sample.filename == "squares-and-arcs.png")
    assert sample.encode() == sample.encode()
