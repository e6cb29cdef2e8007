from datetime import UTC, datetime

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from images.imaging.metadata import clean_text, read_metadata


def exif_of(tags: dict | None = None, shot: dict | None = None, place: dict | None = None) -> Image.Exif:
    """Return Exif as it is after being written to a file and read again."""
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(0x8769).update(shot or {})
    exif.get_ifd(0x8825).update(place or {})
    read = Image.Exif()
    read.load(exif.tobytes())
    return read


PHOTO = exif_of(
    {0x010F: "FUJIFILM", 0x0110: "X100V"},
    {
        0x9003: "2024:07:14 18:30:05",
        0x9011: "+02:00",
        0x829A: IFDRational(1, 250),
        0x829D: IFDRational(28, 10),
        0x8827: 400,
        0x920A: IFDRational(23, 1),
        0xA434: "XF 23mm F2",
    },
    {1: "N", 2: (IFDRational(48), IFDRational(51), IFDRational(30)), 3: "W", 4: (IFDRational(2), 20, 0)},
)


def test_it_reads_what_the_camera_wrote():
    taken_at, facts = read_metadata(PHOTO)
    assert taken_at == datetime(2024, 7, 14, 16, 30, 5, tzinfo=UTC)
    assert facts == {
        "camera": "FUJIFILM X100V",
        "lens": "XF 23mm F2",
        "exposure_time": 0.004,
        "f_number": 2.8,
        "iso": 400,
        "focal_length": 23,
        "location": [48.858333, -2.333333],
    }


def test_a_file_without_any_says_nothing():
    assert read_metadata(Image.Exif()) == (None, {})


def test_the_make_is_said_once():
    assert read_metadata(exif_of({0x010F: "Canon", 0x0110: "Canon EOS R5"}))[1]["camera"] == "Canon EOS R5"


def test_without_a_time_zone_the_camera_s_clock_is_taken_for_utc():
    taken_at, _ = read_metadata(exif_of(shot={0x9003: "2024:07:14 18:30:05"}))
    assert taken_at == datetime(2024, 7, 14, 18, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "shot",
    [
        {0x9003: "0000:00:00 00:00:00"},
        {0x9003: "yesterday"},
        {0x9003: "2024:13:41 25:61:61"},
        {0x9003: "0001:01:01 00:00:00", 0x9011: "+14:00"},
        {0x9003: "2024:07:14 18:30:05", 0x9011: "+99:99"},
        {0x829A: IFDRational(1, 0)},
        {0x829D: IFDRational(0, 1)},
        {0x8827: "fast"},
        {0xA434: b"\x00\x00\x00"},
    ],
)
def test_what_makes_no_sense_is_left_out(shot):
    assert read_metadata(exif_of(shot=shot)) == (None, {})


@pytest.mark.parametrize(
    "place",
    [
        {2: (IFDRational(48), IFDRational(51), IFDRational(30))},
        {1: "N", 2: (IFDRational(91), 0, 0), 3: "E", 4: (IFDRational(2), 0, 0)},
        {1: "N", 2: (IFDRational(1, 0), 0, 0), 3: "E", 4: (IFDRational(2), 0, 0)},
        {1: "N", 2: IFDRational(48), 3: "E", 4: IFDRational(2)},
    ],
)
def test_half_a_location_is_none(place):
    assert "location" not in read_metadata(exif_of(place=place))[1]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("  Nikon\x00\x00", "Nikon"),
        ("a\r\nb\tc", "a b c"),
        ("\u202eevil\u2066", "evil"),
        ("x" * 500, "x" * 200),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # data: escaped where it is shown
    ],
)
def test_text_is_cleaned(text, clean):
    assert clean_text(text) == clean
