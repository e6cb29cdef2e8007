"""The tracks of a sequence of pictures (ISO 14496-12, section 8): where samples are, and what is said."""

import struct
from collections.abc import Callable, Iterator
from itertools import pairwise

from images.imaging.containers.boxes import Box, Ranges, Reader, box, children
from images.imaging.containers.source import Broken

PICTURED = {b"pict", b"vide", b"auxv"}  # handlers of tracks that are seen

# What is kept of each box that holds others. All else in them is metadata.
STRUCTURE = {
    b"moov": {b"mvhd", b"trak"},
    b"trak": {b"tkhd", b"tref", b"edts", b"mdia"},
    b"edts": {b"elst"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
    b"minf": {b"vmhd", b"nmhd", b"dinf", b"stbl"},
    b"stbl": {
        b"stsd",
        b"stts",
        b"ctts",
        b"stsc",
        b"stsz",
        b"stco",
        b"co64",
        b"stss",
        b"sdtp",
        b"sbgp",
        b"sgpd",
    },
}
TIMED = {b"mvhd", b"tkhd", b"mdhd"}
COMPRESSOR = slice(8 + 8 + 42, 8 + 8 + 42 + 32)  # of stsd: the name in its first, visual entry


def ranges(content: bytes) -> Ranges:
    """Return where in the file the samples of a moov box are, of tracks that are seen. Raises Broken."""
    return [extent for track in _tracks(content) for extent in _chunks(track)]


def rebuilt(content: bytes, move: Callable[[int], int]) -> bytes:
    """Return the moov box without metadata; `move` tells where in the new file what was at an offset is."""
    return _rebuilt(Box(b"moov", content), move)


def rest(content: bytes) -> Iterator[bytes]:
    """Yield what a moov box holds beside its structure. Raises Broken."""
    yield from _rest(Box(b"moov", content))


def _rest(one: Box) -> Iterator[bytes]:
    for child in children(one.content):
        if child.name not in STRUCTURE[one.name] or (child.name == b"trak" and not _is_seen(child)):
            yield child.name + child.content
        elif child.name in STRUCTURE:
            yield from _rest(child)


def _rebuilt(one: Box, move: Callable[[int], int]) -> bytes:
    parts = []
    for child in children(one.content):
        if child.name not in STRUCTURE[one.name] or (child.name == b"trak" and not _is_seen(child)):
            continue
        if child.name in STRUCTURE:
            parts.append(_rebuilt(child, move))
            continue
        content = child.content
        if child.name in TIMED:  # when it was made and changed, of 64 or 32 bits each
            times = 16 if content[:1] == b"\1" else 8
            content = content[:4] + bytes(times) + content[4 + times :]
        elif child.name == b"hdlr":
            content = content[:12] + bytes(13)
        elif child.name == b"stsd":
            content = content[: COMPRESSOR.start] + bytes(32) + content[COMPRESSOR.stop :]
        elif child.name in (b"stco", b"co64"):
            places = [move(place) for place in _places(child)]
            width = 4 if child.name == b"stco" else 8
            content = content[:8] + b"".join(place.to_bytes(width) for place in places)
        parts.append(box(child.name, content))
    return box(one.name, *parts)


def _tracks(content: bytes) -> Iterator[Box]:
    return (one for one in children(content) if one.name == b"trak" and _is_seen(one))


def _is_seen(track: Box) -> bool:
    return _inside(track, b"mdia", b"hdlr")[8:12] in PICTURED


def _inside(one: Box, *path: bytes) -> bytes:
    """Return what the box at `path` holds, nothing when there is none."""
    content = one.content
    for name in path:
        content = next((child.content for child in children(content) if child.name == name), b"")
    return content


def _places(table: Box) -> list[int]:
    reader = Reader(table.content[4:])
    count = reader.number(4)
    width = 4 if table.name == b"stco" else 8
    places = reader.take(count * width)
    return [place for (place,) in struct.iter_unpack(">I" if width == 4 else ">Q", places)]


def _chunks(track: Box) -> Iterator[tuple[int, int]]:
    """Yield where the chunks of a track start and end."""
    stbl = Box(b"stbl", _inside(track, b"mdia", b"minf", b"stbl"))
    tables = {one.name: one for one in children(stbl.content)}
    if b"stz2" in tables or not tables.keys() & {b"stco", b"co64"} or not {b"stsz", b"stsc"} <= tables.keys():
        raise Broken("a track without tables of its samples")
    places = _places(tables.get(b"stco") or tables[b"co64"])
    reader = Reader(tables[b"stsz"].content[4:])
    each, count = reader.number(4), reader.number(4)
    sizes = [] if each else [size for (size,) in struct.iter_unpack(">I", reader.take(4 * count))]
    reader = Reader(tables[b"stsc"].content[4:])
    runs = list(struct.iter_unpack(">III", reader.take(12 * reader.number(4))))
    sample = 0
    for (first, samples, _), (following, _, _) in pairwise([*runs, (len(places) + 1, 0, 0)]):
        if not 1 <= first <= following <= len(places) + 1:
            raise Broken("chunks that are not there")
        for chunk in range(first - 1, following - 1):
            if sample + samples > count:
                raise Broken("samples that are not there")
            length = each * samples if each else sum(sizes[sample : sample + samples])
            sample += samples
            yield places[chunk], places[chunk] + length
