"""Where the files of each format keep their metadata: found, taken out, put in. Nothing here decodes pixels.

A module a format. Each finds the blocks of its format (see source) and what they hold (see parts).
"""

from collections.abc import Callable, Iterator
from typing import IO

from images.imaging.containers import gif, jpeg, png, webp
from images.imaging.containers.parts import Kind, Packet
from images.imaging.containers.source import Source

READERS: dict[str, Callable[[Source], Iterator[Packet]]] = {
    "JPEG": jpeg.packets,
    "PNG": png.packets,
    "WEBP": webp.packets,
    "GIF": gif.packets,
}

MAX_PACKETS = 1_000
MAX_BYTES = 64 * 2**20  # of all packets


def packets(file: IO[bytes], format_name: str) -> list[Packet]:
    """Return the packets of `file`, of a format by our name for it, in the order of the file.

    One without content was too large to be read, or damaged; so is the last one where there are too many.
    Parts of the file that are in no block are packets of kind OTHER. Leaves the position anywhere.
    """
    found: list[Packet] = []
    left = MAX_BYTES
    for packet in READERS[format_name](Source(file)):
        left -= len(packet.content)
        if len(found) >= MAX_PACKETS or left < 0:
            return [*found, Packet(Kind.OTHER, b"")]
        found.append(packet)
    return found
