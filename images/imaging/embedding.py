"""Plans a copy of a file with the library's words in it. Runs in the sandbox's children: knows no row, no
storage, no Django. Pixels are not decoded: they are copied as they are.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import IO

from PIL import Image

from images.imaging.codecs import OPENERS
from images.imaging.containers import rewritten
from images.imaging.containers.parts import Kind, Packet, Plan, Written
from images.imaging.formats import format_reported
from images.imaging.inspection import ORIENTATION
from images.imaging.words import tiff
from images.imaging.words.packets import written
from images.imaging.words.words import Words


def embed(file: IO[bytes], words: Words) -> Plan:
    """Return the plan of `file` with `words` in its packets. The file was inspected.

    Raises Unstrippable, or whatever Pillow raises. Leaves the file open, its position anywhere.
    """
    file.seek(0)
    with Image.open(file, formats=OPENERS) as image:
        name = format_reported(image.format).name

    if name == "TIFF":
        return tiff.planned(file, words)

    def write(packets: Sequence[Packet]) -> Written:
        new = written(packets, words, name)
        old = next((packet.content for packet in packets if packet.kind is Kind.EXIF), b"")
        # Of a damaged structure more can be read by chance, or less: it stays, or the picture would turn.
        return new if orientation_in(new.exif) == orientation_in(old) else replace(new, exif=old)

    return rewritten(file, name, write)


def orientation_in(structure: bytes) -> int | None:
    """Return the orientation that Pillow reads in an EXIF structure."""
    exif = Image.Exif()
    try:
        exif.load(b"Exif\0\0" + structure)
        orientation: int | None = exif.get(ORIENTATION)
    except Exception:  # as it raises on damaged tags
        return None
    return orientation
