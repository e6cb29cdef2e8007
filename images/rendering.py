"""Draws derived images. Runs in the sandbox's children: knows no row, no storage, no Django."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageCms

from images.inspection import OPENERS, eight_bit, orientation_of, upright

Box = tuple[float, float, float, float]

# How much larger than asked for an image is decoded or averaged before the filter of good quality takes over.
GAP = 2.0

ENCODERS = {
    "jpg": ("JPEG", {"quality": 82, "progressive": True}),
    "png": ("PNG", {"compress_level": 6}),
    "webp": ("WEBP", {"quality": 80, "method": 4, "alpha_quality": 90}),
    "avif": ("AVIF", {"quality": 60, "speed": 8}),
    "gif": ("GIF", {}),
}

CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Job:
    """One image to be drawn. `box` (left, top, right, bottom) is in pixels of the source as seen, `size` in
    pixels before rotation; `rotation` in degrees clockwise, after mirroring.
    """

    box: tuple[int, int, int, int]
    size: tuple[int, int]
    mirrored: bool
    rotation: int
    quality: str
    format: str

    @property
    def shrink(self) -> float:
        """How many pixels of the source there are for one, in the direction with fewer."""
        left, top, right, bottom = self.box
        return min((right - left) / self.size[0], (bottom - top) / self.size[1])


def render(file: BinaryIO, jobs: Sequence[Job]) -> list[bytes]:
    """Return what each of `jobs` makes of the first frame of the image in `file`, which is decoded once.

    In sRGB, without metadata; transparency stays where the format has it and becomes white elsewhere. Leaves
    the file open, its position anywhere. Raises whatever Pillow raises: what is rendered was inspected.
    """
    file.seek(0)
    with Image.open(file, formats=OPENERS) as source:
        orientation, profile, size = orientation_of(source), source.info.get("icc_profile"), source.size
        scale = _decode_small(source, min(job.shrink for job in jobs))
        source = _resizable(source)
        drawn: dict[tuple, Image.Image] = {}  # before quality and format, which several jobs may differ in
        for job in jobs:
            what = job.box, job.size
            if what not in drawn:
                small = _resize(source, _as_stored(job.box, size, orientation), job.size, orientation, scale)
                drawn[what] = _in_srgb(upright(small, orientation), profile)
        return [_encode(_turned(drawn[job.box, job.size], job), job) for job in jobs]


def _decode_small(image: Image.Image, shrink: float) -> float:
    """Have a JPEG decoded at a half, quarter or eighth when that is enough; return by what it was divided."""
    factor = next((factor for factor in (8, 4, 2) if shrink >= factor * GAP), 1)
    if factor == 1 or image.format not in ("JPEG", "MPO"):
        return 1
    width, height = image.size
    drafted = image.draft(None, (max(1, width // factor), max(1, height // factor)))
    return width / drafted[1][2] if drafted else 1


def _resizable(image: Image.Image) -> Image.Image:
    """Return the image in a mode of 8 bits a channel whose values can be averaged: L, RGB, RGBA or CMYK."""
    image = eight_bit(image)
    if image.has_transparency_data:
        return image if image.mode == "RGBA" else image.convert("RGBA")
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


def _resize(
    image: Image.Image, box: Box, size: tuple[int, int], orientation: int, scale: float
) -> Image.Image:
    """Return the `box` (of the stored image, which `image` is a `scale`th of) at `size` (as seen)."""
    if orientation in (5, 6, 7, 8):
        size = size[::-1]
    scaled = tuple(min(side / scale, most) for side, most in zip(box, image.size * 2, strict=True))
    return image.resize(size, Image.Resampling.LANCZOS, scaled, GAP)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return the image in sRGB: L, RGB or RGBA. A profile that makes no sense is none."""
    if profile:
        try:
            return _converted(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass
    return image.convert("RGB") if image.mode == "CMYK" else image


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.getOpenProfile(io.BytesIO(profile))
    colors = image.convert("RGB") if image.mode == "RGBA" else image
    is_gray = source.profile.xcolor_space.strip() == "GRAY"
    if is_gray and colors.mode == "RGB":  # a gray picture with transparency, say
        colors = colors.convert("L")
    converted = ImageCms.profileToProfile(colors, source, _srgb(), outputMode="RGB")
    if image.mode == "RGBA":
        converted.putalpha(image.getchannel("A"))
    return converted.convert("L") if image.mode == "L" else converted


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.createProfile("sRGB")


def _turned(image: Image.Image, job: Job) -> Image.Image:
    if job.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if job.rotation:
        image = image.transpose(CLOCKWISE[job.rotation])
    return image


def _encode(image: Image.Image, job: Job) -> bytes:
    """Return the image in the quality and format asked for, with nothing beside its pixels."""
    if image.mode == "RGBA" and (job.format == "jpg" or job.quality == "bitonal"):
        image = _on_white(image)
    if job.quality == "gray":
        image = image.convert("LA" if image.mode == "RGBA" else "L")
    if job.quality == "bitonal":
        image = image.convert("L").convert("1")
        if job.format != "png":  # the others know gray, and would take a pixel of 1 for almost black
            image = image.convert("L")
    image = image.copy() if image.readonly else image
    image.info = {}  # encoders would copy comments and profiles from here
    name, options = ENCODERS[job.format]
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
