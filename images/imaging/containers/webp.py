"""The chunks of a WebP (RFC 9649, section 2)."""

from collections.abc import Iterator

from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Write, Written, length_of
from images.imaging.containers.source import MAX_BLOCKS, Block, Source

HEAD = 12  # bytes: RIFF, length, WEBP
FRAME_HEAD = 16  # bytes of an ANMF before its own chunks
SIMPLE = {"VP8 ", "VP8L"}
PIXELS = SIMPLE | {"ALPH"}
DRAWS = PIXELS | {"VP8X", "ICCP", "ANIM", "ANMF"}
ALPHA_FLAG, EXIF_FLAG, XMP_FLAG = 0x10, 0x08, 0x04  # of VP8X
DRAWN_FLAGS = 0x32  # the profile, transparency and animation
KINDS = {"EXIF": Kind.EXIF, "XMP ": Kind.XMP}


def packets(source: Source) -> Iterator[Packet]:
    """Yield the packets of the picture, and of its frames."""
    for block in chunks(source):
        if block.name == "ANMF":
            parts = list(chunks_of(source, block.start + FRAME_HEAD, block.stop))
        else:
            parts = [block]
        for part in parts:
            if part.start == part.stop or part.name in DRAWS:
                continue
            if part.name in KINDS:
                yield Packet(KINDS[part.name], source.content(part).removeprefix(b"Exif\0\0"))
            else:
                yield from (Packet(Kind.OTHER, content) for content in source.windows(part))


def planned(source: Source, written: Written) -> Iterator[Piece]:
    """Yield the pieces of the picture with what is `written` behind its pixels."""
    return _pieces(source, written, keeps_all=False)


def rewritten(source: Source, write: Write) -> Iterator[Piece]:
    """Yield the pieces of the file, the packets of the picture written anew behind all else of it."""
    own = [block for block in chunks(source) if block.name in KINDS and block.start < block.stop]
    found = [Packet(KINDS[block.name], source.content(block).removeprefix(b"Exif\0\0")) for block in own]
    return _pieces(source, write(found), keeps_all=True)


def _pieces(source: Source, written: Written, *, keeps_all: bool) -> Iterator[Piece]:
    """Yield the pieces of the file with what is `written`, of all else what draws or everything."""
    pieces: list[Piece] = []
    behind: list[Piece] = []
    flags = (EXIF_FLAG if written.exif else 0) | (XMP_FLAG if written.xmp else 0)
    for block in chunks(source):
        if block.name == "VP8X":
            head = source.read(block.start, 10)
            pieces.append(_chunk(b"VP8X", bytes([head[0] & DRAWN_FLAGS | flags, 0, 0, 0]) + head[4:]))
        elif block.name == "ANMF" and not keeps_all:
            parts = chunks_of(source, block.start + FRAME_HEAD, block.stop)
            kept = [piece for part in parts if part.name in PIXELS for piece in _copied(source, part)]
            size = FRAME_HEAD + length_of(kept)
            pieces.append(b"ANMF" + size.to_bytes(4, "little") + source.read(block.start, FRAME_HEAD))
            pieces += kept
        elif block.name in DRAWS:
            if block.name in SIMPLE and flags and not pieces:  # such a file has no place for more than pixels
                flags |= _alpha(source, block)
                pieces.append(_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + _size(source, block)))
            pieces += _copied(source, block)
        elif keeps_all and block.name in ("broken", "tail"):
            behind.append(Copied(block.offset, block.end - block.offset))
        elif keeps_all and block.name not in KINDS:
            pieces += _copied(source, block)
    if written.exif:
        pieces.append(_chunk(b"EXIF", written.exif))
    if written.xmp:
        pieces.append(_chunk(b"XMP ", written.xmp))
    yield b"RIFF" + (4 + length_of(pieces)).to_bytes(4, "little") + b"WEBP"
    yield from pieces
    yield from behind


def chunks(source: Source) -> Iterator[Block]:
    """Yield the chunks; then "tail" of what lies behind the last, and before it "broken" of what is none."""
    end = 8 + int.from_bytes(source.read(4, 4), "little")
    end = min(end + end % 2, source.size)
    yield from chunks_of(source, HEAD, end)
    if end < source.size:
        yield Block("tail", end, source.size, end, source.size)


def chunks_of(source: Source, offset: int, end: int) -> Iterator[Block]:
    """Yield the chunks between `offset` and `end`, and what is none there as one block named "broken"."""
    for _ in range(MAX_BLOCKS):
        head = source.read(offset, min(8, end - offset))
        start = offset + 8
        stop = start + int.from_bytes(head[4:], "little")
        if len(head) < 8 or stop > end:
            break
        padded = min(stop + stop % 2, end)  # the last byte may be missing at the end of a file
        yield Block(head[:4].decode("latin-1"), offset, padded, start, stop)
        offset = padded
    if offset < end:
        yield Block("broken", offset, end, offset, end)


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _copied(source: Source, block: Block) -> list[Piece]:
    """Return the chunk, its padding a zero of our own."""
    piece = Copied(block.offset, block.stop - block.offset)
    return [piece, b"\0"] if piece.length % 2 else [piece]


def _size(source: Source, block: Block) -> bytes:
    """Return the size of a simple picture as VP8X says it: each side less one, in 24 bits."""
    if block.name == "VP8L":  # behind a signature, 14 bits each, less one
        bits = int.from_bytes(source.read(block.start + 1, 4), "little")
        width, height = bits & 0x3FFF, bits >> 14 & 0x3FFF
    else:  # RFC 6386, 9.1: behind three bytes of the frame and three of a start code
        head = source.read(block.start + 6, 4)
        width, height = (int.from_bytes(side, "little") & 0x3FFF for side in (head[:2], head[2:]))
        width, height = width - 1, height - 1
    return max(width, 0).to_bytes(3, "little") + max(height, 0).to_bytes(3, "little")


def _alpha(source: Source, block: Block) -> int:
    """Return the flag of VP8X for transparency, which of simple pictures VP8L alone may have."""
    return ALPHA_FLAG if block.name == "VP8L" and source.read(block.start + 4, 1)[0] & 0x10 else 0
