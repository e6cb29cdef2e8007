"""Decides what a file is by decoding all of it. With rendering.py, the only importer of Pillow."""

import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from images.formats import (
    ACCEPTED,
    FORMATS,
    MAX_FRAME_PIXELS,
    MAX_FRAMES,
    MAX_TOTAL_PIXELS,
    ImageTooLarge,
    InvalidImage,
    UnsupportedFormat,
    begins_like_a_format,
)

ORIENTATION = 0x0112  # EXIF tag; 5 to 8 turn the picture by a quarter
# "MPO" is no name Image.open takes: its opener is reached through "JPEG".
OPENERS = [name for name in FORMATS if name != "MPO"]

# Pillow warns of large images before it refuses them; the limits here are tighter and always refuse.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


@dataclass(frozen=True)
class ImageFacts:
    """What decoding tells of a file. Width and height are in pixels, as seen (orientation applied)."""

    mime_type: str
    width: int
    height: int
    frames: int


def inspect_image(file: BinaryIO) -> ImageFacts:
    """Decode every frame of `file` and return its facts. Neither the name nor a client's header is asked.

    Raises UnsupportedFormat, InvalidImage or ImageTooLarge. Leaves the file open, its position anywhere.
    """
    try:
        file.seek(0)
        with Image.open(file, formats=OPENERS) as image:
            return _decode(image)
    except (UnsupportedFormat, ImageTooLarge):
        raise
    except UnidentifiedImageError:
        file.seek(0)
        if begins_like_a_format(file.read(16)):
            raise _damaged() from None
        raise UnsupportedFormat(f"This is not an image in a format the library takes: {ACCEPTED}.") from None
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception as error:
        # Decoders reject files with nine exception classes, ValueError, SyntaxError and struct.error among
        # them; whatever one raises on a stranger's file, the file is what is wrong.
        raise _damaged() from error


def _decode(image: Image.Image) -> ImageFacts:
    _check_pixels(image, frames=1)
    frames = getattr(image, "n_frames", 1)
    for frame in range(frames):
        image.seek(frame)
        _check_pixels(image, frames)  # again: a GIF's frame may be larger than its header says
        image.load()
    image.seek(0)
    width, height = image.size
    if image.getexif().get(ORIENTATION) in (5, 6, 7, 8):
        width, height = height, width
    return ImageFacts(FORMATS[image.format].mime_type, width, height, frames)


def _check_pixels(image: Image.Image, frames: int) -> None:
    pixels = image.width * image.height
    if pixels > MAX_FRAME_PIXELS:
        raise _too_many_pixels()
    if frames > MAX_FRAMES or frames * pixels > MAX_TOTAL_PIXELS:
        raise ImageTooLarge(
            f"The animation is too large: at most {MAX_FRAMES} frames and "
            f"{MAX_TOTAL_PIXELS // 10**6} megapixels over all of them are taken."
        )


def _damaged() -> InvalidImage:
    return InvalidImage("The file is damaged or cut short: it does not decode as an image.")


def _too_many_pixels() -> ImageTooLarge:
    return ImageTooLarge(f"The image has more than {MAX_FRAME_PIXELS // 10**6} megapixels, the most taken.")
