"""What the URL of a derived image says, and what may be asked for: IIIF Image API 3.0.

`{region}/{size}/{rotation}/{quality}.{format}`; sections cited are those of https://iiif.io/api/image/3.0/.
All lengths are pixels of the image as seen, its orientation applied. Knows no row and no bytes.
"""

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from images.errors import InvalidSpec
from images.imaging.jobs import Job

# What is made of one image at the most (5.2). WebP knows no side above 16,383.
MAX_AREA = 12_000_000
MAX_WIDTH = MAX_HEIGHT = 16_000

LADDER = (320, 640, 1280, 2560)  # the longer sides of the sizes that info.json lists
TILE = 512  # the sides of a tile

QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = ("jpg", "png", "webp", "avif", "gif")
PREFERRED_FORMATS = ("webp", "jpg")

NUMBER = r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"  # 4.7
PIXELS = re.compile(r"(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})", re.ASCII)
PERCENT = re.compile(rf"pct:{NUMBER},{NUMBER},{NUMBER},{NUMBER}", re.ASCII)
SIZE = re.compile(rf"(\^?)(?:(max)|pct:{NUMBER}|(!?)(?=\d|,\d)(\d{{1,9}})?,(\d{{1,9}})?)", re.ASCII)
ROTATION = re.compile(rf"(!?){NUMBER}", re.ASCII)

Extent = tuple[int, int]  # width, height
Box = tuple[int, int, int, int]  # left, top, right, bottom


@dataclass(frozen=True)
class Region:
    """A part of the image (4.1): `full`, `square`, `pixels` or `percent`, the latter two of x, y, w and h."""

    form: str
    numbers: tuple[Decimal, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `text` says. Raises InvalidSpec."""
        if text in ("full", "square"):
            return cls(text)
        for form, pattern in (("pixels", PIXELS), ("percent", PERCENT)):
            if match := pattern.fullmatch(text):
                return cls(form, tuple(map(Decimal, match.groups())))
        raise InvalidSpec("A region is full, square, x,y,w,h or pct:x,y,w,h.")

    def __str__(self) -> str:
        prefix = "pct:" if self.form == "percent" else ""
        return prefix + ",".join(map(_plain, self.numbers)) if self.numbers else self.form

    def box(self, width: int, height: int) -> Box:
        """Return left, top, right and bottom in an image of this size, cut off at its edges.

        Raises InvalidSpec when nothing is left.
        """
        if self.form == "full":
            return 0, 0, width, height
        if self.form == "square":
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            return left, top, left + side, top + side
        x, y, w, h = self.numbers
        if self.form == "percent":
            x, w, y, h = (n * whole / 100 for n, whole in ((x, width), (w, width), (y, height), (h, height)))
        left, top, right, bottom = map(_rounded, (x, y, x + w, y + h))
        right, bottom = min(right, width), min(bottom, height)
        if left >= right or top >= bottom:
            raise InvalidSpec(f"The region has no pixel of this image, which is {width} by {height}.")
        return left, top, right, bottom


@dataclass(frozen=True)
class Size:
    """How large the region becomes (4.2): `max`, `percent` of it, within a box (`confined`) or `exact`, where
    one side may be left to the other. Only with `upscale` may it grow.
    """

    form: str
    upscale: bool = False
    width: int | None = None
    height: int | None = None
    percent: Decimal | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `text` says. Raises InvalidSpec."""
        match = SIZE.fullmatch(text)
        if not match:
            raise InvalidSpec("A size is max, w, or ,h or w,h or !w,h or pct:n, each perhaps after a ^.")
        up, largest, percent, confined, width, height = match.groups()
        if largest:
            return cls("max", bool(up))
        if percent:
            return cls("percent", bool(up), percent=Decimal(percent))
        if confined and not (width and height):
            raise InvalidSpec("A size after a ! has both a width and a height.")
        across, down = (int(side) if side else None for side in (width, height))
        return cls("confined" if confined else "exact", bool(up), across, down)

    def __str__(self) -> str:
        up = "^" if self.upscale else ""
        if self.form == "max":
            return f"{up}max"
        if self.percent is not None:
            return f"{up}pct:{_plain(self.percent)}"
        width, height = ("" if side is None else side for side in (self.width, self.height))
        return f"{up}{'!' if self.form == 'confined' else ''}{width},{height}"

    def of(self, width: int, height: int) -> Extent:
        """Return what a region of `width` by `height` becomes. Raises InvalidSpec."""
        if self.form == "max":
            return largest(width, height, self.upscale)
        size = self._asked(width, height)
        if min(size) < 1:
            raise InvalidSpec("The image would be less than a pixel wide or high.")
        if not self.upscale and (size[0] > width or size[1] > height or (self.percent or 0) > 100):
            raise InvalidSpec(f"The region is only {width} by {height}. Write ^ before a size to enlarge it.")
        if not _within_limits(*size):
            raise InvalidSpec(
                f"At most {MAX_WIDTH} pixels wide or high, and {MAX_AREA // 10**6} megapixels, are made."
            )
        return size

    def _asked(self, width: int, height: int) -> Extent:
        if self.percent is not None:
            return _rounded(width * self.percent / 100), _rounded(height * self.percent / 100)
        match self.width, self.height:
            case int(across), int(down):
                if self.form == "confined":
                    return confined(width, height, across, down, self.upscale)
                return across, down
            case int(across), None:
                return across, _rounded(Decimal(height) * across / width)
            case None, int(down):
                return _rounded(Decimal(width) * down / height), down
        raise AssertionError("Every other size has a side.")


@dataclass(frozen=True)
class RenditionSpec:
    """A derived image as its URL asks for it (4). `rotation` is in degrees clockwise, after mirroring."""

    region: Region
    size: Size
    mirrored: bool
    rotation: int
    quality: str
    format: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what `{region}/{size}/{rotation}/{quality}.{format}` says. Raises InvalidSpec."""
        if text.count("/") != 3:
            raise InvalidSpec("The address of a derived image ends in region/size/rotation/quality.format.")
        region, size, rotation, last = text.split("/")
        quality, _, format_ = last.rpartition(".")
        turn = ROTATION.fullmatch(rotation)
        if not turn or Decimal(turn[2]) > 360 or Decimal(turn[2]) % 90:
            raise InvalidSpec("A rotation is 0, 90, 180 or 270, after a ! when the image is mirrored first.")
        if quality not in QUALITIES:
            raise InvalidSpec(f"A quality is one of {', '.join(QUALITIES)}.")
        if format_ not in FORMATS:
            raise InvalidSpec(f"A format is one of {', '.join(FORMATS)}.")
        degrees = int(Decimal(turn[2])) % 360
        return cls(Region.parse(region), Size.parse(size), bool(turn[1]), degrees, quality, format_)

    def __str__(self) -> str:
        mirror = "!" if self.mirrored else ""
        return f"{self.region}/{self.size}/{mirror}{self.rotation}/{self.quality}.{self.format}"

    def canonical(self, width: int, height: int) -> Self:
        """Return the one way to ask for this of an image of `width` by `height` (4.8). Raises InvalidSpec."""
        left, top, right, bottom = box = self.region.box(width, height)
        region = _canonical_region(box, width, height)
        size = _canonical_size(self.size.of(right - left, bottom - top), right - left, bottom - top)
        quality = "default" if self.quality == "color" else self.quality
        return replace(self, region=region, size=size, quality=quality)

    def job(self, width: int, height: int) -> Job:
        """Return what is to be drawn of an image of `width` by `height`. Raises InvalidSpec."""
        left, top, right, bottom = box = self.region.box(width, height)
        size = self.size.of(right - left, bottom - top)
        return Job(box, size, self.mirrored, self.rotation, self.quality, self.format)


def sized(size: Extent, width: int, height: int, format_: str) -> RenditionSpec:
    """Return the canonical request for all of an image of `width` by `height`, at `size`."""
    return part((0, 0, width, height), size, width, height, format_)


def part(box: Box, size: Extent, width: int, height: int, format_: str) -> RenditionSpec:
    """Return the canonical request for what is in `box` of an image of `width` by `height`, at `size`."""
    left, top, right, bottom = box
    region = _canonical_region(box, width, height)
    extent = _canonical_size(size, right - left, bottom - top)
    return RenditionSpec(region, extent, False, 0, "default", format_)


def largest(width: int, height: int, upscale: bool = False) -> Extent:
    """Return the largest size within the limits that a region may have, without `upscale` at most its own."""
    scale = min(MAX_WIDTH / width, MAX_HEIGHT / height, math.sqrt(MAX_AREA / (width * height)))
    if scale >= 1 and not upscale:
        return width, height
    return max(1, math.floor(width * scale + 1e-9)), max(1, math.floor(height * scale + 1e-9))


def confined(width: int, height: int, most_width: int, most_height: int, upscale: bool = False) -> Extent:
    """Return the largest size of this shape within box and limits, without `upscale` at most its own."""
    limit = largest(width, height, upscale)
    most_width, most_height = min(most_width, limit[0]), min(most_height, limit[1])
    if most_width * height <= most_height * width:
        return most_width, min(most_height, _rounded(Decimal(height) * most_width / width))
    return min(most_width, _rounded(Decimal(width) * most_height / height)), most_height


def _canonical_region(box: Box, width: int, height: int) -> Region:
    if box == (0, 0, width, height):
        return Region("full")
    left, top, right, bottom = box
    return Region("pixels", tuple(map(Decimal, (left, top, right - left, bottom - top))))


def _canonical_size(size: Extent, width: int, height: int) -> Size:
    grows = size[0] > width or size[1] > height
    if size == largest(width, height, grows):
        return Size("max", grows)
    return Size("exact", grows, *size)


def _within_limits(width: int, height: int) -> bool:
    return width <= MAX_WIDTH and height <= MAX_HEIGHT and width * height <= MAX_AREA


def _rounded(number: Decimal) -> int:
    return int(number.to_integral_value())


def _plain(number: Decimal) -> str:
    """Return the number as 4.7 wants it: no exponent, no zeros at the end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
