"""What a child that a file took over may say of it: nothing of that becomes a fact."""

import math

import pytest

from images.errors import InvalidImage
from images.imaging import sandbox
from images.imaging.sandbox import inspect_image

ANSWER = {
    "mime_type": "image/png",
    "width": 8,
    "height": 6,
    "frames": 1,
    "taken_at": "2019-08-02T09:45:30+00:00",
    "taken_offset": 120,
    "taken_day": "2019-08-02",
    "metadata": {
        "camera": "X100V",
        "iso": 200,
        "exposure_time": 0.004,
        "rating": -1,
        "location": [48.8, 2],
        "words": {"title": "Harbour", "keywords": ["boats"]},
    },
    "has_location": True,
    "placeholder": "data:image/webp;base64,UklGRg==",
}


@pytest.fixture
def said(monkeypatch):
    """Return the function that has a child say something else than ANSWER of a file."""

    def say(other: dict) -> None:
        monkeypatch.setattr(sandbox.pool, "run", lambda *args, **options: ANSWER | other)

    return say


def test_what_has_the_shape_of_facts_is_taken(said):
    said({})
    facts = inspect_image(None)
    assert (
        vars(facts) | {name: getattr(facts, name).isoformat() for name in ("taken_at", "taken_day")} == ANSWER
    )


@pytest.mark.parametrize(
    "other",
    [
        {"mime_type": "text/html"},
        {"mime_type": []},
        {"width": "8"},
        {"width": -1},
        {"height": 2**31},
        {"frames": None},
        {"frames": True},
        {"taken_at": "2019-08-02T09:45:30"},
        {"taken_at": "yesterday"},
        {"taken_day": "yesterday"},
        {"taken_day": 5},
        {"taken_offset": "x"},
        {"taken_offset": 2**15},
        {"taken_offset": math.nan},
        {"has_location": "no"},
        {"has_location": None},
        {"placeholder": "x" * 2_001},
        {"placeholder": "\0"},
        {"visibility": "public"},
        {"metadata": []},
        {"metadata": {"visibility": "public"}},
        {"metadata": {"rating": math.nan}},
        {"metadata": {"iso": "200"}},
        {"metadata": {"f_number": math.inf}},
        {"metadata": {"camera": {"a": 1}}},
        {"metadata": {"lens": "a\0b"}},
        {"metadata": {"color": "\ud800"}},
        {"metadata": {"location": ["x", None]}},
        {"metadata": {"location": [1.0]}},
        {"metadata": {"words": ["Harbour"]}},
        {"metadata": {"words": {"title": 5}}},
        {"metadata": {"words": {"description": "x" * 10_001}}},
        {"metadata": {"words": {"keywords": ["boats", 5]}}},
        {"metadata": {"words": {"keywords": ["boats"] * 101}}},
    ],
)
def test_what_no_row_could_have_is_no_image(said, other):
    said(other)
    with pytest.raises(InvalidImage):
        inspect_image(None)
