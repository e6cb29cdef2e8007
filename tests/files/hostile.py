"""Files as a stranger might send them to hurt a library, made in memory; their names say what they are."""

import io
import struct
import zlib
from collections.abc import Iterator
from functools import cache

from PIL import Image

from tests.factories import make_image

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 200


@cache
def hostile_files() -> list[tuple[str, bytes]]:
    """Return name and content of each."""
    return list(_hostile_files())


def _hostile_files() -> Iterator[tuple[str, bytes]]:
    yield from _of_no_accepted_format()
    for format_ in ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "MPO", "HEIF", "TIFF"):
        data = make_image(format_, (200, 150), frames=1 if format_ == "JPEG" else 3)
        yield f"half.{format_}", data[: len(data) // 2]
        yield f"only its first bytes.{format_}", data[:16]
        yield f"zeros behind its head.{format_}", data[:64] + bytes(len(data) - 64)
        yield f"followed by a script.{format_}", data + b"<script>alert(1)</script>"
    yield from _pngs()
    yield from _jpegs()
    yield from _gifs()
    yield from _tiffs()
    yield from _heics()


def _of_no_accepted_format() -> Iterator[tuple[str, bytes]]:
    yield "empty.png", b""
    yield "a byte.png", b"\x89"
    yield "text.jpg", b"hello"
    yield "page.png", b"<!doctype html><script>alert(1)</script>"
    yield "drawing.svg", SVG
    yield "drawing after a byte order mark.svg", b"\xef\xbb\xbf<?xml version='1.0'?>" + SVG
    yield "iphone.heic", HEIC
    yield "iphone.jpg", HEIC
    for format_ in ("BMP", "ICO", "PPM", "PDF", "EPS", "TGA"):
        yield f"image.{format_}", make_image(format_)
    yield "image named after another format.png", make_image("BMP")


def _pngs() -> Iterator[tuple[str, bytes]]:
    yield "of ten thousand megapixels.png", png_of_size(100_000, 100_000)
    yield "of no width.png", png_of_size(0, 10)
    yield "of 2**31 pixels a side.png", png_of_size(2**31 - 1, 2**31 - 1)
    yield (
        "text that swells to 100 MB.png",
        png_with_chunk(b"zTXt", b"Comment\0\0" + swelling()),
    )
    yield (
        "a profile that swells to 100 MB.png",
        png_with_chunk(b"iCCP", b"sRGB\0\0" + swelling()),
    )
    yield "more pixels than announced.png", png(png_header(10, 10), (b"IDAT", zlib.compress(bytes(10**7))))
    yield "no pixels.png", png(png_header(10, 10))
    yield (
        "another chunk than its length says.png",
        png_with_chunk(b"tEXt", b"Comment\0x").replace(
            struct.pack(">I", 9) + b"tEXt", b"\xff\xff\xff\xfftEXt"
        ),
    )
    yield "two billion frames.png", png_with_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))


@cache
def swelling() -> bytes:
    """Return a hundred kilobytes that inflate to 100 MB; to make them takes a while."""
    return zlib.compress(bytes(10**8))


def _jpegs() -> Iterator[tuple[str, bytes]]:
    data = make_image("JPEG", (200, 150))
    size = struct.pack(">HH", 150, 200)
    yield "start and end.jpg", b"\xff\xd8\xff\xd9"
    yield "65,535 pixels a side.jpg", data.replace(size, b"\xff\xff\xff\xff")
    yield "of no height.jpg", data.replace(size, b"\0\0\0\xc8")
    yield (
        "tags that point at themselves.jpg",
        make_image(exif=b"Exif\0\0MM\0*\0\0\0\x08" + b"\0\1\x87\x69\0\4" * 60),
    )
    yield (
        "65,535 tags.jpg",
        make_image(exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\1\x0f\0\2\0\0\0\x80" * 8000),
    )
    yield "a profile of noise.jpg", make_image(icc_profile=b"\xff" * 60_000)
    yield "its end a thousand times.jpg", data + b"\xff\xd9" * 1000
    yield "two hundred scans.jpg", many_scans(plain_jpeg(), 200)


def _gifs() -> Iterator[tuple[str, bytes]]:
    data = make_image("GIF", (200, 150))
    yield "of no width.gif", data[:6] + b"\0\0" + data[8:]
    yield "a frame beyond the canvas.gif", data.replace(b",\0\0\0\0", b",\xff\xff\xff\xff")
    yield (
        "a frame larger than the canvas.gif",
        data.replace(b",\0\0\0\0" + struct.pack("<HH", 200, 150), b",\0\0\0\0\xff\xff\xff\xff"),
    )
    yield "codes of noise.gif", data[:-400] + b"\xff" * 400
    yield "a hundred large frames.gif", gif_of_frames((4000, 4000), 100)


def _tiffs() -> Iterator[tuple[str, bytes]]:
    yield "a page that is followed by itself.tif", tiff_of_pages(1, follows_itself=True)
    yield "a hundred thousand pages.tif", tiff_of_pages(100_000)
    yield "of 2**32 pixels a side.tif", tiff({256: 2**32 - 1, 257: 2**32 - 1})
    yield "of no width.tif", tiff({256: 0})
    yield "a strip past the end.tif", tiff({273: 2**31})
    yield "a billion samples.tif", tiff({277: 10**9})
    yield "65,535 tags.tif", tiff({})[:72] + b"\xff\xff" + tiff({})[74:] * 6_000
    yield "a BigTIFF of 2**60 tags.tif", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**60) + bytes(1000)
    yield "a directory past the end.tif", b"II*\0\xff\xff\xff\x7f" + bytes(100)


def _heics() -> Iterator[tuple[str, bytes]]:
    data = make_image("HEIF", (200, 150))
    place = data.index(b"ispe") + 8
    yield "of 2**32 pixels a side.heic", data[:place] + b"\xff" * 8 + data[place + 8 :]
    yield "smaller than its pixels.heic", data[:place] + struct.pack(">II", 2, 2) + data[place + 8 :]
    for name in (b"meta", b"iinf", b"iloc", b"iprp", b"ipco", b"hvcC", b"mdat"):
        start = data.index(name) - 4
        for length in (0, 1, 7, 2**31, 2**32 - 1):
            yield (
                f"{name.decode()} of length {length}.heic",
                data[:start] + struct.pack(">I", length) + data[start + 4 :],
            )


def tiff(tags: dict[int, int]) -> bytes:
    """Return a black TIFF of 8 by 8 pixels whose directory stands last, with these numbers in it."""
    entries = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64} | tags
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    return (
        b"II*\0" + struct.pack("<I", 72) + bytes(64) + struct.pack("<H", len(entries)) + directory + bytes(4)
    )


def tiff_of_pages(count: int, *, follows_itself: bool = False) -> bytes:
    """Return a TIFF of so many pages, all of the same 64 black pixels."""
    page = tiff({})[72:-4]
    places = [72 + number * (len(page) + 4) for number in range(count)]
    following = [*places[1:], places[0] if follows_itself else 0]
    return tiff({})[:72] + b"".join(page + struct.pack("<I", place) for place in following)


def png_header(width: int, height: int) -> tuple[bytes, bytes]:
    """Return the first chunk of a grey PNG."""
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of these chunks, kind and content; the last one is added."""
    pieces = [b"\x89PNG\r\n\x1a\n"]
    for kind, content in (*chunks, (b"IEND", b"")):
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        pieces.append(struct.pack(">I", len(content)) + kind + content + checksum)
    return b"".join(pieces)


def png_of_size(width: int, height: int) -> bytes:
    """Return a PNG that claims to be of this size and has nothing to show for it."""
    return png(png_header(width, height), (b"IDAT", zlib.compress(bytes(11))))


def png_with_chunk(kind: bytes, content: bytes) -> bytes:
    """Return a picture of 10 by 10 pixels with one more chunk before them."""
    return png(png_header(10, 10), (kind, content), (b"IDAT", zlib.compress(bytes(110))))


def plain_png(width: int, height: int) -> bytes:
    """Return a black picture of any size, a thousandth of that in bytes."""
    return png(png_header(width, height), (b"IDAT", zlib.compress(bytes((width + 1) * height), 1)))


@cache
def gif_of_frames(size: tuple[int, int], count: int) -> bytes:
    """Return an animation on a canvas of `size`; the second and later frames change one pixel of it."""
    file = io.BytesIO()
    Image.new("P", size).save(file, "GIF")
    first = file.getvalue().rstrip(b";")
    dot = make_image("GIF", (1, 1))
    frame = b",\0\0\0\0\1\0\1\0\0" + dot[dot.rindex(b",") + 10 : -1]
    return first + frame * (count - 1) + b";"


def plain_jpeg() -> bytes:
    """Return a progressive JPEG of one colour, small for its pixels."""
    file = io.BytesIO()
    Image.new("RGB", (1000, 1000)).save(file, "JPEG", progressive=True)
    return file.getvalue()


def many_scans(data: bytes, count: int) -> bytes:
    """Return a progressive JPEG whose first scan comes so many times: little to send, much to decode."""
    start = data.index(b"\xff\xda")
    end = data.index(b"\xff\xc4", start)
    return data[:start] + data[start:end] * count + data[end:]
