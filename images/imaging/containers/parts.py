"""What a container is taken apart into: packets of metadata, and the pieces that a new file is made of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a packet is written in."""

    EXIF = "exif"  # a TIFF structure, from its byte order mark on (CIPA DC-008)
    XMP = "xmp"  # RDF in XML (ISO 16684-1)
    IPTC = "iptc"  # records 1 and 2 of IIM, from their first 0x1C on (IPTC-NAA 4.2)
    TEXT = "text"  # a comment, or a text chunk: keyword, NUL, text
    OTHER = "other"  # what nobody asks for but who looks whether anything says where, such as a trailer


class Packet(NamedTuple):
    """One packet, its content without the container's own wrapping."""

    kind: Kind
    content: bytes


class Copied(NamedTuple):
    """So many bytes of the source, as they are."""

    offset: int
    length: int


Piece = Copied | bytes  # or bytes of its own
Plan = list[Piece]  # a new file, from its first byte to its last
MAX_PIECES = 20_000  # of a plan: an animation of a thousand frames, each with notes of its own, has 4,000


@dataclass(frozen=True)
class Written:
    """The packets that a new file is to have, and no others; none where empty. A format that has no place for
    one leaves it out: IPTC is for JPEG, TIFF and PNG, and a GIF takes XMP alone.
    """

    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    replaced: frozenset[str] = frozenset()  # keywords of texts that the packets replace where all else stays


Write = Callable[[list[Packet]], Written]  # what becomes of the packets of a picture


def length_of(plan: Iterable[Piece]) -> int:
    """Return how many bytes these pieces are."""
    return sum(piece.length if isinstance(piece, Copied) else len(piece) for piece in plan)
