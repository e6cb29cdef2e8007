"""The items of a HEIF or AVIF file: pictures, and what is said of them (ISO 14496-12, section 8.11)."""

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from images.imaging.containers.boxes import Box, Ranges, Reader, box, children, written
from images.imaging.containers.source import MAX_BLOCKS, MAX_CONTENT, Broken, Source

XMP_TYPE = b"application/rdf+xml"

# Items that are pictures, coded or derived. All others are metadata.
PICTURES = {
    *(b"hvc1", b"hev1", b"lhv1", b"av01", b"avc1", b"vvc1", b"evc1", b"jpeg", b"j2k1", b"unci", b"mski"),
    *(b"grid", b"iden", b"iovl", b"tmap"),
}
STRUCTURE = {b"hdlr", b"dinf", b"pitm", b"iinf", b"iref", b"iprp", b"iloc", b"idat", b"grpl"}  # of meta
SAID = {b"udes", b"crtt", b"mdft", b"uuid", b"free", b"skip"}  # properties that say and do not draw
IN_FILE, IN_IDAT = 0, 1  # construction methods: where offsets start


@dataclass
class Item:
    """One item. Extents are index, offset (from the start of the file or of idat) and length."""

    id: int
    kind: bytes
    head: bytes = bytes(4)  # version and flags of its infe
    content_type: bytes = b""
    name: bytes = b""
    method: int = IN_FILE
    extents: list[tuple[int, int, int]] = field(default_factory=list)

    @property
    def is_picture(self) -> bool:
        return self.kind in PICTURES

    def places_in_file(self) -> Ranges:
        return [(start, start + length) for _, start, length in self.extents if self.method == IN_FILE]


class Meta:
    """What a meta box holds: its items, and its other boxes."""

    def __init__(self, content: bytes, size: int):
        """Read `content`, of a file of `size` bytes. Raises Broken."""
        self.boxes = list(children(content[4:]))
        self.items: dict[int, Item] = {}
        self.idat = self._content(b"idat")
        self._read_names(Reader(self._content(b"iinf")))
        self._read_places(Reader(self._content(b"iloc")), size)

    def content_of(self, item: Item, source: Source) -> bytes:
        """Return what `item` says; nothing of more than MAX_CONTENT."""
        if sum(length for _, _, length in item.extents) > MAX_CONTENT:
            return b""
        parts = []
        for _, offset, length in item.extents:
            if item.method == IN_FILE:
                parts.append(source.read(offset, length))
            elif item.method == IN_IDAT:
                parts.append(self.idat[offset : offset + length])
        return b"".join(parts)

    def primary(self) -> int:
        reader = Reader(self._content(b"pitm"))
        return reader.number(4 if reader.number(4) >> 24 else 2)

    def rebuilt(self, added: Iterable[tuple[Item, int]], move: Callable[[int], int]) -> bytes:
        """Return a meta box with the pictures, and the items that are `added`, each with its place in the new
        file; `move` tells where in it is what was at an offset of the file.
        """
        pictures = [item for item in self.items.values() if item.is_picture]
        idat, places = bytearray(), {}
        for item in pictures:
            moved = []
            for index, offset, length in item.extents:
                if item.method == IN_IDAT:
                    moved.append((index, len(idat), length))
                    idat += self.idat[offset : offset + length]
                    if len(idat) > MAX_CONTENT:
                        raise Broken("items that are there many times")
                else:
                    moved.append((index, move(offset) if item.method == IN_FILE else offset, length))
            places[item.id] = moved
        new = list(added)
        places |= {item.id: [(0, place, item.extents[0][2])] for item, place in new}
        items = [*pictures, *(item for item, _ in new)]
        about = b"".join(box(b"cdsc", struct.pack(">IHI", item.id, 1, self.primary())) for item, _ in new)
        made = {
            b"hdlr": lambda content: content[:12] + bytes(13),
            b"iinf": lambda _: _iinf(items),
            b"iloc": lambda _: _iloc(items, places),
            b"idat": lambda _: bytes(idat),
            b"iref": lambda content: self._iref(content, about),
            b"iprp": self._iprp,
        }
        kept = [Box(one.name, made.get(one.name, bytes)(one.content)) for one in self.boxes_kept()]
        if about and not any(one.name == b"iref" for one in kept):
            kept.append(Box(b"iref", self._iref(b"", about)))
        return box(b"meta", bytes(4), written(one for one in kept if one.content))

    def boxes_kept(self) -> list[Box]:
        return [one for one in self.boxes if one.name in STRUCTURE]

    def _content(self, name: bytes) -> bytes:
        return next((one.content for one in self.boxes if one.name == name), b"")

    def _read_names(self, reader: Reader) -> None:
        if not reader.rest():
            return
        reader.take(4 if reader.number(4) >> 24 else 2)  # a number that the boxes make plain
        for one in children(reader.rest()):
            part = Reader(one.content)
            head = part.take(4)
            if head[0] < 2:
                raise Broken("items without a kind")
            number = part.number(4 if head[0] > 2 else 2)
            part.take(2)
            kind, name = part.take(4), part.text()
            content_type = part.text() if kind == b"mime" else b""
            self.items[number] = Item(number, kind, head, content_type, name)
            if len(self.items) > MAX_BLOCKS:
                raise Broken("more items than a file has")

    def _read_places(self, reader: Reader, size: int) -> None:
        if not reader.rest():
            return
        version, widths = reader.number(4) >> 24, reader.number(2)
        offset_width, length_width, base_width = widths >> 12, widths >> 8 & 15, widths >> 4 & 15
        index_width = widths & 15 if version else 0
        left = MAX_BLOCKS
        for _ in range(reader.number(4 if version > 1 else 2)):
            number = reader.number(4 if version > 1 else 2)
            method = reader.number(2) & 15 if version else IN_FILE
            reader.take(2)
            base, count, extents = reader.number(base_width), reader.number(2), []
            left -= count
            if left < 0:
                raise Broken("items in more parts than a file has")
            for _ in range(count):
                index, offset = reader.number(index_width), base + reader.number(offset_width)
                whole = {IN_FILE: size, IN_IDAT: len(self.idat)}.get(method, offset)
                extents.append((index, offset, reader.number(length_width) or max(whole - offset, 0)))
            if item := self.items.get(number):
                item.method, item.extents = method, extents

    def _iref(self, content: bytes, about: bytes) -> bytes:
        """Return the references between pictures, and those that are `about` one."""
        width = 4 if not content or content[0] else 2
        lines = about if width == 4 else _narrow(about)
        for one in children(content[4:]):
            reader = Reader(one.content)
            origin = reader.number(width)
            targets = [reader.number(width) for _ in range(reader.number(2))]
            targets = [target for target in targets if target not in self.items or self._stays(target)]
            if targets and self._stays(origin):
                numbers = b"".join(target.to_bytes(width) for target in targets)
                lines += box(one.name, origin.to_bytes(width), len(targets).to_bytes(2), numbers)
        return (content[:4] or b"\1\0\0\0") + lines if lines else b""

    def _iprp(self, content: bytes) -> bytes:
        return written(
            Box(one.name, {b"ipco": _ipco, b"ipma": self._ipma}.get(one.name, bytes)(one.content))
            for one in children(content)
            if one.name in (b"ipco", b"ipma")
        )

    def _ipma(self, content: bytes) -> bytes:
        """Return which properties the pictures have."""
        reader, lines = Reader(content), []
        head = reader.take(4)
        width, each = 4 if head[0] else 2, 2 if head[3] & 1 else 1
        for _ in range(reader.number(4)):
            number, count = reader.number(width), reader.number(1)
            properties = reader.take(count * each)
            if self._stays(number):
                lines.append(number.to_bytes(width) + bytes([count]) + properties)
        return head + len(lines).to_bytes(4) + b"".join(lines)

    def _stays(self, number: int) -> bool:
        return number in self.items and self.items[number].is_picture


def _ipco(content: bytes) -> bytes:
    """Return the properties; in the place of what says and does not draw, as they are numbered, nothing."""
    return written(Box(b"free", b"") if one.name in SAID else one for one in children(content))


def _iinf(items: list[Item]) -> bytes:
    lines = []
    for item in items:
        number = item.id.to_bytes(4 if item.head[0] > 2 else 2)
        kind = item.kind + (b"\0" + item.content_type + b"\0\0" if item.content_type else b"\0")
        lines.append(box(b"infe", item.head, number, bytes(2), kind))
    wide = len(lines) > 0xFFFF
    return bytes([wide, 0, 0, 0]) + len(lines).to_bytes(4 if wide else 2) + b"".join(lines)


def _iloc(items: list[Item], places: dict[int, list[tuple[int, int, int]]]) -> bytes:
    """Return where items are, with 32 bits for each number. Raises Broken where they are too few."""
    wide = any(item.id > 0xFFFF for item in items) or len(items) > 0xFFFF
    version = 2 if wide else 1 if any(item.method for item in items) else 0
    head = bytes([version, 0, 0, 0, 0x44, 0x04 if version else 0])
    lines = [head + len(items).to_bytes(4 if wide else 2)]
    try:
        for item in items:
            method = struct.pack(">H", item.method) if version else b""
            extents = [struct.pack(">III", *extent)[0 if version else 4 :] for extent in places[item.id]]
            number = item.id.to_bytes(4 if wide else 2)
            lines.append(number + method + bytes(2) + len(extents).to_bytes(2) + b"".join(extents))
    except (struct.error, OverflowError):
        raise Broken("a place past 4 GiB") from None
    return b"".join(lines)


def _narrow(about: bytes) -> bytes:
    """Return references between items whose numbers have 16 bits. Raises Broken where one has more."""
    lines = b""
    for one in children(about):
        origin, count, target = struct.unpack(">IHI", one.content)
        if max(origin, target) > 0xFFFF:
            raise Broken("a number of more bits than the others")
        lines += box(one.name, struct.pack(">HHH", origin, count, target))
    return lines
