import io
import struct
import zlib

import pytest
from PIL import Image

from images import formats
from images.formats import ImageTooLarge, InvalidImage, UnsupportedFormat
from images.inspection import ImageFacts, inspect_image
from tests.support import make_image


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
    ],
)
def test_it_tells_format_and_dimensions(format_, mime_type):
    assert inspect(make_image(format_, (64, 48))) == ImageFacts(mime_type, 64, 48, 1)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "AVIF", "MPO"])
def test_it_counts_frames(format_):
    assert inspect(make_image(format_, frames=3)).frames == 3


@pytest.mark.parametrize("orientation", range(1, 9))
def test_dimensions_are_as_seen(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = inspect(make_image("JPEG", (60, 40), exif=exif))
    assert (facts.width, facts.height) == ((60, 40) if orientation < 5 else (40, 60))


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "ICO", "PPM"])
def test_it_refuses_other_formats(format_):
    with pytest.raises(UnsupportedFormat, match="JPEG, PNG, GIF, WebP and AVIF"):
        inspect(make_image(format_))


@pytest.mark.parametrize("data", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\0" * 4096])
def test_it_refuses_what_is_no_image(data):
    with pytest.raises(UnsupportedFormat):
        inspect(data)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
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
    monkeypatch.setattr("images.inspection.MAX_TOTAL_PIXELS", 64 * 48 * 3)
    assert inspect(make_image("GIF", (64, 48), frames=3)).frames == 3
    with pytest.raises(ImageTooLarge, match="animation"):
        inspect(make_image("GIF", (64, 48), frames=4))


def test_it_refuses_too_many_frames(monkeypatch):
    monkeypatch.setattr("images.inspection.MAX_FRAMES", 3)
    assert inspect(make_image("GIF", frames=3)).frames == 3
    with pytest.raises(ImageTooLarge, match="animation"):
        inspect(make_image("GIF", frames=4))


def test_limits_are_the_published_ones():
    assert (formats.MAX_FRAME_PIXELS, formats.MAX_TOTAL_PIXELS) == (50_000_000, 100_000_000)
