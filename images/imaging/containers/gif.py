"""The blocks of a GIF (CompuServe, Graphics Interchange Format, version 89a)."""

import re
from collections.abc import Iterator

from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Write, Written
from images.imaging.containers.source import LARGE, MAX_BLOCKS, SMALL, Block, Broken, Source

IMAGE, EXTENSION, END = 0x2C, 0x21, 0x3B
INTRODUCER = re.compile(rb"[!,;]")  # the first byte of a block; decoders skip what is none
EXTENSIONS = {0xF9: "control", 0xFE: "comment", 0x01: "text"}
APPLICATION = 0xFF
XMP = "XMP DataXMP"
IPTC = "MGKIPTC0000"  # ImageMagick's
TRAILER = bytes([1, *range(255, -1, -1), 0])  # leads whoever reads XMP as sub-blocks out of it (XMP 3, 1.1.2)
SHORT = {"control": 4, "NETSCAPE2.0": 3, "ANIMEXTS1.0": 3}  # bytes of their first and only sub-block
DRAWS = {*SHORT, "head", "image", "end", "ICCRGBG1012"}


def packets(source: Source) -> Iterator[Packet]:
    """Yield the packets of the picture, and what lies behind it."""
    for block in blocks(source):
        if block.name in DRAWS:
            continue
        if block.name in ("junk", "tail", "broken"):
            yield from (Packet(Kind.OTHER, content) for content in source.windows(block))
            continue
        content = source.content(block)
        if block.name == XMP and content.endswith(TRAILER):
            yield Packet(Kind.XMP, content[: -len(TRAILER)])
        elif content != b"\0":
            kind = {XMP: Kind.XMP, "comment": Kind.TEXT, "text": Kind.TEXT}.get(block.name, Kind.OTHER)
            joined = _joined(content)
            yield Packet(Kind.IPTC if block.name == IPTC and joined.startswith(b"\x1c") else kind, joined)


def planned(source: Source, written: Written) -> Iterator[Piece]:
    """Yield the pieces of the picture, what is `written` before the first frame."""
    yield from _pieces(source, written, keeps_all=False)
    yield bytes([END])


def rewritten(source: Source, write: Write) -> Iterator[Piece]:
    """Yield the pieces of the file, XMP written anew before the first frame."""
    return _pieces(source, write(list(packets(source))), keeps_all=True)


def _pieces(source: Source, written: Written, *, keeps_all: bool) -> Iterator[Piece]:
    """Yield the pieces of the file with what is `written`, of all else what draws or everything."""
    xmp = b"!\xff\x0b" + XMP.encode() + written.xmp + TRAILER if written.xmp else b""
    for block in blocks(source):
        if block.name in ("image", "control") and xmp:
            yield xmp
            xmp = b""
        if block.name == "head" and xmp:  # 87a has no extensions
            yield b"GIF89a"
            yield Copied(6, block.end - 6)
        elif keeps_all and block.name != XMP:
            yield Copied(block.offset, block.end - block.offset)
        elif block.name in SHORT:
            yield _first(source, block)
        elif block.name in DRAWS and block.name != "end":
            yield Copied(block.offset, block.end - block.offset)


def blocks(source: Source) -> Iterator[Block]:
    """Yield the blocks, an application's by its name and code; then "tail" of what lies behind the end, or
    "broken" of the rest. The content of an extension is its sub-blocks, lengths and terminator included.
    """
    try:
        offset = 13 + _colors(source.read(10, 1))
        yield Block("head", 0, offset, 0, offset)
        for _ in range(MAX_BLOCKS):
            block = _block(source, offset)
            yield block
            offset = block.end
            if block.name == "end":
                if offset < source.size:
                    yield Block("tail", offset, source.size, offset, source.size)
                return
    except Broken:
        pass
    if offset < source.size:
        yield Block("broken", offset, source.size, offset, source.size)


def _block(source: Source, offset: int) -> Block:
    head = source.read(offset, 14)
    if head[:1] == bytes([END]):
        return Block("end", offset, offset + 1, offset + 1, offset + 1)
    if head[:1] == bytes([IMAGE]):
        if len(head) < 11:
            raise Broken
        start = offset + 11 + _colors(head[9:10])
        end = _end(source, start)
        return Block("image", offset, end, start, end)
    if head[:1] != bytes([EXTENSION]):
        found = source.find(INTRODUCER, offset, 1)
        if found < 0:
            raise Broken
        return Block("junk", offset, found, offset, found)
    if len(head) < 3:
        raise Broken
    name, start = EXTENSIONS.get(head[1], ""), offset + 2
    if head[1] == APPLICATION and head[2] == 11:
        name, start = head[3:].decode("latin-1"), offset + 14
    end = _end(source, start)
    return Block(name, offset, end, start, end)


def _colors(flags: bytes) -> int:
    """Return how many bytes the table of colours takes that these flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _end(source: Source, offset: int) -> int:
    """Return where the sub-blocks end that begin at `offset`. Raises Broken when they do not."""
    size = SMALL
    while window := source.read(offset, size):
        place = 0
        while place < len(window):
            length = window[place]
            place += 1 + length
            if not length:
                return offset + place
        offset += place
        size = min(2 * size, LARGE)
    raise Broken


def _first(source: Source, block: Block) -> bytes:
    """Return an extension of SHORT with its first sub-block, which is all of it that means something."""
    length = min(source.read(block.start, 1)[0], SHORT[block.name])
    head, content = (
        source.read(block.offset, block.start - block.offset),
        source.read(block.start + 1, length),
    )
    return head + (bytes([length]) + content if length else b"") + b"\0"


def _joined(blocks: bytes) -> bytes:
    """Return what the sub-blocks hold."""
    parts, place = [], 0
    while place < len(blocks) and blocks[place]:
        parts.append(blocks[place + 1 : place + 1 + blocks[place]])
        place += 1 + blocks[place]
    return b"".join(parts)
