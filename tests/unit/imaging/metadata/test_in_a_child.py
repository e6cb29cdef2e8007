"""What a file says, read where it is read: in a process that is confined, and can import nothing."""

import io

import pytest

from images.imaging import sandbox
from images.imaging.inspection import ImageFacts
from tests.files.iptc import dataset
from tests.unit.imaging.metadata.test_location import PLACES, exif, xmp


def inspect(place: str, content: bytes) -> ImageFacts:
    _, put = PLACES["JPEG", place]
    return sandbox.inspect_image(io.BytesIO(put(content)))


@pytest.mark.parametrize(
    ("place", "content"),
    [
        ("XMP", xmp("<dc:title>東京の塔</dc:title>")),
        ("XMP", xmp("<dc:title>東京の塔</dc:title>").decode().encode("utf-16")),
        ("XMP", xmp("<dc:title>東京の塔</dc:title>").decode().encode("utf-32")),
        ("APP13", dataset(2, 5, "東京の塔".encode())),
        ("APP1", exif(tags={0x9C9B: "東京の塔".encode("utf-16-le")})),
    ],
)
def test_every_coding_is_read_in_a_child(place, content):
    assert inspect(place, content).metadata["words"] == {"title": "東京の塔"}


@pytest.mark.parametrize("coding", ["cp1252", "mac_roman"])
def test_codings_of_old_programs_are_read_in_a_child(coding):
    facts = sandbox.inspect_image(
        io.BytesIO(PLACES["JPEG", "APP13"][1](dataset(2, 5, "Müller".encode(coding))))
    )
    assert facts.metadata["words"] == {"title": "Müller"}


def test_a_comment_in_japanese_is_read_in_a_child():
    comment = b"JIS\0\0\0\0\0" + "東京".encode("iso2022_jp")
    facts = inspect("APP1", exif(shot={0x9286: comment}))
    assert facts.metadata["words"] == {"description": "東京"}


def test_a_child_says_when_and_that_something_says_where():
    photo = exif(
        tags={0x0110: "X100V"}, shot={0x9003: "2024:07:14 00:30:05", 0x9011: "+05:30"}, area=b"Paris"
    )
    facts = inspect("APP1", photo)
    assert (facts.taken_at.isoformat(), facts.taken_offset) == ("2024-07-13T19:00:05+00:00", 330)
    assert facts.taken_day.isoformat() == "2024-07-14"
    assert (facts.has_location, facts.metadata["camera"]) == (True, "X100V")
