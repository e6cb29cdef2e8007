"""The chunks of a WebP (RFC 9649, section 2)."""

from collections.abc import Iterator

from images.imaging.containers.parts import Kind, Packet
from images.imaging.containers.source import MAX_BLOCKS, Block, Source

HEAD = 12  # bytes: RIFF, length, WEBP
FRAME_HEAD = 16  # bytes of an ANMF before its own chunks
DRAWS = {"VP8X", "ICCP", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"}
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
                yield Packet(Kind.OTHER, source.ends(part))


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
