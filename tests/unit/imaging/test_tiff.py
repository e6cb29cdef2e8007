"""TIFF: what its pages say is found and goes without a pixel, and words are written into the first."""

import io
import random

import pytest
from PIL import Image, ImageSequence

from images.errors import Unstrippable
from images.imaging import containers, stripping
from images.imaging.containers.directories import ASCII, BYTE, LONG, Entry, Form, laid_out
from images.imaging.containers.parts import Kind, Written
from images.imaging.containers.plans import assemble
from tests.files import carriers, exiftool
from tests.files.carriers import WORD
from tests.files.hostile import hostile_files
from tests.files.hostile import tiff as black
from tests.files.pictures import DISPLAY_P3, PICTURES, picture, rgb_profile, scene

NAMES = [name for name in PICTURES if name.endswith((".tif", ".tiff"))]
FORMS = [Form("little"), Form("big"), Form("little", is_big=True), Form("big", is_big=True)]
SIZE = (60, 40)
PIXELS = scene(SIZE).tobytes()

# What each tag of exiftool's that may stay begins with; and what stays in the first directory and its like.
GROUPS = ("SourceFile", "ExifTool:", "System:", "File:", "Composite:", "ICC")
DRAWN = {
    *(
        "ImageWidth",
        "ImageHeight",
        "BitsPerSample",
        "Compression",
        "PhotometricInterpretation",
        "Orientation",
    ),
    *("SamplesPerPixel", "RowsPerStrip", "StripOffsets", "StripByteCounts", "PlanarConfiguration"),
    *("SubfileType", "XResolution", "YResolution", "ResolutionUnit"),
}


def page(form: Form, orientation: int, *more: Entry) -> list[Entry]:
    numbers = {256: SIZE[0], 257: SIZE[1], 259: 1, 262: 2, 274: orientation, 277: 3, 278: SIZE[1], 284: 1}
    entries = [Entry(tag, LONG, form.packed(value, 4)) for tag, value in numbers.items()]
    return [*entries, Entry(258, LONG, b"".join(form.packed(8, 4) for _ in range(3))), *more]


def words(form: Form) -> list[Entry]:
    """Return tags that say WORD, in all the ways there are."""
    degrees = b"".join(form.packed(number, 4) for number in (48, 1, 51, 1, 30, 1))
    gps = (Entry(1, ASCII, b"N\0"), Entry(2, 5, degrees), Entry(27, 7, b"ASCII\0\0\0" + WORD))
    photoshop = carriers.resource(0x0404, carriers.iptc()) + carriers.resource(0x040C, WORD)
    return [
        *(Entry(tag, ASCII, WORD + b"\0") for tag in (270, 271, 305, 315, 33432)),
        Entry(306, ASCII, b"2026:11:28 12:00:00\0"),
        Entry(700, BYTE, carriers.xmp(1)),
        Entry(33723, LONG, carriers.iptc() + bytes(-len(carriers.iptc()) % 4)),
        Entry(34377, BYTE, photoshop),
        Entry(34665, LONG, b"", (Entry(37510, 7, b"ASCII\0\0\0" + WORD), Entry(42036, ASCII, WORD + b"\0"))),
        Entry(34853, LONG, b"", gps),
        Entry(40091, BYTE, WORD.decode().encode("utf-16-le")),
        Entry(50_000, 7, WORD),
    ]


def made(form: Form, orientation: int, *more: Entry, pages: int = 1, behind: bytes = b"") -> bytes:
    """Return a TIFF whose pages all have these tags, each in front of its own pixels."""
    data = form.head()
    for number in range(pages):
        placed = Entry(279, LONG, form.packed(len(PIXELS), 4))
        entries = [*page(form, orientation, *more), placed]
        length = len(laid_out([*entries, Entry(273, LONG, bytes(4))], form, len(data)))
        start = len(data) + length
        following = 0 if number == pages - 1 else start + len(PIXELS)
        entries.append(Entry(273, LONG, form.packed(start, 4)))
        data += laid_out(entries, form, len(data), lambda _, at=following: at) + PIXELS
    return data + behind


def stripped(data: bytes) -> bytes:
    output = io.BytesIO()
    assemble(stripping.strip(io.BytesIO(data)), io.BytesIO(data), output)
    return output.getvalue()


def written(data: bytes, new: Written) -> bytes:
    output = io.BytesIO()
    assemble(containers.planned(io.BytesIO(data), "TIFF", new), io.BytesIO(data), output)
    return output.getvalue()


def packets(data: bytes) -> list[tuple[Kind, bytes]]:
    return [tuple(packet) for packet in containers.packets(io.BytesIO(data), "TIFF")]


def seen(data: bytes) -> list[tuple]:
    with Image.open(io.BytesIO(data)) as image:
        profile = image.info.get("icc_profile")
        return [(frame.size, frame.mode, profile, frame.tobytes()) for frame in ImageSequence.Iterator(image)]


def cases() -> dict[str, bytes]:
    """Return files of two pages full of words: in the forms that Pillow reads, held in all ways, with a
    profile and without.
    """
    profile = Entry(34675, 7, rgb_profile(DISPLAY_P3))
    return {
        f"{number} {orientation} {bool(more)}.tif": made(
            form, orientation, *words(form), *more, pages=2, behind=WORD
        )
        for number, form in enumerate(FORMS[:3])
        for orientation in range(1, 9)
        for more in ([], [profile])
    }


def test_exiftool_finds_profile_and_orientation_alone(tmp_path):
    files = cases()
    before = exiftool.tags(files, tmp_path)
    after = exiftool.tags({name: stripped(data) for name, data in files.items()}, tmp_path, "-n")
    for name in files:
        assert len([tag for tag, value in before[name].items() if WORD.decode() in str(value)]) >= 8
        rest = {tag for tag in after[name] if not tag.startswith(GROUPS)}
        assert {tag.partition(":")[2] for tag in rest} <= DRAWN
        assert {tag.partition(":")[0] for tag in rest} == {"IFD0", "IFD1"}
        assert after[name]["IFD0:Orientation"] == int(name.split()[1])
        assert any(tag.startswith("ICC") for tag in after[name]) == ("True" in name)


def test_the_pixels_stay_and_twice_is_as_once():
    for data in cases().values():
        copy = stripped(data)
        assert seen(copy) == seen(data)
        assert WORD not in copy
        assert packets(copy) == []
        assert stripped(copy) == copy


@pytest.mark.parametrize("name", NAMES)
def test_every_awkward_picture_is_stripped(name):
    data = picture(name)
    copy = stripped(data)
    assert seen(copy) == seen(data)
    assert stripped(copy) == copy


@pytest.mark.parametrize("form", FORMS)
def test_what_pages_say_is_read(form):
    found = packets(made(form, 1, *words(form), pages=2, behind=WORD))
    assert found.count((Kind.XMP, carriers.xmp(1))) == 2
    assert len([content for kind, content in found if kind == Kind.IPTC and WORD in content]) == 4
    others = [content for kind, content in found if kind == Kind.OTHER]
    assert others.count(WORD) == 2 + 2 + 1  # Photoshop's, the private tag's, and what is behind
    structures = [content for kind, content in found if kind == Kind.EXIF]
    assert len(structures) == 2
    for structure in structures:
        exif = Image.Exif()
        exif.load(structure)
        assert exif[270] == WORD.decode()
        assert exif.get_ifd(0x8769)[42036] == WORD.decode()
        assert exif.get_ifd(0x8825)[2] == (48, 51, 30)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_what_readers_find(form, order):
    other = Form(order)
    said = [
        Entry(270, ASCII, WORD + b"\0"),
        Entry(34665, LONG, b"", (Entry(33437, 5, other.packed(28, 4) + other.packed(10, 4)),)),
    ]
    new = Written(other.head() + laid_out(said, other, 8), carriers.xmp(1), carriers.iptc())
    data = made(form, 6, pages=2)
    copy = written(data, new)
    assert [kind for kind, _ in packets(copy)] == [Kind.XMP, Kind.IPTC, Kind.EXIF]
    assert packets(copy)[:2] == [(Kind.XMP, new.xmp), (Kind.IPTC, new.iptc)]
    assert packets(copy)[2][1].count(WORD) == 1
    assert written(copy, Written()) == written(data, Written())
    if form in FORMS[:3]:
        assert seen(copy) == seen(data)
    if form.is_big:  # of which exiftool reads only what is in no directory of its own
        return
    tags = exiftool.read(copy)
    assert not [tag for tag in tags if "Warning" in tag or "Error" in tag]
    assert (tags["IFD0:ImageDescription"], tags["ExifIFD:FNumber"]) == (WORD.decode(), 2.8)
    assert (tags["XMP-photoshop:City"], tags["IPTC:City"]) == (WORD.decode(), WORD.decode())


# --- Files that lie, or cannot be written anew -----------------------------------------------------


def test_jpeg_of_the_old_kind_is_not_written_anew():
    with pytest.raises(Unstrippable):
        written(black({259: 6}), Written())


@pytest.mark.parametrize(
    "tags", [{273: 2**31}, {279: 2**31}, {279: 0, 325: 64, 324: 8}, {34665: 72}, {330: 72}, {330: 2**31}]
)
def test_places_that_are_none_are_refused_or_left_out(tags):
    data = black(tags)
    packets(data)
    try:
        assert len(written(data, Written())) <= 2 * len(data)
    except Unstrippable:
        assert not {34665, 330} & tags.keys()


def test_the_same_pixels_many_times_are_not_copied_many_times():
    form = Form("little")
    numbers = (
        b"".join(form.packed(8, 4) for _ in range(50_000)),
        b"".join(form.packed(2**20, 4) for _ in range(50_000)),
    )
    entries = [
        Entry(256, LONG, form.packed(8, 4)),
        Entry(273, LONG, numbers[0]),
        Entry(279, LONG, numbers[1]),
    ]
    data = form.head() + laid_out(entries, form, 8) + bytes(2**20)
    with pytest.raises(Unstrippable):
        written(data, Written())
    assert packets(data) == []


def test_directories_that_lie_are_refused_or_left_out():
    chance = random.Random(0)
    files = [data for name, data in hostile_files() if name.lower().endswith((".tif", ".tiff"))]
    for form in FORMS:
        data = made(form, 6, *words(form), pages=2, behind=WORD)
        start = data.index(form.packed(256, 2))
        for _ in range(100):
            damaged = bytearray(data)
            for _ in range(chance.randrange(1, 6)):
                damaged[chance.randrange(4, start + 500)] = chance.choice((0, 1, 127, 255))
            files.append(bytes(damaged))
    outcomes = set()
    for data in files:
        packets(data)
        try:
            outcomes.add(len(written(data, Written(xmp=b"<x/>"))) <= 2 * len(data) + 1000)
        except Unstrippable:
            outcomes.add(None)
    assert outcomes == {True, None}


def test_smaller_pictures_of_a_page_are_read_and_go():
    form = Form("little")
    small = laid_out([*page(form, 1), Entry(270, ASCII, WORD + b"\0")], form, 0)
    data = made(form, 1, Entry(330, LONG, bytes(4)))
    at = len(data)
    data = made(form, 1, Entry(330, LONG, form.packed(at, 4))) + laid_out(
        [*page(form, 1), Entry(270, ASCII, WORD + b"\0")], form, at
    )
    assert len(data) == at + len(small)
    assert [kind for kind, content in packets(data) if WORD in content] == [Kind.EXIF]
    assert stripped(data) == stripped(made(form, 1))
