"""AVIF and HEIF: items and tracks, and the bytes that they refer to (ISO 14496-12, ISO 23008-12).

A new file has the same boxes in the same order, of the bytes in mdat those that pictures refer to; items and
tracks are told where those are now.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import itemgetter

from images.errors import Unstrippable
from images.imaging.containers import movie
from images.imaging.containers.boxes import PAYLOAD, Ranges, box, boxes_of, children, merged, within
from images.imaging.containers.items import SAID, XMP_TYPE, Item, Meta
from images.imaging.containers.parts import Copied, Kind, Packet, Piece, Written, length_of
from images.imaging.containers.source import MAX_CONTENT, Block, Broken, Source

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
HEAD = 8  # bytes of a box before what it holds
STRUCTURE = ("ftyp", "meta", "moov")  # of each the first


class Layout:
    """The boxes of a file, and which of its bytes are pictures."""

    def __init__(self, source: Source):
        """Raises Broken."""
        blocks = list(boxes_of(source))
        if any(block.name == "moof" for block in blocks):
            raise Broken("a film in fragments")
        self.first = {block.name: block for block in reversed(blocks) if block.name in STRUCTURE}
        self.blocks = [block for block in blocks if self.first.get(block.name, block) is block]
        self.meta = Meta(meta, source.size) if (meta := self._content(source, "meta")) else None
        self.moov = self._content(source, "moov")
        items = self.meta.items.values() if self.meta else ()
        self.said = [extent for item in items if not item.is_picture for extent in item.places_in_file()]
        pictures = [extent for item in items if item.is_picture for extent in item.places_in_file()]
        self.drawn = merged([*pictures, *(movie.ranges(self.moov) if self.moov else ())])

    def _content(self, source: Source, name: str) -> bytes:
        block = self.first.get(name)
        if block and block.stop - block.start > MAX_CONTENT:
            raise Broken("more than is read of it")
        return source.content(block) if block else b""


def packets(source: Source) -> Iterator[Packet]:
    """Yield what the items say, then what other boxes and unused bytes hold."""
    try:
        layout = Layout(source)
        if layout.meta:
            yield from _said(layout.meta, source)
        if layout.moov:
            yield from (Packet(Kind.OTHER, content) for content in movie.rest(layout.moov))
    except Broken:
        yield from (Packet(Kind.OTHER, content) for content in source.windows(source.whole))
        return
    used = merged([*layout.drawn, *layout.said])
    for block in layout.blocks:
        if block.name == "uuid" and source.read(block.start, 16) == XMP_UUID:
            yield Packet(Kind.XMP, source.content(block, 16))
        elif block.name not in STRUCTURE:
            yield from _unused(source, block, within(used, block))


def planned(source: Source, new: Written) -> Iterator[Piece]:
    """Yield the pieces of the pictures, with what is written as items, their bytes at the end."""
    try:
        layout = Layout(source)
        added = _added(layout, new)
        places, end = [], 0  # what was where and is where, once all boxes have their length
        for piece in _boxes(layout, [(item, 0) for item, _ in added], lambda _: 0):
            if isinstance(piece, Copied):
                places.append((piece.offset, end))
            end += length_of([piece])
        places.sort()

        def move(offset: int) -> int:
            index = max(bisect_right(places, offset, key=itemgetter(0)) - 1, 0)
            return places[index][1] + offset - places[index][0] if places else 0

        lengths = accumulate((len(content) for _, content in added), initial=end + HEAD)
        yield from _boxes(layout, [(item, at) for (item, _), at in zip(added, lengths, strict=False)], move)
    except (Broken, OverflowError) as error:
        raise Unstrippable("The file's boxes are not as those of a picture are.") from error
    if added:
        yield box(PAYLOAD, *(content for _, content in added))


def _boxes(layout: Layout, added: Sequence[tuple[Item, int]], move: Callable[[int], int]) -> Iterator[Piece]:
    """Yield the boxes, which say of what was at an offset that it is where `move` tells. Raises Broken."""
    left = sum(stop - start for start, stop in layout.drawn)
    for block in layout.blocks:
        if block.name == "ftyp":
            yield Copied(block.offset, block.end - block.offset)
        elif block.name == "meta" and layout.meta:
            yield layout.meta.rebuilt(added, move)
        elif block.name == "moov":
            yield movie.rebuilt(layout.moov, move)
        elif ranges := within(layout.drawn, block):
            length = sum(stop - start for start, stop in ranges)
            yield (HEAD + length).to_bytes(4) + PAYLOAD
            yield from (Copied(start, stop - start) for start, stop in ranges)
            left -= length
    if left:
        raise Broken("pictures outside the boxes for them")


def _added(layout: Layout, new: Written) -> list[tuple[Item, bytes]]:
    """Return the items that are written, and what they say. Raises Broken where there is no place for any."""
    if not (new.exif or new.xmp):
        return []
    if not layout.meta:
        raise Broken("a film without items")
    said = [(b"Exif", b"", bytes(4) + new.exif)] if new.exif else []
    said += [(b"mime", XMP_TYPE, new.xmp)] if new.xmp else []
    added = []
    for number, (kind, type_, content) in enumerate(said, max(layout.meta.items, default=0) + 1):
        head = bytes([3 if number > 0xFFFF else 2, 0, 0, 0])
        added.append((Item(number, kind, head, type_, extents=[(0, 0, len(content))]), content))
    return added


def _said(meta: Meta, source: Source) -> Iterator[Packet]:
    for item in meta.items.values():
        if item.name:
            yield Packet(Kind.OTHER, item.name)
        if item.is_picture:
            continue
        content = meta.content_of(item, source)
        if item.kind == b"Exif":
            skipped = 4 + int.from_bytes(content[:4])
            yield Packet(Kind.EXIF, content[skipped:].removeprefix(b"Exif\0\0"))
        elif item.content_type == XMP_TYPE:
            yield Packet(Kind.XMP, content)
        else:
            yield Packet(Kind.OTHER, content)
    kept = meta.boxes_kept()
    for one in meta.boxes:
        if one not in kept and one.content.strip(b"\0"):
            yield Packet(Kind.OTHER, one.content)
        if one.name == b"iprp":
            yield from _properties(one.content)


def _properties(content: bytes) -> Iterator[Packet]:
    for one in children(content):
        if one.name == b"ipco":
            found = [each.content for each in children(one.content) if each.name in SAID]
            yield from (Packet(Kind.OTHER, each) for each in found if each.strip(b"\0"))


def _unused(source: Source, block: Block, used: Ranges) -> Iterator[Packet]:
    """Yield what a box holds beside those bytes, if it is not nothing."""
    start = block.start
    for stop, following in [*used, (block.stop, block.stop)]:
        if start < stop:
            for content in source.windows(Block(block.name, start, stop, start, stop)):
                if content.strip(b"\0"):
                    yield Packet(Kind.OTHER, content)
        start = following
