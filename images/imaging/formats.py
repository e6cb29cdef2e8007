"""What the library takes: the table of accepted formats, and the limits of what a file may hold."""

import importlib.util
import re
from dataclasses import dataclass

from images.errors import ImageTooLarge


@dataclass(frozen=True)
class Format:
    """One accepted format: Pillow's name for it and people's, its media type, the extension it is saved
    under, and what its files begin with (of use only to say why a file does not decode).

    Further frames of one that `moves` are an animation, those of another pages and the like. Browsers show
    the files of one that `is_shown`; of another they are shown renditions. `package` is what Pillow needs
    beside itself to read it, which is an extra.
    """

    name: str
    title: str
    mime_type: str
    extension: str
    signature: re.Pattern[bytes]
    moves: bool = False
    is_shown: bool = True
    package: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether this installation has what reads it."""
        return not self.package or importlib.util.find_spec(self.package) is not None


def _signature(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


HEVC = (
    rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)"  # brands of HEIF with HEVC inside (ISO 23008-12, annex B)
)
TIFF = rb"II[*+]\0|MM\0[*+]"  # the + is BigTIFF's

FORMATS = {
    format_.name: format_
    for format_ in (
        Format("JPEG", "JPEG", "image/jpeg", "jpg", _signature(rb"\xff\xd8\xff")),
        Format("PNG", "PNG", "image/png", "png", _signature(rb"\x89PNG\r\n\x1a\n"), moves=True),
        Format("GIF", "GIF", "image/gif", "gif", _signature(rb"GIF8[79]a"), moves=True),
        Format("WEBP", "WebP", "image/webp", "webp", _signature(rb"RIFF.{4}WEBP"), moves=True),
        Format("AVIF", "AVIF", "image/avif", "avif", _signature(rb".{4}ftypavi[fs]"), moves=True),
        Format(
            *("HEIF", "HEIC", "image/heic", "heic", _signature(HEVC)), is_shown=False, package="pillow_heif"
        ),
        Format("TIFF", "TIFF", "image/tiff", "tif", _signature(TIFF), is_shown=False),
    )
}
EXTENSIONS = {format_.extension: format_ for format_ in FORMATS.values()}
MIME_TYPES = tuple(format_.mime_type for format_ in FORMATS.values())
MOVING = frozenset(format_.mime_type for format_ in FORMATS.values() if format_.moves)
SHOWN = frozenset(format_.mime_type for format_ in FORMATS.values() if format_.is_shown)

# What this installation takes. An iPhone turns HEIC into JPEG for a form that takes JPEG and not HEIC.
READABLE = tuple(format_ for format_ in FORMATS.values() if format_.is_readable)
_titles = [format_.title for format_ in READABLE]
ACCEPTED = f"{', '.join(_titles[:-1])} and {_titles[-1]}"

MAX_FRAME_PIXELS = 50_000_000
MAX_TOTAL_PIXELS = 100_000_000
MAX_FRAMES = 1_000
MAX_METADATA_BYTES = 4 * 2**20
MAX_FILENAME_LENGTH = 255


def too_many_bytes(limit: int) -> ImageTooLarge:
    """Return the refusal of a file larger than `limit` bytes."""
    return ImageTooLarge(f"The file is larger than {limit / 2**20:g} MiB, the most this library takes.")


def format_reported(name: str | None) -> Format:
    """Return the format of a file that Pillow reports to be of the format `name`.

    To Pillow a JPEG with further pictures behind the first (panoramas, phones' gain maps) is an MPO.
    """
    return FORMATS["JPEG" if name == "MPO" else name or ""]


def format_begun(head: bytes) -> Format | None:
    """Return the format that `head`, the first 16 bytes of a file, are the beginning of."""
    return next((format_ for format_ in FORMATS.values() if format_.signature.match(head)), None)
