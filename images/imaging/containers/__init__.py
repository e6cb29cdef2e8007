"""Where the files of each format keep their metadata: found, taken out, put in. Nothing here decodes pixels.

A module a format, each with `packets` and `planned`. It finds the blocks of its format (see source), and says
what they hold and which of them draw the picture (see parts). What a plan says is done elsewhere (see plans).
"""

from collections.abc import Callable, Iterator
from typing import IO, NamedTuple

from images.errors import Unstrippable
from images.imaging.containers import bmff, gif, jpeg, png, tiff, webp
from images.imaging.containers.parts import MAX_PIECES, Copied, Kind, Packet, Piece, Plan, Write, Written
from images.imaging.containers.source import Source


class Container(NamedTuple):
    """How the files of one format are read and written, and whether their Exif says how they are held."""

    packets: Callable[[Source], Iterator[Packet]]
    planned: Callable[[Source, Written], Iterator[Piece]]
    rewritten: Callable[[Source, Write], Iterator[Piece]] | None = None  # without it, what is no packet goes
    is_turned_by_exif: bool = True


CONTAINERS = {
    "JPEG": Container(jpeg.packets, jpeg.planned, jpeg.rewritten),
    "PNG": Container(png.packets, png.planned, png.rewritten),
    "WEBP": Container(webp.packets, webp.planned, webp.rewritten),
    "GIF": Container(gif.packets, gif.planned, gif.rewritten),
    "AVIF": Container(bmff.packets, bmff.planned, is_turned_by_exif=False),
    "HEIF": Container(bmff.packets, bmff.planned, is_turned_by_exif=False),
    "TIFF": Container(tiff.packets, tiff.planned, is_turned_by_exif=False),
}

MAX_PACKETS = 1_000
MAX_BYTES = 64 * 2**20  # of all packets


def packets(file: IO[bytes], format_name: str) -> list[Packet]:
    """Return the packets of `file`, of a format by our name for it.

    One without content was too large to be read, or damaged; so is the last one where there are too many.
    Parts of the file that are in no block are packets of kind OTHER. Leaves the position anywhere.
    """
    found: list[Packet] = []
    left = MAX_BYTES
    for packet in CONTAINERS[format_name].packets(Source(file)):
        left -= len(packet.content)
        if len(found) >= MAX_PACKETS or left < 0:
            return [*found, Packet(Kind.OTHER, b"")]
        found.append(packet)
    return found


def planned(file: IO[bytes], format_name: str, written: Written) -> Plan:
    """Return what a file is made of that shows the picture of `file`, and has the packets that are `written`
    and no others.

    The profile stays, and so does all else that draws. Where the file is damaged the plan leaves out what
    cannot be told apart: whether both show the same is for decoding to prove. Raises Unstrippable.
    """
    return _plan(CONTAINERS[format_name].planned(Source(file), written))


def rewritten(file: IO[bytes], format_name: str, write: Write) -> Plan:
    """Return what a file is made of in which the packets of the picture are those that `write` makes of them,
    and all else is as it was: pixels, comments, what lies behind the picture. Raises Unstrippable.
    """
    container, source = CONTAINERS[format_name], Source(file)
    if container.rewritten is None:
        return planned(file, format_name, write(packets(file, format_name)))
    return _plan(container.rewritten(source, write))


def _plan(pieces: Iterator[Piece]) -> Plan:
    """Return the pieces, those that follow each other in the source as one. Raises Unstrippable."""
    plan: Plan = []
    for piece in pieces:
        if isinstance(piece, Copied) and plan and isinstance(plan[-1], Copied):
            offset, length = plan[-1]
            if offset + length == piece.offset:
                plan[-1] = Copied(offset, length + piece.length)
                continue
        if len(plan) == MAX_PIECES:
            raise Unstrippable("The file is in more pieces than the library puts together.")
        plan.append(piece)
    return plan
