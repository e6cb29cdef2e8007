"""TIFF with the library's words in it: the file is itself a structure such as EXIF's, and edited as one."""

from typing import IO

from images.errors import Unstrippable
from images.imaging.containers.parts import Copied, Plan
from images.imaging.words import exif, iptc, xmp
from images.imaging.words.words import Words

XMP, IPTC = 0x02BC, 0x83BB  # XMP 3, 1.1.6; TIFF/EP, 5.2.41
HEAD = 8  # bytes
BOUND = 2**20  # bytes of one word, of which none has as many


def planned(file: IO[bytes], words: Words) -> Plan:
    """Return the plan of `file` with a new first directory behind all that is there, whose pages, pixels and
    notes are where they were. Raises Unstrippable.
    """
    file.seek(0)
    whole = file.read()
    try:
        first = exif.of_words(words, BOUND) | {
            XMP: _value(exif.BYTE, xmp.merged(_packets(whole, XMP), words)),
            IPTC: _value(exif.BYTE, iptc.merged(_packets(whole, IPTC), words)),
        }
        structure = exif.edited(whole, first, exif.of_shot(words))
    except exif.Broken:
        raise Unstrippable("The library cannot write words into a BigTIFF.") from None
    return [structure[:HEAD], Copied(HEAD, len(whole) - HEAD), structure[len(whole) :]]


def _packets(whole: bytes, tag: int) -> list[bytes]:
    packet = exif.value_of(whole, tag)
    return [packet] if packet else []


def _value(kind: int, content: bytes) -> exif.Value | None:
    return exif.Value(kind, content) if content else None
