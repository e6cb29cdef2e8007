"""Decides what a file is by decoding all of it. Runs in the sandbox's children: knows no row, no storage."""

import base64
import io
import struct
import warnings
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any

from PIL import Image, ImageCms, UnidentifiedImageError

from images.errors import ImageTooLarge, InvalidImage, UnsupportedFormat
from images.imaging.formats import (
    ACCEPTED,
    FORMATS,
    MAX_FRAME_PIXELS,
    MAX_FRAMES,
    MAX_METADATA_BYTES,
    MAX_TOTAL_PIXELS,
    begins_like_a_format,
    format_reported,
    is_heic,
)
from images.imaging.metadata import clean_text, read_metadata

ORIENTATION = 0x0112  # EXIF tag; 5 to 8 turn the picture by a quarter
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
OPENERS = tuple(FORMATS)
PLACEHOLDER_PIXELS = 20  # the longer side

# Pillow warns of large images before it refuses them, and of damaged tags. The limits here are tighter and
# always refuse, and tags that cannot be read are none.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module="PIL")

# Pillow keeps pixels in blocks of 16 MiB. So many stay with a child for its next picture: to be given fresh
# ones for 12 megapixels takes it a third of the time that decoding does.
Image.core.set_blocks_max(4)  # type: ignore[attr-defined]  # where its manual says it is


@dataclass(frozen=True)
class ImageFacts:
    """What decoding tells of a file, each fact by the name of its field in the row: ingest writes them all,
    reinspection brings them up to date. Width and height are in pixels, as seen (orientation applied).
    """

    mime_type: str
    width: int
    height: int
    frames: int
    taken_at: datetime | None = None
    taken_offset: int | None = None  # minutes east of UTC, None where the file does not say
    taken_day: date | None = None  # of the camera's clock
    metadata: dict[str, Any] = field(default_factory=dict)  # see read_metadata; and icc_profile, color
    has_location: bool = False  # whether anything in the file says where, readable as degrees or not
    placeholder: str = ""  # a WebP of at most 20 by 20 pixels, as a data URI


def inspect_image(file: IO[bytes]) -> ImageFacts:
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
        raise _unidentified(file.read(64)) from None
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except Exception as error:
        # Decoders reject files with nine exception classes, ValueError, SyntaxError and struct.error among
        # them; whatever one raises on a stranger's file, the file is what is wrong.
        raise _damaged() from error


def _decode(image: Image.Image) -> ImageFacts:
    _check_pixels(image, frames=1)
    _check_metadata(image)
    frames = getattr(image, "n_frames", 1)
    for frame in range(frames):
        image.seek(frame)
        _check_pixels(image, frames)  # again: a GIF's frame may be larger than its header says
        image.load()
        _check_metadata(image)  # again: a PNG's text may come after its pixels
        if frame == 0:  # what is drawn: a later frame may be larger, or bring an orientation of its own
            (width, height), orientation = image.size, orientation_of(image)
            taken_at, metadata = _read(image)
    image.seek(0)
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    small = upright(_small(image), orientation)
    metadata["color"] = _dominant_color(small)
    mime_type = format_reported(image.format).mime_type
    return ImageFacts(
        mime_type,
        width,
        height,
        frames,
        taken_at=taken_at,
        taken_day=taken_at and taken_at.date(),
        metadata=metadata,
        has_location="location" in metadata,
        placeholder=_placeholder(small),
    )


def _read(image: Image.Image) -> tuple[datetime | None, dict[str, Any]]:
    """Return capture time and the table of facts."""
    try:
        taken_at, metadata = read_metadata(image.getexif())
    except Exception:  # Pillow raises as freely on tags as on pixels; without its tags it is still a picture
        taken_at, metadata = None, {}
    profile = _profile_name(image.info.get("icc_profile"))
    return taken_at, metadata | ({"icc_profile": profile} if profile else {})


def _profile_name(profile: bytes | None) -> str:
    if not profile:
        return ""
    try:
        return clean_text(ImageCms.getProfileDescription(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return ""


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the image as its EXIF orientation (1 to 8; anything else is 1) says it is seen."""
    method = UPRIGHT.get(orientation)
    return image if method is None else image.transpose(method)


def orientation_of(image: Image.Image) -> int:
    """Return the EXIF orientation of the image, 1 when it has none that can be read. Its first frame was
    loaded and no other sought: then inspection and rendering are told the same.
    """
    try:
        orientation = image.getexif().get(ORIENTATION)
    except Exception:  # Pillow raises as freely on tags as on pixels
        return 1
    return orientation if orientation in UPRIGHT else 1


def eight_bit(image: Image.Image) -> Image.Image:
    """Return an image of 16 bits a channel with 8, the colour that is transparent in it too."""
    key = image.info.get("transparency")
    if image.mode.startswith("I"):
        image = image.convert("I").point(lambda value: value / 256).convert("L")
        if key is not None:
            image.info["transparency"] = key >> 8
    elif image.mode == "RGB" and key and max(key) > 255:  # Pillow reduced the pixels, and not the key
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image


def _small(image: Image.Image) -> Image.Image:
    """Return the picture at most PLACEHOLDER_PIXELS wide and high, in RGBA."""
    image = eight_bit(image)
    if image.mode not in ("L", "RGB"):
        image = image.convert("RGBA")
    image = image.reduce(max(1, max(image.size) // (8 * PLACEHOLDER_PIXELS)))
    image.thumbnail((PLACEHOLDER_PIXELS, PLACEHOLDER_PIXELS))
    return image.convert("RGBA")


def _placeholder(small: Image.Image) -> str:
    file = io.BytesIO()
    small.save(file, "WEBP", quality=40, method=6, exif=b"", icc_profile=None)
    return f"data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}"


def _dominant_color(small: Image.Image) -> str:
    """Return, as `#rrggbb`, the mean of those pixels that share the most frequent of 512 even colours."""
    pixels = [pixel[:3] for pixel in struct.iter_unpack("4B", small.tobytes()) if pixel[3] >= 128]
    pixels = pixels or [(255, 255, 255)]
    nearest = [tuple(channel >> 5 for channel in pixel) for pixel in pixels]
    (most, _), *_ = Counter(nearest).most_common(1)
    those = [pixel for pixel, color in zip(pixels, nearest, strict=True) if color == most]
    return "#" + "".join(f"{sum(channel) // len(those):02x}" for channel in zip(*those, strict=True))


def _check_pixels(image: Image.Image, frames: int) -> None:
    pixels = image.width * image.height
    if pixels > MAX_FRAME_PIXELS:
        raise _too_many_pixels()
    if frames > MAX_FRAMES or frames * pixels > MAX_TOTAL_PIXELS:
        raise ImageTooLarge(
            f"The animation is too large: at most {MAX_FRAMES} frames and "
            f"{MAX_TOTAL_PIXELS // 10**6} megapixels over all of them are taken."
        )


def _check_metadata(image: Image.Image) -> None:
    size = sum(len(value) for value in image.info.values() if isinstance(value, (bytes, str)))
    if size > MAX_METADATA_BYTES:
        raise ImageTooLarge(
            f"The file carries more than {MAX_METADATA_BYTES // 2**20} MiB of metadata, the most taken."
        )


def _unidentified(head: bytes) -> UnsupportedFormat | InvalidImage:
    if begins_like_a_format(head):
        return _damaged()
    if is_heic(head):
        return UnsupportedFormat(
            "This is a HEIC image, as iPhones keep them. Please export it as JPEG; "
            f"the library takes {ACCEPTED}."
        )
    return UnsupportedFormat(f"This is not an image in a format the library takes: {ACCEPTED}.")


def _damaged() -> InvalidImage:
    return InvalidImage("The file is damaged or cut short: it does not decode as an image.")


def _too_many_pixels() -> ImageTooLarge:
    return ImageTooLarge(f"The image has more than {MAX_FRAME_PIXELS // 10**6} megapixels, the most taken.")
