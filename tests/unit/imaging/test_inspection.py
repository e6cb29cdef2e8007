import base64
import io
import re
import struct
import subprocess
import sys
import zlib
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageCms, ImageColor

from images.errors import ImageTooLarge, InvalidImage, UnsupportedFormat
from images.imaging import formats
from images.imaging.inspection import ImageFacts, inspect_image
from tests import BASE_DIR
from tests.factories import make_image
from tests.files.pictures import SIZE, encoded, picture, tiff


def inspect(data: bytes) -> ImageFacts:
    return inspect_image(io.BytesIO(data))


@pytest.mark.parametrize(
    ("format_", "mime_type"),
    [
        ("JPEG", "image/jpeg"),
        ("MPO", "image/jpeg"),
        ("PNG", "image/png"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("HEIF", "image/heic"),
        ("TIFF", "image/tiff"),
    ],
)
def test_it_tells_format_and_dimensions(format_, mime_type):
    facts = inspect(make_image(format_, (64, 48)))
    assert (facts.mime_type, facts.width, facts.height, facts.frames) == (mime_type, 64, 48, 1)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF", "MPO", "HEIF", "TIFF"])
def test_it_counts_frames(format_):
    assert inspect(make_image(format_, frames=3)).frames == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_dimensions_are_as_seen(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = inspect(make_image("JPEG", (60, 40), exif=exif))
    assert (facts.width, facts.height) == ((60, 40) if orientation < 5 else (40, 60))


def test_a_later_frame_does_not_make_the_picture_larger():
    first, second = make_image("GIF", (32, 24)), make_image("GIF", (64, 48))
    pixels = 13 + 3 * 2 ** ((second[10] & 7) + 1)  # what comes before is of the whole file
    facts = inspect(first[:-1] + second[pixels:])
    assert (facts.width, facts.height, facts.frames) == (32, 24, 2)


@pytest.mark.parametrize("format_", ["BMP", "ICO", "PPM"])
def test_it_refuses_other_formats(format_):
    with pytest.raises(UnsupportedFormat, match="JPEG, PNG, GIF, WebP, AVIF, HEIC and TIFF"):
        inspect(make_image(format_))


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 4096])
def test_it_refuses_what_is_no_image(data):
    with pytest.raises(UnsupportedFormat):
        inspect(data)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "TIFF"])
def test_it_refuses_a_file_cut_short(format_):
    data = make_image(format_, (200, 200))
    with pytest.raises(InvalidImage):
        inspect(data[: len(data) * 2 // 3])


def test_it_decodes_the_last_frame_too():
    data = make_image("GIF", (200, 200), frames=3)
    with pytest.raises(InvalidImage):
        inspect(data[:-400])


def _png_header(width: int, height: int) -> bytes:
    """Return a PNG that claims to be of this size and has nothing to show for it."""
    data = bytearray(make_image("PNG", (1, 1)))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.parametrize("size", [(50_000, 1_001), (100_000, 100_000)])
def test_it_refuses_too_many_pixels_without_decoding_them(size):
    with pytest.raises(ImageTooLarge, match="50 megapixels"):
        inspect(_png_header(*size))


def test_it_refuses_too_many_pixels_over_all_frames(monkeypatch):
    monkeypatch.setattr("images.imaging.inspection.MAX_TOTAL_PIXELS", 64 * 48 * 3)
    assert inspect(make_image("GIF", (64, 48), frames=3)).frames == 3
    with pytest.raises(ImageTooLarge, match="animation"):
        inspect(make_image("GIF", (64, 48), frames=4))


def test_it_refuses_too_many_frames(monkeypatch):
    monkeypatch.setattr("images.imaging.inspection.MAX_FRAMES", 3)
    assert inspect(make_image("GIF", frames=3)).frames == 3
    with pytest.raises(ImageTooLarge, match="animation"):
        inspect(make_image("GIF", frames=4))


def test_limits_are_the_published_ones():
    assert (formats.MAX_FRAME_PIXELS, formats.MAX_TOTAL_PIXELS) == (50_000_000, 100_000_000)


def _placeholder(facts: ImageFacts) -> Image.Image:
    head, _, data = facts.placeholder.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(data)))


@pytest.mark.parametrize(("size", "small"), [((64, 48), (20, 15)), ((48, 64), (15, 20)), ((3, 2), (3, 2))])
def test_the_placeholder_is_tiny_and_of_the_same_shape(size, small):
    facts = inspect(make_image("JPEG", size))
    assert _placeholder(facts).size == small
    assert len(facts.placeholder) < 600


def test_the_placeholder_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert _placeholder(inspect(make_image("JPEG", (64, 48), exif=exif))).size == (15, 20)


@pytest.mark.parametrize(
    ("format_", "mode"),
    [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [("JPEG", mode) for mode in ("L", "RGB", "CMYK")]
    + [("GIF", "P"), ("WEBP", "RGBA"), ("AVIF", "RGBA")],
)
def test_every_mode_has_a_color_and_a_placeholder(format_, mode):
    facts = inspect(make_image(format_, mode=mode))
    assert re.fullmatch("#[0-9a-f]{6}", facts.metadata["color"])
    assert _placeholder(facts).size == (20, 15)


@pytest.mark.parametrize("color", ["#cc0000", "#00aa44", "#ffffff", "#000000"])
def test_the_dominant_color_is_the_one_there_is_most_of(color):
    picture = Image.new("RGB", (64, 48), color)
    picture.paste("#3366ff", (0, 0, 20, 20))
    file = io.BytesIO()
    picture.save(file, "PNG")
    found = inspect(file.getvalue()).metadata["color"]
    assert ImageColor.getrgb(found) == pytest.approx(ImageColor.getrgb(color), abs=3)


def test_it_tells_the_colour_profile():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert inspect(make_image(icc_profile=profile)).metadata["icc_profile"] == "sRGB built-in"
    assert "icc_profile" not in inspect(make_image(icc_profile=b"not a profile")).metadata


def test_it_reads_what_the_camera_wrote():
    exif = Image.Exif()
    exif[0x0110] = "X100V"
    exif.get_ifd(0x8769)[0x9003] = "2024:07:14 18:30:05"
    facts = inspect(make_image(exif=exif))
    assert facts.metadata["camera"] == "X100V"
    assert facts.taken_at == datetime(2024, 7, 14, 18, 30, 5, tzinfo=UTC)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # pytest undoes the library's own filter
def test_damaged_metadata_is_none_and_the_picture_is_fine():
    facts = inspect(make_image(exif=b"Exif\0\0MM\0*\xff\xff\xff\xff damaged"))
    assert (facts.width, facts.taken_at, set(facts.metadata)) == (64, None, {"color"})


def test_it_refuses_too_much_metadata(monkeypatch):
    data = make_image("JPEG", comment=b"c" * 5000)
    monkeypatch.setattr("images.imaging.inspection.MAX_METADATA_BYTES", 6000)
    assert inspect(data)
    monkeypatch.setattr("images.imaging.inspection.MAX_METADATA_BYTES", 4999)
    with pytest.raises(ImageTooLarge, match="metadata"):
        inspect(data)


def test_without_what_reads_heic_the_refusal_says_what_can_be_done():
    """In a process of its own, in which importing it fails."""
    script = """
import io, sys
sys.modules["pillow_heif"] = None
from images.errors import UnsupportedFormat
from images.imaging.formats import ACCEPTED, READABLE
from images.imaging.inspection import inspect_image
print(ACCEPTED, *(format_.mime_type for format_ in READABLE))
try:
    inspect_image(io.BytesIO(sys.stdin.buffer.read()))
except UnsupportedFormat as refusal:
    print(refusal)
"""
    data = make_image("HEIF")
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, input=data, capture_output=True, check=True
    )
    accepted, refusal = ended.stdout.decode().splitlines()
    assert "HEIC" not in accepted
    assert "image/heic" not in accepted
    assert "make install EXTRAS=heic" in refusal
    assert "export it as JPEG" in refusal


# --- TIFF, HEIC ------------------------------------------------------------------------------------


def test_pages_of_a_tiff_may_differ_and_the_first_is_what_is_seen():
    facts = inspect(picture("three pages.tif"))
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 3)


def test_of_a_heic_its_primary_image_is_what_is_seen():
    facts = inspect(picture("two pictures, the second one first.heic"))
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 2)


def test_pixels_of_pages_are_added_up_each_as_it_is(monkeypatch):
    pages = [Image.new("L", (100, 100)), *(Image.new("L", (10, 10)) for _ in range(9))]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    monkeypatch.setattr("images.imaging.inspection.MAX_TOTAL_PIXELS", 10_900)
    assert inspect(data).frames == 10
    monkeypatch.setattr("images.imaging.inspection.MAX_TOTAL_PIXELS", 10_899)
    with pytest.raises(ImageTooLarge, match="file is too large"):
        inspect(data)


def test_a_tiff_of_more_pages_than_are_taken_is_refused_before_they_are_decoded(monkeypatch):
    monkeypatch.setattr("images.imaging.inspection.MAX_FRAMES", 3)
    assert inspect(make_image("TIFF", frames=3)).frames == 3
    monkeypatch.setattr("PIL.TiffImagePlugin.TiffImageFile.load", None)
    with pytest.raises(ImageTooLarge, match="3 frames"):
        inspect(make_image("TIFF", frames=4))


@pytest.mark.parametrize("tags", [{50706: 0x01040000}, {254: 1, 330: 8}])
def test_a_raw_file_of_a_camera_is_no_photograph_yet(tags):
    with pytest.raises(UnsupportedFormat, match="raw file"):
        inspect(tiff((8, 8), bytes(64), tags))


def test_a_heic_that_decodes_larger_than_it_said_is_refused(monkeypatch):
    data = make_image("HEIF", (200, 100))
    said = struct.pack(">4sIII", b"ispe", 0, 200, 100)
    assert said in data
    monkeypatch.setattr("images.imaging.inspection.MAX_FRAME_PIXELS", 10_000)
    with pytest.raises((ImageTooLarge, InvalidImage)):
        inspect(data.replace(said, struct.pack(">4sIII", b"ispe", 0, 20, 10)))
