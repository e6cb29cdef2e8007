import struct
from datetime import UTC, date, datetime

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata.reading import read_metadata
from images.imaging.metadata.tiff import directories


def packet_of(tags: dict | None = None, shot: dict | None = None, place: dict | None = None) -> Packet:
    """Return the packet that Pillow writes for these fields."""
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(0x8769).update(shot or {})
    exif.get_ifd(0x8825).update(place or {})
    return Packet(Kind.EXIF, exif.tobytes().removeprefix(b"Exif\0\0"))


def said(**directories: dict) -> dict:
    return read_metadata([packet_of(**directories)])[1]


def taken(tags: dict | None = None, **shot: str):
    """Return when a picture was taken, whose times are those of `shot`, by their names in Exif."""
    names = {
        "DateTimeOriginal": 0x9003,
        "OffsetTimeOriginal": 0x9011,
        "SubSecTimeOriginal": 0x9291,
        "DateTimeDigitized": 0x9004,
        "OffsetTimeDigitized": 0x9012,
        "OffsetTime": 0x9010,
    }
    return read_metadata([packet_of(tags, {names[name]: text for name, text in shot.items()})])[0]


PHOTO = packet_of(
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
    moment, facts = read_metadata([PHOTO])
    assert moment.instant == datetime(2024, 7, 14, 16, 30, 5, tzinfo=UTC)
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
    assert read_metadata([]) == (None, {})
    assert read_metadata([packet_of()]) == (None, {})


def test_the_make_is_said_once():
    assert said(tags={0x010F: "Canon", 0x0110: "Canon EOS R5"})["camera"] == "Canon EOS R5"


def test_without_an_offset_the_camera_s_clock_is_taken_for_utc():
    moment = taken(DateTimeOriginal="2024:07:14 18:30:05")
    assert (moment.instant, moment.offset) == (datetime(2024, 7, 14, 18, 30, 5, tzinfo=UTC), None)


def test_the_day_is_the_one_of_the_camera_s_clock():
    moment = taken(
        DateTimeOriginal="2024:07:14 00:30:05", OffsetTimeOriginal="+05:30", SubSecTimeOriginal="042 "
    )
    assert moment.instant == datetime(2024, 7, 13, 19, 0, 5, 42_000, tzinfo=UTC)
    assert (moment.clock.date(), moment.offset) == (date(2024, 7, 14), 330)


def test_an_offset_that_makes_no_sense_is_none_and_the_clock_holds():
    for offset in ("+99:99", "   :  ", "+2", "Z+02:00"):
        moment = taken(DateTimeOriginal="2024:07:14 18:30:05", OffsetTimeOriginal=offset)
        assert (moment.clock, moment.offset) == (datetime(2024, 7, 14, 18, 30, 5), None)


def test_the_shutter_s_time_comes_before_that_of_scanning_and_both_before_that_of_a_change():
    scan = {"DateTimeDigitized": "2020:02:02 02:02:02", "OffsetTimeDigitized": "-03:30"}
    camera, change = {0x0110: "X100V"}, {0x0132: "2021:03:03 03:03:03"}
    assert taken(change | camera, **scan, DateTimeOriginal="1999:01:01 01:01:01").clock.year == 1999
    assert taken(change | camera, **scan).offset == -210
    assert taken(change | camera, OffsetTime="+01:00").instant == datetime(2021, 3, 3, 2, 3, 3, tzinfo=UTC)
    assert taken(change) is None  # a program's time, not a camera's


@pytest.mark.parametrize(
    "shot",
    [
        {0x9003: "0000:00:00 00:00:00"},
        {0x9003: "    :  :     :  :  "},
        {0x9003: "yesterday"},
        {0x9003: "2024:13:41 25:61:61"},
        {0x9003: "0001:01:01 00:00:00", 0x9011: "+14:00"},
        {0x829A: IFDRational(1, 0)},
        {0x829D: IFDRational(0, 1)},
        {0x8827: "fast"},
        {0xA434: b"\x00\x00\x00"},
    ],
)
def test_what_makes_no_sense_is_left_out(shot):
    moment, facts = read_metadata([packet_of(shot=shot)])
    assert (moment and moment.offset, facts) == (None, {})


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
    assert "location" not in said(place=place)


def test_words_of_exif_and_of_windows():
    assert said(
        tags={
            0x010E: b"Boats at low tide",
            0x013B: "Ada Lovelace",
            0x8298: b"\xa9 Ada\0\xa9 The Archive\0",
            0x4746: 4,
            0x9C9B: "Der Häfen".encode("utf-16-le"),
            0x9C9E: "harbour;low tide;harbour;\0".encode("utf-16-le"),
        }
    ) == {
        "rating": 4,
        "words": {
            "title": "Der Häfen",
            "description": "Boats at low tide",
            "author": "Ada Lovelace",
            "copyright": "© Ada\n© The Archive",
            "keywords": ["harbour", "low tide"],
        },
    }


def test_the_editor_s_copyright_alone_is_read():
    assert said(tags={0x8298: b" \0The Archive\0"})["words"] == {"copyright": "The Archive"}


@pytest.mark.parametrize(("percent", "stars"), [(1, 1), (25, 2), (50, 3), (75, 4), (99, 5)])
def test_a_rating_in_per_cent_is_one_of_windows_stars(percent, stars):
    assert said(tags={0x4749: percent}) == {"rating": stars}


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0Low tide\0\0\0",
        b"\0\0\0\0\0\0\0\0Low tide   ",
        b"UNICODE\0" + "Low tide".encode("utf-16-le"),
        b"UNICODE\0" + "Low tide".encode("utf-16-be"),
        b"UNICODE\0" + "\ufeffLow tide\0".encode("utf-16-be"),
    ],
)
def test_a_comment_is_read_in_the_coding_that_it_names(comment):
    assert said(shot={0x9286: comment})["words"] == {"description": "Low tide"}


def test_a_comment_in_japanese_is_read():
    comment = b"JIS\0\0\0\0\0" + "東京".encode("iso2022_jp")
    assert said(shot={0x9286: comment})["words"] == {"description": "東京"}


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
        "DCIM\\100MEDIA\\DJI_0042.JPG",
        "Exif_JPEG_PICTURE",
        "Untitled",
    ],
)
def test_what_cameras_write_into_every_file_describes_nothing(text):
    assert said(tags={0x010E: text}) == {}
    assert said(tags={0x010E: text, 0x9C9C: "Boats".encode("utf-16-le")})["words"] == {"description": "Boats"}


def _structure(order: str, *entries: tuple[int, int, int, bytes], following: int = 0) -> bytes:
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HIH", 42, 8, len(entries))
    body = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries)
    return head + body + struct.pack(order + "I", following)


@pytest.mark.parametrize("order", ["<", ">"])
def test_directories_are_read_once_and_those_that_are_not_there_are_told(order):
    structure = _structure(
        order,
        (0x0112, 3, 1, struct.pack(order + "H", 6)),
        (0x8769, 4, 1, struct.pack(order + "I", 8)),  # itself
        (0x8825, 4, 1, struct.pack(order + "I", 9999)),
        following=8,
    )
    image, place = directories(structure)
    assert image.fields[0x0112].numbers == [6]
    assert (place.name, place.fields, place.is_readable) == ("gps", {}, False)


@pytest.mark.parametrize(
    "structure",
    [b"", b"II*\0", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"JUNKJUNK", PHOTO.content[:60]],
)
def test_a_damaged_structure_says_what_is_whole_of_it(structure):
    assert read_metadata([Packet(Kind.EXIF, structure)])[0] is None
