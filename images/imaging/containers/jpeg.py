"""The segments of a JPEG (ITU-T T.81, annex B), and what cameras put behind it."""

import hashlib
import re
import struct
from collections.abc import Iterator

from images.errors import Unstrippable
from images.imaging.containers import multipicture, photoshop
from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Write, Written, length_of
from images.imaging.containers.source import MAX_BLOCKS, MAX_CONTENT, Block, Source

SOI, EOI, SOS, COM = 0xD8, 0xD9, 0xDA, 0xFE
ALONE = (SOI, EOI, 0x01)  # markers without a length, the last is TEM
NAMES = {SOI: "SOI", EOI: "EOI", SOS: "SOS", COM: "COM"} | {0xE0 + n: f"APP{n}" for n in range(16)}
MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # in the data of a scan
PICTURE = re.compile(rb"\xff\xd8\xff[\xdb\xe0-\xef]")
ROOM = 0xFFFF - 2  # bytes of a segment
MAX_PICTURES = 16  # behind the first

EXIF = (b"Exif\0\0", b"Exif\0\xff")
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
EMPTY = (b"", *EXIF, XMP)
EXTENSION_ROOM = 65_000  # bytes of XMP in one of its segments
HAS_EXTENSION = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmpNote="http://ns.adobe.com/xmp/note/" '
    b'xmpNote:HasExtendedXMP="%s"/></rdf:RDF></x:xmpmeta>'
)
RESOURCES = b"Photoshop 3.0\0"
ICC = b"ICC_PROFILE\0"
CARRIERS = re.compile(r"APP\d+|COM|F.|[0-9AB].")  # the last two are reserved markers
DRAWS = {"APP0": b"JFIF\0", "APP2": ICC, "APP14": b"Adobe"}  # segments that say how the pixels look
DRAWN = re.compile(r"SOS|[CD].")  # and frames, tables, lines and intervals
NOTHING = b"\0none"  # that no segment begins with


def packets(source: Source) -> Iterator[Packet]:
    """Yield packets of the picture, its tail, and of pictures there what is no part of it as a whole."""
    blocks = list(segments(source))
    yield from _packets(source, blocks)
    for block in blocks[-1:]:
        if block.name == "tail":
            yield from (Packet(Kind.OTHER, content) for content in source.windows(block))
    for _ in range(MAX_PICTURES):
        if not blocks or blocks[-1].name != "tail":
            return
        if (start := source.find(PICTURE, blocks[-1].offset, 4)) < 0:
            return
        blocks = list(segments(source, start))
        yield from (packet for packet in _packets(source, blocks) if packet.kind != Kind.OTHER)


def planned(source: Source, written: Written) -> Iterator[Piece]:
    """Yield the pieces of the picture with what is `written`, and nothing of what lies behind it."""
    blocks = list(segments(source))
    kept = [block for block in blocks if block.name in DRAWS or DRAWN.fullmatch(block.name)]
    heads = [_segment(source, block) for block in kept if block.name == "APP0"]
    yield b"\xff\xd8"
    yield from heads
    yield from _written(written)
    for block in kept:
        if block.name == "APP0":
            continue
        if block.name in DRAWS:
            yield _segment(source, block)
        else:
            yield Copied(block.offset, block.end - block.offset)
    yield b"\xff\xd9"


def rewritten(source: Source, write: Write) -> Iterator[Piece]:
    """Yield the pieces of the file, the packets of its first picture written anew, all else as it is."""
    blocks = list(segments(source))
    picture = [block for block in blocks if block.name not in ("tail", "broken")]
    replaced = {block for block in picture if _has_packets(source, block)}
    resources = (
        source.content(block, len(RESOURCES))
        for block in picture
        if block in replaced and block.name == "APP13"
    )
    new = list(_written(write(list(_packets(source, picture))), photoshop.others(b"".join(resources))))
    left = sum(block.end - block.offset for block in replaced)
    grown = length_of(new) - left
    for block in blocks:
        if block.name not in ("SOI", "APP0"):
            yield from new
            new = []
        if block in replaced:
            left -= block.end - block.offset
            continue
        head = source.read(block.start, len(multipicture.SIGNATURE)) if block.name == "APP2" else b""
        if head == multipicture.SIGNATURE:
            index = multipicture.moved(source.content(block, len(head)), grown, -left)
            yield _of(0xE2, head + index)
        else:
            yield Copied(block.offset, block.end - block.offset)


def _has_packets(source: Source, block: Block) -> bool:
    heads = {"APP1": (*EXIF, XMP, EXTENSION), "APP13": (RESOURCES,)}.get(block.name, ())
    return source.read(block.start, len(EXTENSION)).startswith(heads)


def segments(source: Source, offset: int = 0) -> Iterator[Block]:
    """Yield the segments of the picture at `offset`, a scan together with its data, the others by the name of
    their marker or its hexadecimal.

    What lies between two, and decoders skip, is named "junk". The last is "tail", what lies behind the
    picture, or "broken", the rest where no segment follows.
    """
    if source.read(offset, 2) == b"\xff\xd8":
        yield Block("SOI", offset, offset + 2, offset + 2, offset + 2)
        offset += 2
        for _ in range(MAX_BLOCKS):
            block = _next(source, offset)
            if block is None:
                break
            yield block
            offset = block.end
            if block.name == "EOI":
                if offset < source.size:
                    yield Block("tail", offset, source.size, offset, source.size)
                return
    if offset < source.size:
        yield Block("broken", offset, source.size, offset, source.size)


def _next(source: Source, offset: int) -> Block | None:
    head = source.read(offset, 4)
    if not MARKER.match(head):
        found = source.find(MARKER, offset, 2)
        return Block("junk", offset, found, offset, found) if found >= 0 else None
    name = NAMES.get(head[1], f"{head[1]:02X}")
    start = offset + 2
    if head[1] in ALONE:
        return Block(name, offset, start, start, start)
    stop = start + (int.from_bytes(head[2:]) if len(head) == 4 else 0)
    if stop < start + 2 or stop > source.size:
        return None
    end = stop
    if head[1] == SOS:
        found = source.find(MARKER, stop, 2)
        end = found if found >= 0 else source.size
    return Block(name, offset, end, start + 2, stop)


def _packets(source: Source, blocks: list[Block]) -> Iterator[Packet]:
    exif: list[bytes] = []
    resources: list[bytes] = []
    extensions: dict[bytes, dict[int, bytes]] = {}
    for block in blocks:
        if block.name in ("junk", "broken"):
            yield from (Packet(Kind.OTHER, content) for content in source.windows(block))
            continue
        content = source.content(block) if CARRIERS.fullmatch(block.name) else b""
        if content in EMPTY or content.startswith(DRAWS.get(block.name, NOTHING)):
            continue
        if block.name == "APP1" and content.startswith(EXIF):
            exif.append(content[len(EXIF[0]) :])
        elif block.name == "APP1" and content.startswith(XMP):
            yield Packet(Kind.XMP, content[len(XMP) :])
        elif block.name == "APP1" and content.startswith(EXTENSION):
            guid, place, part = _extension(content)
            extensions.setdefault(guid, {})[place] = part
        elif block.name == "APP13" and content.startswith(RESOURCES):
            resources.append(content[len(RESOURCES) :])
        else:
            yield Packet(Kind.TEXT if block.name == "COM" else Kind.OTHER, content)
    yield from (Packet(Kind.EXIF, content) for content in _structures(exif))
    yield from photoshop.packets(b"".join(resources))
    for parts in extensions.values():
        whole = b"".join(part for _, part in sorted(parts.items()))
        yield Packet(Kind.XMP, whole if len(whole) <= MAX_CONTENT else b"")


def _segment(source: Source, block: Block) -> Piece:
    """Return a segment of DRAWS as it is kept: without JFIF's small picture, and what is no more Adobe's."""
    content = source.content(block)
    if not content.startswith(DRAWS[block.name]):
        return b""
    if block.name == "APP2":
        return Copied(block.offset, block.end - block.offset)
    if block.name == "APP0":
        return _of(0xE0, content[:12].ljust(12, b"\0") + b"\0\0")
    return _of(0xEE, content[:12])


def _written(written: Written, resources: bytes = b"") -> Iterator[bytes]:
    """Yield the segments of the packets, and of other resources. Raises Unstrippable for Exif that does not
    fit into one.
    """
    if written.exif:
        if len(written.exif) > ROOM - len(EXIF[0]):
            raise Unstrippable("A JPEG has no room for so much Exif.")
        yield _of(0xE1, EXIF[0] + written.exif)
    if len(written.xmp) > ROOM - len(XMP):
        guid = hashlib.md5(written.xmp, usedforsecurity=False).hexdigest().upper().encode()
        yield _of(0xE1, XMP + HAS_EXTENSION % guid)
        for place in range(0, len(written.xmp), EXTENSION_ROOM):
            head = struct.pack(">32sII", guid, len(written.xmp), place)
            yield _of(0xE1, EXTENSION + head + written.xmp[place : place + EXTENSION_ROOM])
    elif written.xmp:
        yield _of(0xE1, XMP + written.xmp)
    if written.iptc:
        resources = photoshop.resource(photoshop.IPTC, written.iptc) + resources
    size = ROOM - len(RESOURCES)
    for place in range(0, len(resources), size):
        yield _of(0xED, RESOURCES + resources[place : place + size])


def _of(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _extension(content: bytes) -> tuple[bytes, int, bytes]:
    """Return the GUID, the place and the bytes of a part of extended XMP (XMP 3, 1.1.3.1)."""
    head = content[len(EXTENSION) : len(EXTENSION) + 40].ljust(40, b"\0")
    guid, _, place = struct.unpack(">32sII", head)
    return guid, place, content[len(EXTENSION) + 40 :]


def _structures(parts: list[bytes]) -> list[bytes]:
    """Return the TIFF structures: a part that does not begin one goes on with the one before it."""
    whole: list[bytes] = []
    for part in parts:
        if whole and not part.startswith((b"II*\0", b"MM\0*")):
            whole[-1] += part
        else:
            whole.append(part)
    return whole
