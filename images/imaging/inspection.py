"""Decides what a file is by decoding all of it. Runs in the sandbox's children: knows no row, no storage."""

import io
import logging
import warnings
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import IO, Any

from PIL import Image, ImageCms, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from images.errors import ImageTooLarge, InvalidImage, UnsupportedFormat
from images.imaging.codecs import OPENERS
from images.imaging.containers import packets
from images.imaging.containers.parts import Kind, Packet
from images.imaging.formats import (
    ACCEPTED,
    MAX_FRAME_PIXELS,
    MAX_FRAMES,
    MAX_METADATA_BYTES,
    MAX_TOTAL_PIXELS,
    Format,
    format_begun,
    format_reported,
)
from images.imaging.metadata.location import says_where
from images.imaging.metadata.reading import read_metadata
from images.imaging.metadata.words import line
from images.imaging.placeholders import dominant_color, placeholder, small

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
DNG_VERSION, SUB_IFDS, SUBFILE_TYPE, REDUCED = 50706, 330, 254, 1  # DNG 1.6; TIFF 6.0 and its supplement 1

# Pillow warns of large images before it refuses them, and of damaged tags, which it logs too. The limits here
# are tighter and always refuse, and tags that cannot be read are none.
logging.getLogger("PIL").setLevel(logging.CRITICAL)
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module="PIL")

# Pillow keeps pixels in blocks of 16 MiB. So many stay with a child for its next picture: to be given fresh
# ones for 12 megapixels takes it a third of the time that decoding does.
Image.core.set_blocks_max(4)  # type: ignore[attr-defined]  # where its manual says it is

# One more wherever the facts of a file change that a library may have: then it reads all of its images anew.
INSPECTION_VERSION = 1


@dataclass(frozen=True)
class ImageFacts:
    """What decoding tells of a file, each fact by the name of its field in the row: ingest writes them all,
    reinspection brings them up to date. Width and height are in pixels, as seen (orientation applied).
    """

    mime_type: str
    width: int
    height: int
    frames: int
    taken_at: datetime | None = None  # None too where the file tells the day alone
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
            facts, found = _decode(image), _packets(file, image)
        return _with_words(facts, found)
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
    format_ = format_reported(image.format)
    _check_pixels(image)
    _check_metadata(image)
    if isinstance(image, TiffImageFile):
        _check_developed(image)
    shown = image.tell()  # of HEIF its primary image, of all others the first
    frames, total = _frames(image), 0
    _check_frames(format_, frames, frames * image.width * image.height if format_.moves else 0)
    for frame in range(frames):
        image.seek(frame)
        _check_pixels(image)  # again: a GIF's frame may be larger than its header says
        total += image.width * image.height
        _check_frames(format_, frames, total)
        image.load()
        _check_pixels(image)  # again: HEVC may be larger than the box around it says
        _check_metadata(image)  # again: a PNG's text may come after its pixels
        if frame == shown:  # another may be larger, or bring an orientation of its own
            (width, height), orientation = image.size, orientation_of(image)
            profile = _profile_name(image.info.get("icc_profile"))
    image.seek(shown)
    if orientation in (5, 6, 7, 8):
        width, height = height, width
    seen = upright(small(image), orientation)
    metadata = {"color": dominant_color(seen)} | ({"icc_profile": profile} if profile else {})
    return ImageFacts(
        format_.mime_type, width, height, frames, metadata=metadata, placeholder=placeholder(seen)
    )


def _frames(image: Image.Image) -> int:
    """Return the number of frames; of a TIFF with more than MAX_FRAMES, whose pages are a chain, not all."""
    if not isinstance(image, TiffImageFile):
        return getattr(image, "n_frames", 1)
    frames = 1
    with suppress(EOFError):
        while frames <= MAX_FRAMES:
            image.seek(frames)
            frames += 1
    image.seek(0)
    return frames


def _with_words(facts: ImageFacts, found: list[Packet]) -> ImageFacts:
    """Return the facts together with what the file says of itself."""
    taken, said = read_metadata(found)
    return replace(
        facts,
        taken_at=taken.instant if taken and taken.has_time else None,
        taken_offset=taken.offset if taken and taken.has_time else None,
        taken_day=taken.clock.date() if taken else None,
        metadata=said | facts.metadata,
        has_location=says_where(found),
    )


def _packets(file: IO[bytes], image: Image.Image) -> list[Packet]:
    """Return the packets of the file; of one that cannot be taken apart, one that cannot be read."""
    name = format_reported(image.format).name
    try:
        return packets(file, name)
    except Exception:  # it decodes, so it is a picture, whatever is wrong around it
        return [Packet(Kind.OTHER, b"")]


def _profile_name(profile: bytes | None) -> str:
    if not profile:
        return ""
    try:
        return line(ImageCms.getProfileDescription(io.BytesIO(profile)))
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


def _check_pixels(image: Image.Image) -> None:
    if image.width * image.height > MAX_FRAME_PIXELS:
        raise _too_many_pixels()


def _check_frames(format_: Format, frames: int, pixels: int) -> None:
    if frames > MAX_FRAMES or pixels > MAX_TOTAL_PIXELS:
        raise ImageTooLarge(
            f"The {'animation' if format_.moves else 'file'} is too large: at most {MAX_FRAMES} frames and "
            f"{MAX_TOTAL_PIXELS // 10**6} megapixels over all of them are taken."
        )


def _check_developed(image: TiffImageFile) -> None:
    """Refuse raw files, which are TIFFs that show a thumbnail first."""
    tags = image.tag_v2
    if DNG_VERSION in tags or (SUB_IFDS in tags and tags.get(SUBFILE_TYPE, 0) & REDUCED):
        raise UnsupportedFormat(
            "This is a camera's raw file, a picture that is yet to be developed. Please export it as JPEG."
        )


def _check_metadata(image: Image.Image) -> None:
    size = sum(len(value) for value in image.info.values() if isinstance(value, (bytes, str)))
    if size > MAX_METADATA_BYTES:
        raise ImageTooLarge(
            f"The file carries more than {MAX_METADATA_BYTES // 2**20} MiB of metadata, the most taken."
        )


def _unidentified(head: bytes) -> UnsupportedFormat | InvalidImage:
    format_ = format_begun(head)
    if format_ and format_.name in OPENERS:
        return _damaged()
    if format_:
        return UnsupportedFormat(
            f"This is a {format_.title} image, as iPhones keep them, and this library was installed without "
            f"what reads it: its operator can add that with `make install EXTRAS={format_.extension}`. "
            f"Meanwhile, please export it as JPEG; the library takes {ACCEPTED}."
        )
    return UnsupportedFormat(f"This is not an image in a format the library takes: {ACCEPTED}.")


def _damaged() -> InvalidImage:
    return InvalidImage("The file is damaged or cut short: it does not decode as an image.")


def _too_many_pixels() -> ImageTooLarge:
    return ImageTooLarge(f"The image has more than {MAX_FRAME_PIXELS // 10**6} megapixels, the most taken.")
