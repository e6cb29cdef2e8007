"""The chunks of a PNG (W3C, Portable Network Graphics, third edition)."""

import re
import zlib
from collections.abc import Callable, Iterator

from images.errors import Unstrippable
from images.imaging.containers import photoshop
from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Write, Written
from images.imaging.containers.source import MAX_BLOCKS, MAX_CONTENT, Block, Source

SIGNATURE = b"\x89PNG\r\n\x1a\n"
# What says how the pixels look: the critical chunks, colour, transparency, size and animation.
DRAWS = {
    *("IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "bKGD", "pHYs"),
    *("cICP", "mDCV", "cLLI", "acTL", "fcTL", "fdAT"),
}
XMP = b"XML:com.adobe.xmp"
RAW_PROFILE = re.compile(rb"Raw profile type (\w+)", re.IGNORECASE)  # as ImageMagick writes them


def packets(source: Source) -> Iterator[Packet]:
    """Yield the packets of the picture, those behind its pixels too. Text is in UTF-8."""
    for block in chunks(source):
        yield from _held(source, block)


def _held(source: Source, block: Block) -> Iterator[Packet]:
    """Yield the packets that a block holds."""
    if block.name in DRAWS or block.start == block.stop:
        return
    if block.name == "eXIf":
        yield Packet(Kind.EXIF, source.content(block).removeprefix(b"Exif\0\0"))
    elif block.name in TEXTS:
        keyword, text = TEXTS[block.name](source.content(block))
        yield from [Packet(Kind.TEXT, b"")] if text is None or not keyword else _text(keyword, text)
    else:
        yield from (Packet(Kind.OTHER, content) for content in source.windows(block))


def planned(source: Source, written: Written) -> Iterator[Piece]:
    """Yield the pieces of the picture with what is `written`, all of it before the pixels."""
    yield SIGNATURE
    for block in chunks(source):
        if block.name == "IEND" or len(block.name) != 4:
            break
        if block.name in DRAWS:
            yield Copied(block.offset, block.end - block.offset)
        elif block.name[0].isupper():
            raise Unstrippable(
                "The file has parts that the library does not know, and that draw the picture."
            )
        if block.name == "IHDR":
            yield from _written(written)
    yield _chunk(b"IEND", b"")


def rewritten(source: Source, write: Write) -> Iterator[Piece]:
    """Yield the pieces of the file, its packets written anew before the pixels. Of a profile of ImageMagick's
    that holds one, the rest goes.
    """
    blocks = list(chunks(source))
    held = [list(_held(source, block)) if block.name in (*TEXTS, "eXIf") else [] for block in blocks]
    written = write([packet for packets_ in held for packet in packets_])
    yield SIGNATURE
    for block, its_packets in zip(blocks, held, strict=True):
        if not any(_is_replaced(packet, written) for packet in its_packets):
            yield Copied(block.offset, block.end - block.offset)
        if block.name == "IHDR":
            yield from _written(written)


def _is_replaced(packet: Packet, written: Written) -> bool:
    keyword = packet.content.partition(b"\0")[0].decode("latin-1").lower()
    return packet.kind in (Kind.EXIF, Kind.XMP, Kind.IPTC) or keyword in written.replaced


def _written(written: Written) -> Iterator[bytes]:
    """Yield the chunks of the packets. IPTC is where ImageMagick has it: PNG itself knows no place for it."""
    if written.exif:
        yield _chunk(b"eXIf", written.exif)
    if written.xmp:
        yield _chunk(b"iTXt", XMP + bytes(5) + written.xmp)
    if written.iptc:
        text = f"\niptc\n{len(written.iptc):8}\n{written.iptc.hex()}\n".encode()
        yield _chunk(b"zTXt", b"Raw profile type iptc" + bytes(2) + zlib.compress(text))


def chunks(source: Source) -> Iterator[Block]:
    """Yield the chunks; then a block named "tail" of what lies behind the last, or "broken" of the rest."""
    offset = len(SIGNATURE)
    for _ in range(MAX_BLOCKS):
        head = source.read(offset, 8)
        start = offset + 8
        stop = start + int.from_bytes(head[:4])
        if len(head) < 8 or stop + 4 > source.size:
            break
        name = head[4:].decode("latin-1")
        yield Block(name, offset, stop + 4, start, stop)
        offset = stop + 4
        if name == "IEND":
            if offset < source.size:
                yield Block("tail", offset, source.size, offset, source.size)
            return
    if offset < source.size:
        yield Block("broken", offset, source.size, offset, source.size)


def _chunk(name: bytes, content: bytes) -> bytes:
    length, checksum = len(content).to_bytes(4), zlib.crc32(name + content).to_bytes(4)
    return length + name + content + checksum


def _plain(content: bytes) -> tuple[bytes, bytes]:
    keyword, _, text = content.partition(b"\0")
    return keyword, _in_utf8(text)


def _compressed(content: bytes) -> tuple[bytes, bytes | None]:
    keyword, _, compressed = content.partition(b"\0")
    text = _inflated(compressed[1:])
    return keyword, text if text is None else _in_utf8(text)


def _international(content: bytes) -> tuple[bytes, bytes | None]:
    keyword, _, rest = content.partition(b"\0")
    _, _, rest_of_text = rest[2:].partition(b"\0")
    _, _, text = rest_of_text.partition(b"\0")
    return keyword, _inflated(text) if rest[:1] == b"\1" else text


# The keyword and the text of a chunk: None when it cannot be read.
TEXTS: dict[str, Callable[[bytes], tuple[bytes, bytes | None]]] = {
    "tEXt": _plain,
    "zTXt": _compressed,
    "iTXt": _international,
}


def _in_utf8(text: bytes) -> bytes:
    return text.decode("latin-1").encode()


def _inflated(compressed: bytes) -> bytes | None:
    """Return what was compressed; None when that is more than MAX_CONTENT, or damaged."""
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(compressed, MAX_CONTENT)
        return text if inflater.eof else None
    except zlib.error:
        return None


def _text(keyword: bytes, text: bytes) -> Iterator[Packet]:
    if keyword == XMP:
        yield Packet(Kind.XMP, text)
    elif profile := RAW_PROFILE.fullmatch(keyword):
        yield from _profile(profile[1].lower(), text)
    else:
        yield Packet(Kind.TEXT, keyword + b"\0" + text)


def _profile(name: bytes, text: bytes) -> Iterator[Packet]:
    """Yield what a raw profile holds: its name (exiftool's are of two words), its length and the bytes in
    hexadecimal, each on lines of its own.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    digits = b"".join(lines[2:])
    try:
        content = bytes.fromhex(digits.decode("ascii"))
    except ValueError:
        content = b""
    if name == b"xmp" or content.startswith(b"http://ns.adobe.com/xap/1.0/\0"):
        yield Packet(Kind.XMP, content.removeprefix(b"http://ns.adobe.com/xap/1.0/\0"))
    elif name in (b"exif", b"app1"):
        yield Packet(Kind.EXIF, content.removeprefix(b"Exif\0\0"))
    elif name in (b"iptc", b"8bim") and content:
        content = content.removeprefix(b"Photoshop 3.0\0")
        if content.startswith(b"\x1c"):
            yield Packet(Kind.IPTC, content)
        else:
            yield from photoshop.packets(content)
    else:
        yield Packet(Kind.OTHER, content)
