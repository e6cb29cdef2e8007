"""What the sample pictures are made of. Imports Pillow as rendering.py does, to make files; it reads none.

Colours are `#rrggbb`. Drawing happens at twice the size and is reduced at the end, because Pillow does not
smooth the edges of lines and shapes.
"""

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageOps

Size = tuple[int, int]
Curve = Callable[[float], float]
Drawing = Callable[[Size, Random], Image.Image | list[Image.Image]]

ENCODINGS: dict[str, dict[str, Any]] = {
    "avif": {"format": "AVIF", "quality": 70, "speed": 9},
    "gif": {"format": "GIF", "save_all": True, "duration": 60, "loop": 0},
    "jpg": {"format": "JPEG", "quality": 86, "progressive": True},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 84, "method": 2},
}


@dataclass(frozen=True)
class Sample:
    """A picture that can be drawn, and what there is to say of it. Its file name ends in its format."""

    filename: str
    size: Size
    title: str
    alt_text: str
    description: str
    draw: Drawing

    def encode(self) -> bytes:
        """Return the picture's file, which is the same at every call."""
        width, height = self.size
        drawn = self.draw((2 * width, 2 * height), Random(self.filename))  # noqa: S311
        first, *others = (frame.reduce(2) for frame in (drawn if isinstance(drawn, list) else [drawn]))
        extension = self.filename.rpartition(".")[2]
        if extension in ("avif", "jpg", "webp"):
            first = grained(first)
        file = io.BytesIO()
        first.save(file, **ENCODINGS[extension], append_images=others)
        return file.getvalue()


def sample(
    filename: str, size: Size, title: str, alt_text: str, description: str
) -> Callable[[Drawing], Sample]:
    """Decorate a function that draws `size` (it is given the double) with a random source of its own."""
    return lambda draw: Sample(filename, size, title, alt_text, description, draw)


def mix(a: str, b: str, share: float) -> str:
    """Return the colour that lies `share` of the way from `a` to `b`."""
    channels = zip(ImageColor.getrgb(a), ImageColor.getrgb(b), strict=True)
    return "#" + "".join(f"{round(x + (y - x) * min(1, share)):02x}" for x, y in channels)


def gradient(size: Size, *colours: str) -> Image.Image:
    """Return a fill that runs evenly through `colours`, from the top to the bottom."""
    strip = Image.new("RGB", (1, len(colours)))
    strip.putdata([ImageColor.getrgb(colour) for colour in colours])
    return strip.resize(size, Image.Resampling.BILINEAR, box=(0, 0.5, 1, len(colours) - 0.5))


def grained(image: Image.Image) -> Image.Image:
    """Return `image` with the faint grain of film, which hides the steps of its gradients."""
    noise = Random(0).randbytes(image.width * image.height)  # noqa: S311
    grain = Image.frombytes("L", image.size, noise).point([value * 10 // 256 for value in range(256)])
    return ImageChops.add(image, Image.merge("RGB", [grain] * 3), scale=1, offset=-5)


def smooth_noise(rng: Random, cells: Size, size: Size) -> Image.Image:
    """Return random greys, one for each of `cells`, blended smoothly over `size`."""
    noise = Image.frombytes("L", cells, rng.randbytes(cells[0] * cells[1]))
    return noise.resize(size, Image.Resampling.BICUBIC)


def glow(
    image: Image.Image, centre: tuple[float, float], radius: float, colour: str, strength: float = 1
) -> None:
    """Light `image` around `centre`, fading to nothing at `radius`."""
    side, rim = round(2 * radius), 75  # Pillow's radial gradient goes on to the corners; at its rim it is 75
    fade = [round(strength * 255 * (max(0, value - rim) / (255 - rim)) ** 2) for value in range(256)]
    light = ImageOps.invert(Image.radial_gradient("L")).point(fade).resize((side, side))
    corner = (round(centre[0] - radius), round(centre[1] - radius))
    image.paste(Image.new("RGB", (side, side), colour), corner, light)


def disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, fill: str | int) -> None:
    """Draw a circle around (x, y)."""
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def stars(image: Image.Image, rng: Random, count: int, dim: str) -> None:
    """Scatter stars of all sizes, from the colour `dim` to white."""
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = rng.randrange(image.width), rng.randrange(image.height)
        disc(draw, x, y, rng.choice((1, 1, 2, 2, 3, 4)), fill=mix(dim, "#ffffff", rng.random() ** 2))


def wave(rng: Random, swings: int, octaves: int, decay: float = 0.5) -> Curve:
    """Return a random smooth function from [0, 1] to about [-1, 1]; each octave doubles the swings."""
    layers = [[rng.uniform(-1, 1) for _ in range(swings * 2**octave + 2)] for octave in range(octaves)]

    def at(x: float) -> float:
        total, weight = 0.0, 1.0
        for values in layers:
            whole, part = divmod(x * (len(values) - 2), 1)
            part = (1 - math.cos(part * math.pi)) / 2
            total += weight * (values[int(whole)] * (1 - part) + values[int(whole) + 1] * part)
            weight *= decay
        return total

    return at


def land(image: Image.Image, skyline: Curve, *colours: str) -> None:
    """Fill all that lies below `skyline` (x and y from 0 to 1) with a gradient that begins at its summit."""
    width, height = image.size
    line = [(x, skyline(x / width) * height) for x in range(0, width + 1, 8)]
    top = int(min(y for _, y in line))
    mask = Image.new("L", (width, height - top))
    ImageDraw.Draw(mask).polygon([(0, height), *((x, y - top) for x, y in line), (width, height)], fill=255)
    image.paste(gradient(mask.size, *colours), (0, top), mask)
