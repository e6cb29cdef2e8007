"""Any file, sent to the production server: a clean answer in time, and nothing is harmed."""

import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from images.imaging.formats import ACCEPTED, MAX_FRAMES, MAX_METADATA_BYTES
from tests.factories import make_image
from tests.files.hostile import (
    SVG,
    gif_of_frames,
    hostile_files,
    plain_png,
    png,
    png_header,
    png_of_size,
    png_with_chunk,
    swelling,
)
from tests.resilience.robustness import live_library

pytestmark = pytest.mark.any_database

MAX_BYTES = 8 * 2**20
BOMB_SECONDS = 5  # on a machine hard at work; on an idle one it is 0.02


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library that takes files of 8 MiB and shows everyone those too that it cannot read for a place.
    At its end every worker lives, and none has grown large.
    """
    data_dir = tmp_path_factory.mktemp("hostile") / "data"
    limits = {"IMAGELIB_MAX_UPLOAD_BYTES": str(MAX_BYTES), "IMAGELIB_LOCATIONS": "keep"}
    with live_library(data_dir, WEB_CONCURRENCY="1", **limits) as library:
        yield library
        assert library.faults_of_workers() == []


@pytest.mark.parametrize(("name", "data"), [pytest.param(*file, id=file[0]) for file in hostile_files()])
def test_a_hostile_file_gets_a_clean_answer(library, name, data):
    outcome = library.send(name, data)
    assert outcome.faults == (), outcome


def text(size: int) -> tuple[bytes, bytes]:
    return b"tEXt", b"Comment\0" + b"x" * size


HEAD, PIXELS = png_header(10, 10), (b"IDAT", zlib.compress(bytes(110)))
SMALL = make_image("PNG")

LIMITS = {
    "bytes": lambda: (SMALL.ljust(MAX_BYTES, b"\0"), SMALL.ljust(MAX_BYTES + 1, b"\0"), "8 MiB"),
    "pixels": lambda: (plain_png(10_000, 5_000), plain_png(10_000, 5_001), "50 megapixels"),
    "pixels of all frames": lambda: (
        *(gif_of_frames((5_000, 5_000), 4), gif_of_frames((5_000, 5_001), 4)),
        "100 megapixels",
    ),
    "frames": lambda: (
        gif_of_frames((8, 8), MAX_FRAMES),
        gif_of_frames((8, 8), MAX_FRAMES + 1),
        "1000 frames",
    ),
    "metadata": lambda: (
        png(HEAD, text(MAX_METADATA_BYTES), PIXELS),
        png(HEAD, text(MAX_METADATA_BYTES + 1), PIXELS),
        "4 MiB of metadata",
    ),
    "metadata behind the pixels": lambda: (
        png(HEAD, PIXELS, text(MAX_METADATA_BYTES)),
        png(HEAD, PIXELS, text(MAX_METADATA_BYTES + 1)),
        "4 MiB of metadata",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_the_limit_is_the_last_that_is_taken(library, limit):
    at_it, past_it, named = LIMITS[limit]()
    taken, refused = library.send("at.png", at_it), library.send("past.png", past_it)
    assert (taken.answer, taken.faults) == ("201", ()), taken
    assert (refused.answer, refused.faults) == ("413 image_too_large", ())
    assert named in refused.detail


BOMBS = {
    "ten thousand megapixels": png_of_size(100_000, 100_000),
    "a hundred large frames": gif_of_frames((4_000, 4_000), 100),
    "two billion frames": png_with_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
    "text of 100 MB": png_with_chunk(b"zTXt", b"Comment\0\0" + swelling()),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_decompression_bomb_is_refused_at_once(library, bomb, record_property):
    outcome = library.send("bomb.png", BOMBS[bomb])
    record_property(bomb, f"{outcome.answer} in {outcome.seconds:.3f} s")
    assert outcome.answer in ("413 image_too_large", "422 invalid_image")
    assert outcome.seconds < BOMB_SECONDS


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.svg", SVG)] + [(f"a.{name}", make_image(name)) for name in ("BMP", "ICO")],
)
def test_another_format_is_told_what_is_taken(library, name, data):
    outcome = library.send(name, data)
    assert outcome.answer == "415 unsupported_format"
    assert ACCEPTED in outcome.detail


NAMES = {
    "../../../etc/passwd": "passwd",
    "C:\\photos\\kite.png": "kite.png",
    "nul\0.png": "nul.png",
    "kite.png\r\nSet-Cookie: sessionid=1": "kite.pngSet-Cookie: sessionid=1",
    "\u202egnp.exe": "gnp.exe",
    "\u200f\u2066kite.png": "kite.png",
    "<script>alert(1)</script>.png": "script>.png",
    '"; filename="kite.png': '"; filename="kite.png',
    "kite\uffff.png": "kite.png",
    " . ": "image.png",
    "k" * 700 + ".png": "k" * 251 + ".png",
}


@pytest.mark.parametrize(("name", "kept"), NAMES.items(), ids=[ascii(name)[:30] for name in NAMES])
def test_a_name_is_cleaned_and_stays_in_its_header(library, name, kept):
    fields = library.upload(name, make_image("PNG", seed=[*NAMES].index(name) + 1))
    assert fields["filename"] == kept
    _, headers, _ = library.application.request("GET", f"/api/v1/images/{fields['id']}/file")
    assert "set-cookie" not in headers
    assert headers["content-disposition"].startswith("inline; filename")
    assert headers["content-disposition"].isprintable()


@pytest.mark.parametrize("name", ["", ".", "..", "/", "\u202e", "k" * 4096 + ".png"], ids=ascii)
def test_without_a_usable_name_a_file_is_none(library, name):
    outcome = library.send(name, SMALL)
    assert (outcome.answer, outcome.faults) == ("400 validation_error", ())


# --- Damage at random ------------------------------------------------------------------------------

VALID = [
    make_image("JPEG", (120, 90)),
    make_image("JPEG", (120, 90), progressive=True),
    make_image("PNG", (60, 40)),
    *(
        make_image(format_, (60, 40), frames=3)
        for format_ in ("PNG", "GIF", "WEBP", "AVIF", "MPO", "HEIF", "TIFF")
    ),
    make_image("TIFF", (60, 40), compression="tiff_lzw"),
]
valid, position = st.sampled_from(VALID), st.floats(0, 1, exclude_max=True)


@st.composite
def truncated(draw) -> bytes:
    data = draw(valid)
    return data[: int(draw(position) * len(data))]


@st.composite
def flipped(draw) -> bytes:
    data = bytearray(draw(valid))
    for place, mask in draw(st.lists(st.tuples(position, st.integers(1, 255)), min_size=1, max_size=8)):
        data[int(place * len(data))] ^= mask
    return bytes(data)


@st.composite
def spliced(draw) -> bytes:
    """The start of one file, some bytes, and the end of another."""
    start, end = draw(valid), draw(valid)
    return (
        start[: int(draw(position) * len(start))]
        + draw(st.binary(max_size=20))
        + end[int(draw(position) * len(end)) :]
    )


@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every test has one, for its data folder
)
@given(data=truncated() | flipped() | spliced())
def test_a_file_damaged_at_random_gets_a_clean_answer(library, data):
    outcome = library.send("damaged.png", data)
    assert outcome.faults == (), outcome
