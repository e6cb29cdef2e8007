"""What the library takes: the table of accepted formats, and the limits of what a file may hold."""

import re
from dataclasses import dataclass

from images.errors import ImageTooLarge


@dataclass(frozen=True)
class Format:
    """One accepted format: Pillow's name for it and people's, its media type, the extension it is saved
    under, and what its files begin with (of use only to say why a file does not decode).
    """

    name: str
    title: str
    mime_type: str
    extension: str
    signature: re.Pattern[bytes]


FORMATS = {
    format_.name: format_
    for format_ in (
        Format("JPEG", "JPEG", "image/jpeg", "jpg", re.compile(rb"\xff\xd8\xff")),
        Format("PNG", "PNG", "image/png", "png", re.compile(rb"\x89PNG\r\n\x1a\n")),
        Format("GIF", "GIF", "image/gif", "gif", re.compile(rb"GIF8[79]a")),
        Format("WEBP", "WebP", "image/webp", "webp", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
        Format("AVIF", "AVIF", "image/avif", "avif", re.compile(rb".{4}ftypavi[fs]", re.DOTALL)),
    )
}
EXTENSIONS = {format_.extension: format_ for format_ in FORMATS.values()}
MIME_TYPES = tuple(format_.mime_type for format_ in FORMATS.values())

_titles = [format_.title for format_ in FORMATS.values()]
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


HEIC = re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)


def is_heic(head: bytes) -> bool:
    """Whether `head`, the first bytes of a file, are those of HEIF with HEVC inside."""
    return HEIC.match(head) is not None


def begins_like_a_format(head: bytes) -> bool:
    """Whether `head`, the first 16 bytes of a file, are those of an accepted format."""
    return any(format_.signature.match(head) for format_ in FORMATS.values())
