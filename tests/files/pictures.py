"""Pictures that are awkward to draw: one for every way in which colours, edges or pixels are stored.

Drawn in memory, from Pillow alone. All but the very narrow ones show the same scene, so that what becomes of
them can be compared: a red, a green and a blue corner, a yellow disc, fine lines, a ramp of grays.
"""

import functools
import io
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter, PngImagePlugin

from images.imaging import codecs  # noqa: F401  with the extras: it has Pillow know HEIC

Size = tuple[int, int]

SIZE = (640, 427)
ORIENTATION, DESCRIPTION, GPS = 0x0112, 0x010E, 0x8825  # EXIF tags
TALKATIVE = ("jpeg", "png", "gif", "webp", "avif", "heif", "tiff")
SECRET = "Secret-5ab1"  # in all the metadata of the pictures that carry any


def scene(size: Size = SIZE, mode: str = "RGB") -> Image.Image:
    """Return the scene. In a mode with alpha there is nothing around the disc, and its edge is soft."""
    width, height = size
    side = max(1, min(size) // 4)
    image = Image.linear_gradient("L").rotate(90).resize(size).convert("RGB")
    image = ImageChops.multiply(image, Image.new("RGB", size, "#e0e8ff"))
    draw = ImageDraw.Draw(image)
    for corner, color in ((0, 0), "#e02020"), ((1, 0), "#20b040"), ((0, 1), "#2040e0"):
        x, y = corner[0] * (width - side), corner[1] * (height - side)
        draw.rectangle((x, y, x + side - 1, y + side - 1), color)
    for x in range(width - side, width, 4):
        draw.line((x, height - side, x, height), "black")
    disc = _disc(size)
    image.paste("#ffd020", mask=disc)
    if mode in ("LA", "RGBA"):
        image.putalpha(disc)
    return image.convert(mode)


def grain(size: Size, coarse: int = 8) -> Image.Image:
    """Return random colours, one for every `coarse` pixels: it shows when something is not where it was."""
    width, height = -(-size[0] // coarse), -(-size[1] // coarse)
    noise = random.Random(0).randbytes(3 * width * height)
    return Image.frombytes("RGB", (width, height), noise).resize(size, Image.Resampling.BICUBIC)


def _disc(size: Size) -> Image.Image:
    width, height = size
    radius, mask = min(size) * 0.3, Image.new("L", size)
    edge = (width / 2 - radius, height / 2 - radius, width / 2 + radius, height / 2 + radius)
    ImageDraw.Draw(mask).ellipse(edge, fill=255)
    return mask.filter(ImageFilter.GaussianBlur(2))


def encoded(image: Image.Image, format_: str, **options) -> bytes:
    """Return `image` as a file; a JPEG with little loss."""
    if format_ in ("JPEG", "MPO"):
        options = {"quality": 95, "subsampling": 0} | options
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


# --- Colour profiles (ICC.1:2001-04) -----------------------------------------------------------------

Colorants = tuple[tuple[float, float, float], ...]  # X, Y and Z of red, green and blue, for a D50 white

ADOBE_RGB = (0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)
DISPLAY_P3 = (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)
SRGB = (0.43604, 0.22248, 0.01392), (0.38512, 0.71690, 0.09706), (0.14305, 0.06061, 0.71391)
SWAPPED = SRGB[1], SRGB[0], SRGB[2]  # what is stored as red is seen as green


def srgb_profile() -> bytes:
    """Return sRGB as LittleCMS writes it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def rgb_profile(colorants: Colorants, gamma: float = 2.2) -> bytes:
    """Return a profile of these primaries and this gamma."""
    columns = [b"XYZ \0\0\0\0" + _fixed(*xyz) for xyz in colorants]
    tags = list(zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True))
    return _profile(
        b"RGB ", b"XYZ ", [*tags, *((name, _gamma(gamma)) for name in (b"rTRC", b"gTRC", b"bTRC"))]
    )


def gray_profile(gamma: float) -> bytes:
    """Return a profile of grays with this gamma."""
    return _profile(b"GRAY", b"XYZ ", [(b"kTRC", _gamma(gamma))])


def cmyk_profile() -> bytes:
    """Return a profile of four inks by a table of the 16 ways to lay them over each other."""
    inks = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    straight, identity = struct.pack(">2H", 0, 65535), _fixed(1, 0, 0, 0, 1, 0, 0, 0, 1)
    head = b"mft2\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + struct.pack(">2H", 2, 2)
    table = b"".join(struct.pack(">3H", *_lab(*ink)) for ink in inks)
    return _profile(b"CMYK", b"Lab ", [(b"A2B0", head + straight * 4 + table + straight * 3)])


def _lab(c: int, m: int, y: int, k: int) -> tuple[int, int, int]:
    """Return the colour of paper under these inks, as 16 bits: 100 is 0xFF00, and 0 of a and b 0x8000."""
    a, b = (-35 * c + 70 * m - 5 * y) * (1 - k), (-45 * c - 5 * m + 90 * y) * (1 - k)
    return (
        round(max(0, 95 - 35 * c - 40 * m - 6 * y - 80 * k) / 100 * 0xFF00),
        256 * (a + 128),
        256 * (b + 128),
    )


def _fixed(*numbers: float) -> bytes:
    return struct.pack(f">{len(numbers)}i", *(round(number * 65536) for number in numbers))


def _gamma(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(gamma * 256))


def _profile(space: bytes, connection: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    white = b"XYZ \0\0\0\0" + _fixed(0.9642, 1, 0.82491)
    text = f"{SECRET}\0".encode()
    tags = [*tags, (b"wtpt", white), (b"cprt", b"text\0\0\0\0" + text)]
    tags.append((b"desc", b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)))
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, value in tags:
        table += name + struct.pack(">II", at + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    device = b"prtr" if space == b"CMYK" else b"mntr"
    head = struct.pack(">I4xI4s4s4s12x4s", at + len(data), 0x02400000, device, space, connection, b"acsp")
    head += bytes(28) + _fixed(0.9642, 1, 0.82491) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + data


# --- Files that Pillow does not write ----------------------------------------------------------------


def png_16_bit(image: Image.Image, key: tuple[int, ...] | None = None) -> bytes:
    """Return an RGB image as a PNG of 16 bits a channel, in which the colour `key` is transparent."""
    width, height = image.size
    row, wide = 6 * width, bytes(byte for byte in image.tobytes() for _ in range(2))
    lines = b"".join(b"\0" + wide[start : start + row] for start in range(0, row * height, row))
    transparent = _png_chunk(b"tRNS", struct.pack(">3H", *key)) if key else b""
    header = _png_chunk(b"IHDR", struct.pack(">II5B", width, height, 16, 2, 0, 0, 0))
    pixels = _png_chunk(b"IDAT", zlib.compress(lines))
    return b"\x89PNG\r\n\x1a\n" + header + transparent + pixels + _png_chunk(b"IEND", b"")


def _png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def gray_16_bit(image: Image.Image) -> Image.Image:
    """Return an image in L as one of 16 bits: each value twice, so that white stays white."""
    return Image.frombytes("I;16", image.size, bytes(byte for byte in image.tobytes() for _ in range(2)))


def oriented(orientation: int, format_: str = "JPEG", image: Image.Image | None = None, **options) -> bytes:
    """Return `image` (the scene) as a camera held in this way stores it."""
    return encoded(image or scene(), format_, exif=_exif({ORIENTATION: orientation}), **options)


def talkative(format_: str) -> bytes:
    """Return the scene with all the metadata that the format has room for, SECRET in each."""
    exif = _exif({ORIENTATION: 6, DESCRIPTION: SECRET, GPS: {1: "N", 2: (52.0, 31.0, 12.0), 29: SECRET}})
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title>{SECRET}</dc:title></x:xmpmeta>".encode()
    profile = rgb_profile(DISPLAY_P3)
    if format_ == "GIF":
        return encoded(scene().quantize(64), "GIF", comment=SECRET.encode())
    if format_ == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", SECRET)
        texts.add_text("Author", SECRET, zip=True)
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return encoded(scene(), "PNG", exif=exif, pnginfo=texts, icc_profile=profile, dpi=(300, 300))
    data = encoded(scene(), format_, exif=exif, xmp=xmp, icc_profile=profile)
    if format_ != "JPEG":
        return data
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", 5 + len(SECRET))
    iptc += b"\x1c\x02\x78" + struct.pack(">H", len(SECRET)) + SECRET.encode()
    segments = (0xFFED, iptc), (0xFFFE, SECRET.encode())  # APP13 and COM
    more = b"".join(struct.pack(">HH", marker, len(body) + 2) + body for marker, body in segments)
    return data[:2] + more + data[2:]


def _exif(tags: dict) -> bytes:
    exif = Image.Exif()
    exif.update(tags)
    return exif.tobytes()


# --- The pictures ------------------------------------------------------------------------------------


def _scene(format_: str, mode: str = "RGB", size: Size = SIZE, **options) -> Callable[[], bytes]:
    return lambda: encoded(scene(size, mode), format_, **options)


def _cut_out() -> Image.Image:
    """Return the disc alone, with a hard edge."""
    image = scene(mode="RGBA")
    image.putalpha(image.getchannel("A").point(lambda alpha: 255 if alpha > 127 else 0))
    return image


def _keyed(mode: str, key: int | tuple[int, ...]) -> bytes:
    """Return a PNG with a hard-edged disc, around which there is nothing: by a colour that means it."""
    image = Image.new(mode, SIZE, key)
    image.paste(scene(SIZE, mode), mask=_disc(SIZE).point(lambda alpha: 255 if alpha > 127 else 0))
    return encoded(image, "PNG", transparency=key)


def _keyed_16_bit_gray() -> bytes:
    image = Image.open(io.BytesIO(_keyed("L", 7)))
    return encoded(gray_16_bit(image), "PNG", transparency=7 * 257)


def _keyed_16_bit_rgb() -> bytes:
    image = Image.open(io.BytesIO(_keyed("RGB", (7, 0, 7))))
    return png_16_bit(image, key=(7 * 257, 0, 7 * 257))


def _animation(format_: str) -> bytes:
    """Return the scene, which is followed by others."""
    frames = [scene(), ImageChops.invert(scene()), Image.new("RGB", SIZE, "lime")]
    if format_ == "GIF":
        frames = [frame.quantize(64) for frame in frames]
    return encoded(frames[0], format_, save_all=True, append_images=frames[1:])


def _second_first() -> bytes:
    """Return an image of which another one stands before it in the file."""
    other = Image.new("RGB", (80, 60), "lime")
    return encoded(other, "HEIF", save_all=True, append_images=[scene()], primary_index=1, quality=90)


def _pages() -> bytes:
    """Return the scene, behind it a page of another size in grays, and one turned."""
    turned = Image.new("RGB", (300, 200), "lime")
    turned.encoderinfo = {"exif": _exif({ORIENTATION: 6})}
    return encoded(scene(), "TIFF", save_all=True, append_images=[scene((60, 700), "L"), turned])


def _white_is_zero() -> bytes:
    gray = gray_16_bit(ImageChops.invert(scene(mode="L")))
    return _tiff_of(gray, {262: 0})


def _twelve_bits() -> bytes:
    """Return grays of 12 bits, two in three bytes, which Pillow reads and does not write."""
    values = scene((SIZE[0], SIZE[1]), "L").tobytes()
    twelve = [(value << 4) | (value >> 4) for value in values]
    pairs = zip(twelve[::2], twelve[1::2], strict=True)
    packed = b"".join(bytes((a >> 4, (a & 15) << 4 | b >> 8, b & 255)) for a, b in pairs)
    return tiff(SIZE, packed, {258: 12})


def _fractions() -> bytes:
    return encoded(scene(mode="F").point(lambda value: value * (1 / 255) + 0), "TIFF")


def _heights() -> bytes:
    """Return metres above the sea, which go from below it to the top of a mountain."""
    return encoded(scene(mode="F").point(lambda value: value * 20 - 400), "TIFF")


def _lab_tiff() -> bytes:
    spaces = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return encoded(ImageCms.buildTransform(*spaces, "RGB", "LAB").apply(scene()), "TIFF")


def _tiff_of(gray: Image.Image, tags: dict[int, int]) -> bytes:
    return tiff(gray.size, gray.tobytes(), {258: 16} | tags)


def tiff(size: Size, pixels: bytes, tags: dict[int, int] | None = None, order: str = "<") -> bytes:
    """Return a TIFF of one strip of grays: its `tags` are numbers, over those that every such file has."""
    entries = {256: size[0], 257: size[1], 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: size[1]}
    entries |= {279: len(pixels)} | (tags or {})
    directory = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, entries[tag]) for tag in sorted(entries))
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8 + len(pixels))
    return head + pixels + struct.pack(f"{order}H", len(entries)) + directory + bytes(4)


def _line(format_: str, width: int, height: int) -> Callable[[], bytes]:
    """Return a ramp from black to white, one pixel wide or high."""
    ramp = Image.linear_gradient("L").rotate(0 if width == 1 else 90)
    return lambda: encoded(ramp.resize((width, height)), format_)


PICTURES: dict[str, Callable[[], bytes]] = {
    "photo.jpg": _scene("JPEG"),
    "photo, progressive, colours at half.jpg": _scene("JPEG", progressive=True, subsampling=2),
    "gray.jpg": _scene("JPEG", "L"),
    "gray, gamma 1.jpg": _scene("JPEG", "L", icc_profile=gray_profile(1.0)),
    "gray, though in RGB of gamma 1.jpg": _scene("JPEG", "L", icc_profile=rgb_profile(SRGB, 1.0)),
    "gray, in sRGB.jpg": _scene("JPEG", "L", icc_profile=srgb_profile()),
    "in sRGB.jpg": _scene("JPEG", icc_profile=srgb_profile()),
    "in Display P3.jpg": _scene("JPEG", icc_profile=rgb_profile(DISPLAY_P3)),
    "in Adobe RGB.jpg": _scene("JPEG", icc_profile=rgb_profile(ADOBE_RGB)),
    "red and green swapped by the profile.png": _scene("PNG", icc_profile=rgb_profile(SWAPPED)),
    "profile that is none.jpg": _scene("JPEG", icc_profile=b"not a profile"),
    "profile of inks, though RGB.jpg": _scene("JPEG", icc_profile=cmyk_profile()),
    "inks.jpg": _scene("JPEG", "CMYK"),
    "inks, odd ones by their profile.jpg": _scene("JPEG", "CMYK", icc_profile=cmyk_profile()),
    **{f"orientation {n}.jpg": functools.partial(oriented, n) for n in range(2, 9)},
    "orientation 6.avif": lambda: oriented(6, "AVIF", quality=90),
    **{f"orientation {n}.heic": functools.partial(oriented, n, "HEIF", quality=90) for n in range(2, 9)},
    **{f"orientation {n}.tif": functools.partial(oriented, n, "TIFF") for n in range(2, 9)},
    "two pictures.jpg": lambda: _animation("MPO"),
    "gray.png": _scene("PNG", "L"),
    "gray, transparent.png": _scene("PNG", "LA"),
    "gray, transparent, gamma 1.png": _scene("PNG", "LA", icc_profile=gray_profile(1.0)),
    "gray, one gray transparent.png": lambda: _keyed("L", 7),
    "gray, 16 bits.png": lambda: encoded(gray_16_bit(scene(mode="L")), "PNG"),
    "gray, 16 bits, one transparent.png": _keyed_16_bit_gray,
    "black and white.png": _scene("PNG", "1"),
    "colours, 16 bits.png": lambda: png_16_bit(scene()),
    "colours, 16 bits, one transparent.png": _keyed_16_bit_rgb,
    "colours, one transparent.png": lambda: _keyed("RGB", (255, 0, 255)),
    "transparent.png": _scene("PNG", "RGBA"),
    "transparent, in Display P3.png": _scene("PNG", "RGBA", icc_profile=rgb_profile(DISPLAY_P3)),
    "opaque, though RGBA.png": lambda: encoded(scene().convert("RGBA"), "PNG"),
    "palette.png": lambda: encoded(scene().quantize(64), "PNG"),
    "palette, transparent.png": lambda: encoded(scene(mode="RGBA").quantize(64), "PNG"),
    "moving.gif": lambda: _animation("GIF"),
    "moving.webp": lambda: _animation("WEBP"),
    "moving.png": lambda: _animation("PNG"),
    "moving.avif": lambda: _animation("AVIF"),
    "transparent.gif": lambda: encoded(_cut_out(), "GIF"),
    "transparent.webp": _scene("WEBP", "RGBA"),
    "transparent.avif": _scene("AVIF", "RGBA", quality=90),
    "transparent.heic": _scene("HEIF", "RGBA", quality=90),
    "gray.heic": _scene("HEIF", "L", quality=90),
    "in Display P3.heic": _scene("HEIF", quality=90, icc_profile=rgb_profile(DISPLAY_P3)),
    "of tiles, as iPhones make them.heic": _scene("HEIF", quality=90, tile_size=256),
    "two pictures, the second one first.heic": _second_first,
    "photo.tif": _scene("TIFF"),
    "photo, turned, as JPEG.tif": lambda: oriented(6, "TIFF", compression="jpeg", quality=95),
    "in Display P3.tif": _scene("TIFF", icc_profile=rgb_profile(DISPLAY_P3), compression="tiff_lzw"),
    "big.tif": _scene("TIFF", big_tiff=True),
    "inks.tif": _scene("TIFF", "CMYK", compression="tiff_adobe_deflate"),
    "inks, odd ones by their profile.tif": _scene("TIFF", "CMYK", icc_profile=cmyk_profile()),
    "palette.tif": lambda: encoded(scene().quantize(64), "TIFF", compression="packbits"),
    "black and white, as by fax.tif": _scene("TIFF", "1", compression="group4"),
    "gray, transparent.tif": _scene("TIFF", "LA"),
    "transparent.tif": _scene("TIFF", "RGBA", compression="tiff_adobe_deflate"),
    "gray, 16 bits.tif": lambda: encoded(gray_16_bit(scene(mode="L")), "TIFF", compression="tiff_lzw"),
    "gray, 16 bits, black is white.tif": _white_is_zero,
    "gray, 12 bits.tif": _twelve_bits,
    "gray, fractions.tif": _fractions,
    "heights.tif": _heights,
    "colours of Lab.tif": _lab_tiff,
    "three pages.tif": _pages,
    **{f"talkative.{name}": functools.partial(talkative, name.upper()) for name in TALKATIVE},
    "of one pixel.png": lambda: encoded(Image.new("RGB", (1, 1), "#e02020"), "PNG"),
    "one wide.png": _line("PNG", 1, 20_000),
    "one high.jpg": _line("JPEG", 20_000, 1),
}


@functools.cache
def picture(name: str) -> bytes:
    """Return the file of PICTURES with this name."""
    return PICTURES[name]()


def numbered(jpeg: bytes, number: int) -> bytes:
    """Return the same picture as another file: with a comment (marker 0xFFFE) after its start."""
    comment = str(number).encode()
    return jpeg[:2] + struct.pack(">HH", 0xFFFE, len(comment) + 2) + comment + jpeg[2:]
