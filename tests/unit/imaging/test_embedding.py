"""A copy with words in it shows the same picture; a file that cannot have them is refused."""

import io
import struct
from dataclasses import replace
from datetime import datetime

import pytest

from images.errors import Unrenderable, Unstrippable
from images.imaging import child, embedding, sandbox
from images.imaging.containers.plans import assemble, received
from images.imaging.formats import EXTENSIONS, FORMATS
from images.imaging.stripping import Shown, look_at
from images.imaging.words.words import Words
from tests.factories import make_image
from tests.files import carriers
from tests.files.hostile import hostile_files
from tests.files.pictures import PICTURES, oriented, picture

WORDS = Words(
    **dict.fromkeys(("title", "description", "alt_text", "author", "copyright"), "said" * 50),
    keywords=("a", "b"),
)


NOT_COMPARED = {
    "a hundred large frames.gif",  # which the library does not take, after a long look
    "a hundred thousand pages.tif",  # nor this
    "a page that is followed by itself.tif",  # whose copy has it once more
}


def embedded(data: bytes, words: Words = WORDS) -> bytes:
    output, source = io.BytesIO(), io.BytesIO(data)
    assemble(received(child.embed(source, words), len(data)), source, output)
    return output.getvalue()


def seen(data: bytes) -> Shown | None:
    try:
        return look_at(io.BytesIO(data))
    except Exception:  # Pillow raises as freely on damage here as everywhere
        return None


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in PICTURES
        if getattr(EXTENSIONS.get(name.rpartition(".")[2]), "name", "") in FORMATS and name != "big.tif"
    ],
)
def test_a_copy_shows_the_same(name):
    data = picture(name)
    copy = embedded(data)
    assert b"said" in copy
    assert look_at(io.BytesIO(copy)) == look_at(io.BytesIO(data))


@pytest.mark.parametrize("format_", FORMATS)
def test_a_copy_is_held_as_its_original_is(format_):
    for orientation in range(1, 9):
        data = oriented(orientation, format_)
        assert look_at(io.BytesIO(embedded(data))) == look_at(io.BytesIO(data))


def test_of_a_damaged_file_a_copy_shows_as_much_or_there_is_none():
    shown = 0
    for name, data in hostile_files():
        if name in NOT_COMPARED:
            continue
        try:
            copy = embedded(data)
        except Unstrippable:
            continue
        if before := seen(data):  # else the library took no such file
            assert seen(copy) == before, name
            shown += 1
    assert shown > 5


def test_damaged_exif_stays_where_the_picture_would_turn():
    """Here entries point nowhere, and once all are in order none behind the first is read."""
    entries = [(0x0100, 9, 0, 2**32 - 1), (0x0112, 3, 1, 6 << 16), (0x0100, 5, 2, 2**32 - 1)]
    directory = struct.pack(">H", 3) + b"".join(struct.pack(">HHII", *entry) for entry in entries)
    data = make_image(exif=b"Exif\0\0MM\0*\0\0\0\x08" + directory + bytes(4))
    copy = embedded(data, replace(WORDS, taken=datetime(2026, 5, 4)))
    assert b"said" in copy
    assert look_at(io.BytesIO(copy)) == look_at(io.BytesIO(data))


def test_a_file_that_cannot_have_words_is_refused_in_words():
    large = carriers.tiff(bytes(70_000))
    parts = [carriers.segment(0xE1, b"Exif\0\0" + part) for part in (large[:60_000], large[60_000:])]
    for data, said in (
        (carriers.jpeg_with(make_image(), *parts), "A JPEG has no room for so much Exif."),
        (picture("big.tif"), "The library cannot write words into a BigTIFF."),
        (make_image()[:100], "The file is damaged: no words can be written into it."),
    ):
        with pytest.raises(Unrenderable, match=said):
            sandbox.embed(io.BytesIO(data), io.BytesIO(), WORDS)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_sandbox_writes_what_the_plan_says(format_):
    data, output = make_image(format_), io.BytesIO()
    sandbox.embed(io.BytesIO(data), output, WORDS)
    assert output.getvalue() == embedded(data)


def test_no_orientation_is_read_of_what_is_no_structure():
    assert embedding.orientation_in(b"") == embedding.orientation_in(b"junk" * 9) is None
