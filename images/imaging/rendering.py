"""Draws derived images. Runs in the sandbox's children: knows no row, no storage, no Django."""

import functools
import io
from collections.abc import Sequence
from itertools import product
from typing import IO, Any

from PIL import Image, ImageChops, ImageCms

from images.imaging.codecs import OPENERS
from images.imaging.depth import eight_bit
from images.imaging.formats import EXTENSIONS, format_reported
from images.imaging.inspection import orientation_of, upright
from images.imaging.jobs import Job

Box = tuple[float, float, float, float]

# How much larger than asked for an image still is when the filter takes over, which keeps detail and costs
# most: after a JPEG was decoded small, after pixels were averaged. Of the finest detail 1.5 keeps 95 %, more
# than Pillow's thumbnail(), and 2 would keep 98 % for up to twice the time. Nothing shows of a gap of 3.
DECODED_GAP = 1.5
AVERAGED_GAP = 3.0

# Qualities at which photographs look the same in all formats. PNG's usual level, 6, takes three times as long
# as 3 for files that are no smaller. libavif divides an image by the number of its threads: with one, what is
# drawn does not depend on the machine.
OPTIONS: dict[str, dict[str, Any]] = {
    "jpg": {"quality": 82, "progressive": True},
    "png": {"compress_level": 3},
    "webp": {"quality": 80, "method": 4, "alpha_quality": 90},
    "avif": {"quality": 60, "speed": 8, "max_threads": 1},
    "gif": {},
}

# Past so many pixels WebP and AVIF are encoded in haste. 12 megapixels of transparent noise would take 5 and
# 16 seconds of the 10 that a child has, decoding apart; in haste 3 and 6, AVIF's files larger by a seventh.
LARGE = 5_000_000
HASTE = {"webp": {"method": 3}, "avif": {"speed": 9}}

CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}

OPAQUE = {"LA": "L", "RGBA": "RGB"}
PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}


def render(file: IO[bytes], jobs: Sequence[Job]) -> list[bytes]:
    """Return what each of `jobs` makes of the first frame of the image in `file`, the same in any company.

    In sRGB, without metadata; transparency stays where the format has it and becomes white elsewhere. Leaves
    the file open, its position anywhere. Raises whatever Pillow raises: what is rendered was inspected.
    """
    with _opened(file) as source:
        is_jpeg = format_reported(source.format).name == "JPEG"
    by_divisor: dict[int, list[Job]] = {}
    for job in jobs:
        by_divisor.setdefault(_divisor(job) if is_jpeg else 1, []).append(job)
    drawn: dict[Job, bytes] = {}
    for divisor, those in by_divisor.items():
        drawn |= _draw(file, divisor, those)
    return [drawn[job] for job in jobs]


def _opened(file: IO[bytes]) -> Image.Image:
    file.seek(0)
    return Image.open(file, formats=OPENERS)


def _divisor(job: Job) -> int:
    """Return by what of 1, 2, 4 and 8 (JPEG's scales) the source may be divided and still be large enough."""
    left, top, right, bottom = job.box
    shrink = min((right - left) / job.size[0], (bottom - top) / job.size[1])
    return next((divisor for divisor in (8, 4, 2) if shrink >= divisor * DECODED_GAP), 1)


def _draw(file: IO[bytes], divisor: int, jobs: Sequence[Job]) -> dict[Job, bytes]:
    """Return what `jobs` make of the image, which is decoded once: at a `divisor`th of its size, if not 1."""
    with _opened(file) as source:
        size = source.size
        if divisor > 1:
            source.draft(None, (size[0] // divisor, size[1] // divisor))
        source.load()  # before metadata is asked for, which may come after the pixels
        orientation, profile = orientation_of(source), source.info.get("icc_profile")
        image = _resizable(source)
        pictures: dict[
            tuple[Box, tuple[int, int]], Image.Image
        ] = {}  # before quality and format, which several jobs may differ in
        for job in jobs:
            if (job.box, job.size) not in pictures:
                left, top, right, bottom = _as_stored(job.box, size, orientation)
                box = left / divisor, top / divisor, right / divisor, bottom / divisor
                small = _resize(image, box, job.size if orientation < 5 else job.size[::-1])
                pictures[job.box, job.size] = _in_srgb(upright(small, orientation), profile)
    return {job: _encode(_seen(pictures[job.box, job.size], job), job.format) for job in jobs}


def _resizable(image: Image.Image) -> Image.Image:
    """Return the image in a mode whose values can be averaged: L, RGB or CMYK, or premultiplied La or RGBa.

    Premultiplied, a transparent pixel has no colour that could show at the edge of the others. Pillow would
    see to that itself, but of all the image for every size, and then average nothing before it filters.
    """
    image = eight_bit(image)
    if image.has_transparency_data:
        image = image.convert("LA" if image.mode in ("1", "L", "LA") else "RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            return image.convert(PREMULTIPLIED[image.mode])
        return image.convert(OPAQUE[image.mode])
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode == "1" else "RGB")


def _as_stored(box: Box, size: tuple[int, int], orientation: int) -> Box:
    """Return where `box`, of the image as seen, is in the image of this `size` as it is stored."""
    left, top, right, bottom = box
    width, height = size
    return {
        2: (width - right, top, width - left, bottom),
        3: (width - right, height - bottom, width - left, height - top),
        4: (left, height - bottom, right, height - top),
        5: (top, left, bottom, right),
        6: (top, height - right, bottom, height - left),
        7: (width - bottom, height - right, width - top, height - left),
        8: (width - bottom, left, width - top, right),
    }.get(orientation, box)


def _resize(image: Image.Image, box: Box, size: tuple[int, int]) -> Image.Image:
    """Return the `box` at `size`, not premultiplied. The filter looks past its edges: tiles have no seams."""
    small = image.resize(size, Image.Resampling.LANCZOS, box, AVERAGED_GAP)
    return small.convert(small.mode.upper())


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in sRGB: L, LA, RGB or RGBA."""
    if image.mode in OPAQUE:
        colors = _in_srgb(image.convert(OPAQUE[image.mode]), profile)
        colors.putalpha(image.getchannel("A"))
        return colors
    if profile and (transform := _transform(profile, image.mode)):
        converted = transform.apply(image.convert(transform.input_mode))
        return converted.convert("L") if image.mode == "L" else converted
    return image.convert("RGB") if image.mode == "CMYK" else image


@functools.lru_cache(maxsize=8)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return what takes `profile` to sRGB; None if it makes no sense, or would change nothing in this mode.

    Most profiles are sRGB, under a hundred names; to convert 12 megapixels takes as long as to decode them.
    """
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        space = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}.get(source.profile.xcolor_space.strip(), "")
        if space != mode and (space, mode) != ("RGB", "L"):  # cameras tag gray pictures with sRGB
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), space, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    colors = bytes(value for color in product(range(0, 256, 17), repeat=3) for value in color)
    before = Image.frombytes("RGB", (64, 64), colors).convert(space)
    changes = ImageChops.difference(transform.apply(before), before.convert("RGB"))
    return None if max(changes.tobytes()) <= 1 else transform


def _seen(image: Image.Image, job: Job) -> Image.Image:
    """Return the image turned, and in the quality that the job asks for."""
    if job.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if job.rotation:
        image = image.transpose(CLOCKWISE[job.rotation])
    if job.quality == "gray":
        return image.convert("LA" if image.mode in OPAQUE else "L")
    if job.quality == "bitonal":
        return _on_white(image).convert("L").convert("1")
    return image


def _encode(image: Image.Image, format_: str) -> bytes:
    """Return a file of the image, with nothing in it beside the pixels."""
    if format_ == "jpg":
        image = _on_white(image)
    if image.mode == "1" and format_ != "png":  # the others would take a pixel of 1 for almost black
        image = image.convert("L")
    image.info = {}  # encoders would copy comments and profiles from here
    if format_ == "gif" and image.mode in OPAQUE:
        image = _cut_out(image)
    name, options = EXTENSIONS[format_].name, OPTIONS[format_]
    if image.width * image.height > LARGE:
        options = options | HASTE.get(format_, {})
    if format_ == "avif" and image.mode in OPAQUE:
        # At half the size, colours of what is transparent would run into the rest.
        options = options | {"subsampling": "4:4:4"}
    file = io.BytesIO()
    try:
        image.save(file, name, **options)
    except OSError:
        if not options.get("progressive"):
            raise
        # Pillow sets a byte for each pixel aside, and noise takes more. In one pass the room does not matter.
        file = io.BytesIO()
        image.save(file, name, **options | {"progressive": False})
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in OPAQUE:
        return image
    ground = Image.new(OPAQUE[image.mode], image.size, "white")
    ground.paste(image.convert(ground.mode), mask=image.getchannel("A"))
    return ground


def _cut_out(image: Image.Image) -> Image.Image:
    """Return the image in 255 colours and one that is transparent: GIF knows nothing between."""
    paletted = image.convert("RGB").quantize(255)
    paletted.paste(255, mask=image.getchannel("A").point(lambda alpha: 255 if alpha < 128 else 0))
    paletted.info = {"transparency": 255}
    return paletted
