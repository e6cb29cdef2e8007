"""Packets of a picture that are written anew: all else of the file is as it was, byte for byte."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageSequence

from images.errors import Unstrippable
from images.imaging import containers, formats
from images.imaging.containers import multipicture
from images.imaging.containers.parts import Kind, Packet, Written
from images.imaging.containers.plans import assemble
from tests.factories import make_image, noise
from tests.files import carriers
from tests.files.carriers import WORD, full

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
PACKETS = (Kind.EXIF, Kind.XMP, Kind.IPTC)
NEW = Written(exif=carriers.tiff(b"new"), xmp=b"<new/>" * 20_000, iptc=carriers.iptc() * 10)
NOTHING = Written()


def rewritten(data: bytes, format_: str, write: Callable[[list[Packet]], Written]) -> bytes:
    output = io.BytesIO()
    plan = containers.rewritten(io.BytesIO(data), format_, write)
    assemble(plan, io.BytesIO(data), output)
    return output.getvalue()


def packets(data: bytes, format_: str) -> list[Packet]:
    return containers.packets(io.BytesIO(data), format_)


def frames(data: bytes) -> list[tuple]:
    with Image.open(io.BytesIO(data)) as image:
        frames = ImageSequence.Iterator(image)
        return [(f.mode, f.size, f.info.get("duration"), f.convert("RGBA").tobytes()) for f in frames]


@pytest.mark.parametrize("written", [NEW, NOTHING], ids=["new", "none"])
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("make", ["full", "bare"])
def test_the_packets_are_the_new_ones_and_all_else_stays(format_, make, written):
    picture = make_image(format_, frames=1 if format_ == "JPEG" else 3)
    data = full(format_, 6, picture) if make == "full" else picture
    given = []

    def write(found: list[Packet]) -> Written:
        given.extend(found)
        return written

    new = rewritten(data, format_, write)
    before, after = packets(data, format_), packets(new, format_)
    assert {packet.kind for packet in given if packet.content} >= ({Kind.XMP} if make == "full" else set())
    others = [packet for packet in before if packet.kind not in PACKETS]
    if make == "full" and format_ == "PNG":
        others.remove(Packet(Kind.OTHER, WORD))  # a resource of Photoshop's, in one chunk with IPTC
    assert [packet for packet in after if packet.kind not in PACKETS] == others
    expected = {Kind.XMP: written.xmp} | ({} if format_ == "GIF" else {Kind.EXIF: written.exif})
    expected |= {Kind.IPTC: written.iptc} if format_ in ("JPEG", "PNG") else {}
    behind = ("JPEG",)  # a whole picture, whose packets are its own
    for kind, content in expected.items():
        found = [packet.content for packet in after if packet.kind is kind]
        if format_ in behind and make == "full" and kind is Kind.EXIF:
            assert found.pop() == carriers.exif(6)
        found = [one for one in found if b"HasExtendedXMP" not in one]
        assert found == ([content] if content else [])
    assert frames(new) == frames(data)
    assert rewritten(new, format_, write) == new


def test_the_packets_of_a_second_picture_are_its_own():
    """So nothing of it, such as where it was taken, comes into the first."""
    data = make_image() + full("JPEG", 6, make_image(seed=1))
    given = []
    rewritten(data, "JPEG", lambda found: given.extend(found) or NOTHING)
    assert given == []


@pytest.mark.parametrize("late", [False, True], ids=["behind the packets", "before them"])
def test_further_pictures_of_a_jpeg_are_found_where_they_are(late):
    """A panorama's, or the map of lights that phones make: their index is in the first."""
    data = make_image("MPO", frames=3)
    packet = carriers.segment(0xE1, carriers.XMP_HEAD + carriers.xmp(1))
    place = data.index(b"\xff\xdb") if late else 2
    with Image.open(io.BytesIO(data)) as image:
        offsets = image._MpoImageFile__mpoffsets  # relative to the index: those of the file with a packet
    data = data[:place] + packet + data[place:]
    if late:
        index = data.index(b"MPF\0") + 4
        moved = multipicture.moved(data[index : data.index(b"\xff\xe1")], len(packet), len(packet))
        data = data[:index] + moved + data[index + len(moved) :]
    assert len(offsets) == len(frames(data)) == 3
    for written in (NEW, NOTHING):
        assert frames(rewritten(data, "JPEG", lambda _, written=written: written)) == frames(data)


def test_an_index_that_makes_no_sense_stays_as_it_is():
    for index in (b"", b"II", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\0\1\xb0\2\0\7\0\0\1\0\0\0\0\0"):
        assert multipicture.moved(index, 1, 1) == index


def test_other_resources_of_photoshop_stay():
    resources = carriers.resource(0x0404, carriers.iptc(), b"a name") + carriers.resource(0x07D0, b"a path")
    resources += carriers.resource(0x0425, b"a digest of what was") + b"rest"
    data = carriers.jpeg_with(make_image(), carriers.segment(0xED, b"Photoshop 3.0\0" + resources))
    for written, iptc in ((NEW, [NEW.iptc]), (NOTHING, [])):
        found = packets(rewritten(data, "JPEG", lambda _, written=written: written), "JPEG")
        assert [packet.content for packet in found if packet.kind is Kind.IPTC] == iptc
        others = [packet.content for packet in found if packet.kind is Kind.OTHER]
        assert others == [b"a path", b"rest"]


def test_texts_of_a_png_go_that_are_said_anew():
    data = full("PNG", 1, make_image("PNG"))
    new = rewritten(data, "PNG", lambda _: Written(replaced=frozenset({"title", "author"})))
    texts = [packet.content for packet in packets(new, "PNG") if packet.kind is Kind.TEXT]
    assert texts == [b"Comment\0" + WORD, b"Late\0" + WORD]


def test_a_png_with_parts_that_nobody_knows_keeps_them():
    data = carriers.png_with(make_image("PNG"), carriers.chunk(b"prVt", WORD))
    assert carriers.chunk(b"prVt", WORD) in rewritten(data, "PNG", lambda _: NEW)


@pytest.mark.parametrize("format_", FORMATS)
def test_of_a_file_that_ends_early_all_that_is_there_stays(format_):
    data = make_image(format_, size=(300, 200))[:-40]
    assert rewritten(data, format_, lambda _: NOTHING).endswith(data[-20:])


def test_a_large_picture_is_copied_and_not_held():
    data = noise((700, 600))
    plan = containers.rewritten(io.BytesIO(data), "PNG", lambda _: Written(xmp=b"<new/>"))
    assert sum(len(piece) for piece in plan if isinstance(piece, bytes)) < 200


def test_every_format_has_its_container():
    assert containers.CONTAINERS.keys() == formats.FORMATS.keys()


def test_too_much_exif_is_refused():
    with pytest.raises(Unstrippable, match="no room for so much Exif"):
        rewritten(make_image(), "JPEG", lambda _: Written(exif=bytes(66_000)))
