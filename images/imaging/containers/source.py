"""A file that is read at places, and the blocks that a container is made of."""

import os
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

MAX_BLOCKS = 200_000  # of one file: one of 100 MiB in pieces of 4 KiB has 25,000
MAX_CONTENT = 16 * 2**20  # bytes of one packet
OVERLAP = 2**16  # bytes, more than anything is that is found in windows
SMALL, LARGE = 2**10, 2**20  # bytes that are searched at a time: more with each, as most is found at once


class Broken(ValueError):
    """The file does not have the blocks that it says it has."""


class Block(NamedTuple):
    """One block, from `offset` to `end`; what it holds is from `start` to `stop`."""

    name: str
    offset: int
    end: int
    start: int
    stop: int


class Source:
    """Reads from an open file, whose lengths are a stranger's: never more than is there."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    @property
    def whole(self) -> Block:
        """All of the file."""
        return Block("", 0, self.size, 0, self.size)

    def read(self, offset: int, length: int) -> bytes:
        """Return so many bytes from `offset` on, or those that are there."""
        length = min(length, self.size - offset)
        if offset < 0 or length <= 0:
            return b""
        self._file.seek(offset)
        return self._file.read(length)

    def content(self, block: Block, skipped: int = 0) -> bytes:
        """Return what `block` holds, but its first bytes; empty when that is more than MAX_CONTENT."""
        length = block.stop - block.start - skipped
        return self.read(block.start + skipped, length) if length <= MAX_CONTENT else b""

    def windows(self, block: Block) -> Iterator[bytes]:
        """Yield all that `block` holds, at most MAX_CONTENT at a time, the last OVERLAP of it again."""
        start = block.start
        while start < block.stop:
            yield self.read(start, min(MAX_CONTENT, block.stop - start))
            start = block.stop if block.stop - start <= MAX_CONTENT else start + MAX_CONTENT - OVERLAP

    def find(self, pattern: re.Pattern[bytes], offset: int, width: int) -> int:
        """Return where `pattern`, of `width` bytes, is found from `offset` on; -1 where it is not."""
        size = SMALL
        while window := self.read(offset, size):
            if found := pattern.search(window):
                return offset + found.start()
            if len(window) < size:
                break
            offset += size - width + 1
            size = min(2 * size, LARGE)
        return -1
