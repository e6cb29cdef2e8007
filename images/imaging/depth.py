"""Pixels of other than 8 bits a channel, and of colours that Pillow does not convert, as pixels of 8 bits."""

import math
from typing import Any

from PIL import Image, ImageCms, TiffImagePlugin

PHOTOMETRIC, BITS = 262, 258  # tags of TIFF 6.0, section 8
WHITE_IS_ZERO = 0


def eight_bit(image: Image.Image) -> Image.Image:
    """Return the image with 8 bits a channel and in a mode that Pillow converts, the colour that is
    transparent in it too.
    """
    key = image.info.get("transparency")
    if image.mode.startswith("I") or image.mode == "F":
        black, white = _ends(image)
        scale, start = 255 / (white - black), black * 255 / (white - black)
        image = image.convert("F").point(lambda value: value * scale - start).convert("L")
        if key is not None:
            image.info["transparency"] = key >> 8
    elif image.mode == "RGB" and key and max(key) > 255:  # Pillow reduced the pixels, and not the key
        image.info["transparency"] = tuple(value >> 8 for value in key)
    elif image.mode == "LAB":
        spaces = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        image = ImageCms.buildTransform(*spaces, "LAB", "RGB").apply(image)
    elif image.mode == "La":
        image = image.convert("LA")
    return image


def _ends(image: Image.Image) -> tuple[float, float]:
    """Return the values that are black and white in an image of one wide channel.

    16 bits are what they are, fractions are of 1; what fits neither, such as heights, goes from its lowest
    value to its highest. A TIFF may have it the other way round, or have 12 bits of 16.
    """
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    extrema: Any = image.getextrema()
    low, high = map(float, extrema)
    if image.mode == "F" and not (math.isfinite(low) and math.isfinite(high)):
        low, high = 0.0, 1.0
    if image.mode == "F" and low >= 0 and high <= 1:
        ends = 0.0, 1.0
    elif image.mode == "F" and low >= 0 and high <= 255:
        ends = 0.0, 255.0
    elif low >= 0 and high < 2**16:
        ends = 0.0, 255.0 * (16 if tags.get(BITS) == (12,) else 256)
    else:
        ends = low, high if high > low else math.inf
    return ends[::-1] if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO else ends
