"""The boxes of ISO base media files (ISO 14496-12, section 4.2), in a file and in memory."""

import struct
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from images.imaging.containers.source import MAX_BLOCKS, Block, Broken, Source

PAYLOAD = b"mdat"

Ranges = list[tuple[int, int]]  # places in a file: from, to


class Box(NamedTuple):
    """One box in memory, and what it holds."""

    name: bytes
    content: bytes


def boxes_of(source: Source) -> Iterator[Block]:
    """Yield the boxes of a file; what is none, from there to its end, as one block named "broken". The last
    box of pixels may say that it is longer than the file.
    """
    offset = 0
    for _ in range(MAX_BLOCKS):
        head = source.read(offset, 16)
        if len(head) < 8:
            break
        size, name = int.from_bytes(head[:4]), head[4:8].decode("latin-1")
        start = offset + (16 if size == 1 else 8)
        end = offset + {0: source.size - offset, 1: int.from_bytes(head[8:])}.get(size, size)
        if name == PAYLOAD.decode() and (end > source.size or end < start):
            end = source.size
        if not start <= end <= source.size:
            break
        yield Block(name, offset, end, start, end)
        offset = end
    if offset < source.size:
        yield Block("broken", offset, source.size, offset, source.size)


def children(content: bytes) -> Iterator[Box]:
    """Yield the boxes that a box holds, of which the last may fill what is left. Raises Broken."""
    offset = 0
    while offset < len(content):
        size, name = int.from_bytes(content[offset : offset + 4]), content[offset + 4 : offset + 8]
        start = offset + (16 if size == 1 else 8)
        if size == 1:
            size = int.from_bytes(content[offset + 8 : start])
        end = offset + size if size else len(content)
        if not start <= end <= len(content):
            raise Broken("a box that is longer than the one around it")
        yield Box(name, content[start:end])
        offset = end


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box that holds `parts`."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), name) + b"".join(parts)


def written(those: Iterable[Box]) -> bytes:
    """Return these boxes, one behind the other."""
    return b"".join(box(one.name, one.content) for one in those)


def merged(ranges: Ranges) -> Ranges:
    """Return the same places, in order, each once."""
    those: Ranges = []
    for start, stop in sorted(ranges):
        if those and start <= those[-1][1]:
            those[-1] = (those[-1][0], max(stop, those[-1][1]))
        elif start < stop:
            those.append((start, stop))
    return those


def within(ranges: Ranges, block: Block) -> Ranges:
    """Return those of `merged` ranges that are of what `block` holds."""
    found: Ranges = []
    for start, stop in islice(ranges, bisect_right(ranges, block.start, key=itemgetter(1)), None):
        if start >= block.stop:
            break
        found.append((max(start, block.start), min(stop, block.stop)))
    return found


class Reader:
    """Reads numbers one after the other. Raises Broken at the end of what there is."""

    def __init__(self, content: bytes):
        self._content, self.place = content, 0

    def take(self, count: int) -> bytes:
        taken = self._content[self.place : self.place + count]
        if len(taken) < count:
            raise Broken("a box that ends too early")
        self.place += count
        return taken

    def number(self, width: int) -> int:
        """Return a number of so many bytes; 0 of none."""
        return int.from_bytes(self.take(width))

    def text(self) -> bytes:
        """Return what is before the next zero, or all that is left."""
        text, _, _ = self._content[self.place :].partition(b"\0")
        self.place += len(text) + 1
        return text

    def rest(self) -> bytes:
        """Return what is left."""
        return self._content[self.place :]
