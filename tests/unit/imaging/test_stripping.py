"""A file without its metadata: no reader finds any, the picture is the same, and twice is as once."""

import io
import struct

import pytest
from PIL import Image, ImageSequence

from images.imaging import containers, stripping
from images.imaging.containers.parts import Kind, Packet
from images.imaging.containers.plans import assemble
from images.imaging.inspection import ORIENTATION
from tests.factories import make_image
from tests.files import exiftool
from tests.files.carriers import (
    WORD,
    chunk,
    full,
    gif_profile,
    gif_with,
    jpeg_with,
    piece,
    segment,
    sub_blocks,
    webp_with,
)
from tests.files.pictures import DISPLAY_P3, PICTURES, SECRET, picture, rgb_profile

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PROFILE = rgb_profile(DISPLAY_P3)

# How a file is stored and drawn, by what the tags of exiftool begin with; and what is metadata among them.
GROUPS = (
    *("SourceFile", "ExifTool:", "System:", "File:", "Composite:", "ICC", "JFIF:", "Adobe:"),
    *("PNG:", "PNG-pHYs:", "RIFF:", "GIF:"),
)
METADATA = {"File:Comment", *(f"PNG:{name}" for name in ("Comment", "Title", "Author", "Late", "ModifyDate"))}
# The same as Pillow tells it.
DRAWN = {
    *("jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "adobe", "adobe_transform"),
    *("version", "background", "transparency", "loop", "duration", "timestamp", "disposal", "blend"),
    *("bbox", "default_image", "extension"),
}


def stripped(data: bytes) -> bytes:
    """Return the file without metadata, not through the sandbox."""
    output = io.BytesIO()
    assemble(stripping.strip(io.BytesIO(data)), io.BytesIO(data), output)
    return output.getvalue()


def frames(data: bytes) -> list[tuple]:
    """Return what is seen of each frame, of a JPEG of the first."""
    with Image.open(io.BytesIO(data)) as image:
        count = 1 if image.format in ("JPEG", "MPO") else getattr(image, "n_frames", 1)
        return [
            (frame.size, frame.mode, frame.info.get("duration"), frame.info.get("loop"), frame.tobytes())
            for frame, _ in zip(ImageSequence.Iterator(image), range(count), strict=False)
        ]


def profile_of(data: bytes) -> bytes | None:
    with Image.open(io.BytesIO(data)) as image:
        return image.info.get("icc_profile")


def bare(format_: str, is_profiled: bool) -> bytes:
    """Return a picture with no metadata, but a profile if asked for; an animation if the format has those."""
    options = {"icc_profile": PROFILE} if is_profiled else {}
    data = make_image(format_, frames=1 if format_ == "JPEG" else 3, **options)
    return gif_with(data, gif_profile(PROFILE)) if is_profiled and format_ == "GIF" else data


def cases(format_: str) -> dict[str, tuple[bytes, int, bool]]:
    """Return files with everything: for each orientation, with a profile and without."""
    return {
        f"{orientation}{' in Display P3' * is_profiled}.{format_.lower()}": (
            full(format_, orientation, bare(format_, is_profiled)),
            orientation,
            is_profiled,
        )
        for orientation in range(1, 9)
        for is_profiled in (False, True)
    }


def has_metadata(tag: str) -> bool:
    """Whether this is a tag of exiftool's that says more than how the picture is stored and drawn."""
    return tag != "IFD0:Orientation" and (tag in METADATA or not tag.startswith(GROUPS))


@pytest.mark.parametrize("format_", FORMATS)
def test_exiftool_finds_orientation_and_profile_alone(format_, tmp_path):
    files = cases(format_)
    before = exiftool.tags({name: data for name, (data, _, _) in files.items()}, tmp_path)
    after = exiftool.tags({name: stripped(data) for name, (data, _, _) in files.items()}, tmp_path, "-n")
    for name, (_, orientation, is_profiled) in files.items():
        said = [tag for tag, value in before[name].items() if WORD.decode() in str(value)]
        assert len(said) >= 2
        assert [tag for tag in after[name] if has_metadata(tag)] == []
        assert any(tag.startswith("ICC") for tag in after[name]) == is_profiled
        if format_ != "GIF":  # which has no orientation
            assert after[name].get("IFD0:Orientation", 1) == orientation


@pytest.mark.parametrize("format_", FORMATS)
def test_pillow_finds_orientation_and_profile_alone(format_):
    for data, orientation, is_profiled in cases(format_).values():
        copy = stripped(data)
        with Image.open(io.BytesIO(copy)) as image:
            image.load()
            tags = dict(image.getexif())
            assert tags == ({ORIENTATION: orientation} if orientation > 1 and format_ != "GIF" else {})
            assert image.getxmp() == {}
            assert getattr(image, "text", {}) == {}
            assert set(image.info) <= DRAWN | {"exif", "icc_profile"}
            if format_ != "GIF":  # whose profile Pillow does not see
                assert image.info.get("icc_profile") == (PROFILE if is_profiled else None)
        assert WORD not in copy


@pytest.mark.parametrize("format_", FORMATS)
def test_the_picture_is_the_same(format_):
    for data, _, _ in cases(format_).values():
        assert frames(stripped(data)) == frames(data)


@pytest.mark.parametrize("format_", FORMATS)
def test_twice_is_as_once(format_):
    for data, _, _ in cases(format_).values():
        once = stripped(data)
        assert stripped(data) == once
        assert stripped(once) == once


@pytest.mark.parametrize("format_", FORMATS)
def test_what_has_no_metadata_stays_as_it_is(format_):
    for is_profiled in (False, True):
        data = bare(format_, is_profiled)
        assert stripped(data) == data


@pytest.mark.parametrize("format_", FORMATS)
def test_our_own_reader_finds_the_orientation_alone(format_):
    for data, orientation, _ in cases(format_).values():
        found = containers.packets(io.BytesIO(stripped(data)), format_)
        kept = orientation > 1 and format_ != "GIF"
        assert found == ([Packet(Kind.EXIF, stripping.exif_of(orientation))] if kept else [])


@pytest.mark.parametrize("name", PICTURES)
def test_every_awkward_picture_is_stripped(name):
    data = picture(name)
    copy = stripped(data)
    assert frames(copy) == frames(data)
    assert stripped(copy) == copy
    assert copy.count(SECRET.encode()) <= (profile_of(data) or b"").count(SECRET.encode())
    assert profile_of(copy) == profile_of(data)


JPEG, PNG, WEBP, GIF = (make_image(name, frames=1 if name == "JPEG" else 2) for name in FORMATS)
START = WEBP.index(b"ANMF")
FRAME = int.from_bytes(WEBP[START + 4 : START + 8], "little")
TIMED = make_image("GIF", frames=2, duration=100)
CONTROL = TIMED.index(b"!\xf9\4")
CORNERS = {
    "the small picture of JFIF": JPEG[:2] + segment(0xE0, JPEG[6:18] + b"\2\2" + WORD + b"!") + JPEG[20:],
    "behind what Adobe says": jpeg_with(JPEG, segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + WORD)),
    "between the scan and an end that is missing": JPEG[:-2] + segment(0xFE, WORD),
    "behind the scan, cut": JPEG[:-2] + b"\xff\xfe\0\xff" + WORD,
    "within a frame": webp_with(
        WEBP[: START + 4]
        + struct.pack("<I", FRAME + 8 + len(WORD) + 1)
        + WEBP[START + 8 : START + 8 + FRAME]
        + piece(b"NOTE", WORD)
        + WEBP[START + 8 + FRAME :]
    ),
    "in more of a control block": TIMED[: CONTROL + 7] + sub_blocks(WORD)[:-1] + TIMED[CONTROL + 7 :],
    "in more of the loop": gif_with(GIF, b"!\xff\x0bNETSCAPE2.0\3\1\0\0" + sub_blocks(WORD)),
    "behind the pixels, cut": PNG[:-12] + chunk(b"tEXt", b"a\0" + WORD),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_nothing_stays_in_a_corner(corner):
    data = CORNERS[corner]
    copy = stripped(data)
    assert WORD in data
    assert WORD not in copy
    assert frames(copy) == frames(data)
    assert stripped(copy) == copy
