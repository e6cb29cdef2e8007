"""What is shown of a picture before it is there: some twenty pixels of it, and one colour."""

import base64
import io
import struct
from collections import Counter

from PIL import Image

from images.imaging.depth import eight_bit

PLACEHOLDER_PIXELS = 20  # the longer side
SAMPLES = 32  # pixels along a side of what becomes one of those: a mean of a thousand is near that of all


def small(image: Image.Image) -> Image.Image:
    """Return the picture at most PLACEHOLDER_PIXELS wide and high, in RGBA. Of a large one some pixels
    are read: all of 12 megapixels take an eighth of the time that decoding them does.
    """
    image = eight_bit(image)
    if (step := max(image.size) // (SAMPLES * PLACEHOLDER_PIXELS)) > 1:
        sides = tuple(max(1, side // step) for side in image.size)
        image = image.resize(sides, Image.Resampling.NEAREST)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGBA")
    image = image.reduce(max(1, max(image.size) // (8 * PLACEHOLDER_PIXELS)))
    image.thumbnail((PLACEHOLDER_PIXELS, PLACEHOLDER_PIXELS))
    return image.convert("RGBA")


def placeholder(small: Image.Image) -> str:
    """Return a WebP of the small picture, as a data URI."""
    file = io.BytesIO()
    small.save(file, "WEBP", quality=40, method=6, exif=b"", icc_profile=None)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def dominant_color(small: Image.Image) -> str:
    """Return, as `#rrggbb`, the mean of those pixels that share the most frequent of 512 even colours."""
    pixels = [pixel[:3] for pixel in struct.iter_unpack("4B", small.tobytes()) if pixel[3] >= 128]
    pixels = pixels or [(255, 255, 255)]
    nearest = [tuple(channel >> 5 for channel in pixel) for pixel in pixels]
    (most, _), *_ = Counter(nearest).most_common(1)
    those = [pixel for pixel, color in zip(pixels, nearest, strict=True) if color == most]
    return "#" + "".join(f"{sum(channel) // len(those):02x}" for channel in zip(*those, strict=True))
