"""Photographs as phones keep them: pixels lie as the sensor does, and the file says how it was held."""

import io
from collections.abc import Callable, Iterator
from functools import cache, partial

from PIL import Image, ImageDraw, ImageFont

from images.imaging.inspection import ORIENTATION, UPRIGHT
from images.ingest.samples import SAMPLES
from tests.files.pictures import DISPLAY_P3, encoded, rgb_profile

STORED = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}  # the others undo themselves
OPTIONS = {
    "HEIF": {"quality": 85, "tile_size": 512},  # as iPhones do: a grid of tiles, turned by irot and imir
    "JPEG": {"quality": 90},
    "TIFF": {"compression": "tiff_lzw"},
    "AVIF": {"quality": 85},
}


@cache
def seen() -> Image.Image:
    """Return a landscape, with a word in a corner that tells up from down and left from right."""
    (dunes,) = (sample for sample in SAMPLES if sample.filename == "dunes.jpg")
    image = Image.open(io.BytesIO(dunes.encode())).resize((1200, 800))
    ImageDraw.Draw(image).text((40, 30), "up, left", "white", ImageFont.load_default(90))
    return image


def photograph(format_: str, orientation: int) -> bytes:
    """Return that, taken with a phone held in this way (1 to 8, as Exif has it)."""
    image = seen()
    if orientation > 1:
        image = image.transpose(STORED.get(orientation, UPRIGHT.get(orientation)))
    exif = Image.Exif()
    exif.update({ORIENTATION: orientation, 0x010F: "Phone"})
    profile = rgb_profile(DISPLAY_P3)
    return encoded(image, format_, exif=exif.tobytes(), icc_profile=profile, **OPTIONS[format_])


def photographs() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield name and file of each format, held in all eight ways."""
    for orientation in range(1, 9):
        for format_ in OPTIONS:
            yield f"{format_}, held as {orientation}", partial(photograph, format_, orientation)
