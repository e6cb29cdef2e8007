"""Directories of TIFF, classic and big (TIFF 6.0, section 2; BigTIFF): tags and their values."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from images.imaging.containers.source import MAX_CONTENT, Broken, Source

MAX_ENTRIES = 100_000  # of all directories of a file
MAX_VALUES = 64 * 2**20  # bytes of all values of a file that are read

BYTE, ASCII, SHORT, LONG, UNDEFINED, LONG8 = 1, 2, 3, 4, 7, 16
WIDTHS = {  # of types 1 to 18, bytes of one value
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
UNITS = WIDTHS | {5: 4, 10: 4}  # bytes that change places where the order of bytes is another
EXIF, GPS, INTEROPERABILITY = 34665, 34853, 40965  # tags that point to a directory
POINTERS = {EXIF, GPS, INTEROPERABILITY}
MAX_DEPTH = 3  # of directories in each other


@dataclass(frozen=True)
class Form:
    """How a file writes numbers: their order of bytes, and whether it is a BigTIFF."""

    order: Literal["little", "big"]
    is_big: bool = False

    @property
    def width(self) -> int:
        """Bytes of an offset."""
        return 8 if self.is_big else 4

    def head(self) -> bytes:
        """Return what such a file begins with, its first directory following."""
        mark = b"II" if self.order == "little" else b"MM"
        if self.is_big:
            return mark + self.packed(43, 2) + self.packed(8, 2) + bytes(2) + self.packed(16, 8)
        return mark + self.packed(42, 2) + self.packed(8, 4)

    def packed(self, number: int, width: int) -> bytes:
        return number.to_bytes(width, self.order)

    def number(self, data: bytes) -> int:
        return int.from_bytes(data, self.order)

    def numbers(self, entry: "Entry") -> list[int]:
        """Return the value as whole numbers."""
        width = WIDTHS[entry.type]
        return [self.number(entry.value[at : at + width]) for at in range(0, len(entry.value), width)]


MARKS = {
    b"II*\0": Form("little"),
    b"MM\0*": Form("big"),
    b"II+\0": Form("little", is_big=True),
    b"MM\0+": Form("big", is_big=True),
}


class Entry(NamedTuple):
    """One tag: its type and value, as bytes in the order of the file; of a pointer the directory itself."""

    tag: int
    type: int
    value: bytes
    directory: tuple["Entry", ...] = ()


class Place(NamedTuple):
    """A value that was not read yet: so many bytes of a type, from an offset on."""

    tag: int
    type: int
    offset: int
    length: int


class Tiff:
    """A file's directories, read as far as they are there."""

    def __init__(self, source: Source):
        """Raises Broken when it is no TIFF."""
        head = source.read(0, 16)
        if head[:4] not in MARKS:
            raise Broken("no TIFF")
        self.source, self.form = source, MARKS[head[:4]]
        self._first = self.form.number(head[8:16] if self.form.is_big else head[4:8])
        self.used = [(0, len(self.form.head()))]
        self._seen: set[int] = set()
        self._entries, self._left = MAX_ENTRIES, MAX_VALUES

    def pages(self) -> Iterator[list[Place]]:
        """Yield the directory of each page. Raises Broken."""
        offset = self._first
        while offset and offset not in self._seen:
            page, offset = self.directory(offset)
            yield page

    def directory(self, offset: int) -> tuple[list[Place], int]:
        """Return the directory at `offset` and where the next one is. Raises Broken, also if it was read."""
        if offset in self._seen:
            raise Broken("a directory that is in two places")
        self._seen.add(offset)
        form = self.form
        wide, each = (8, 20) if form.is_big else (2, 12)
        count = form.number(self.source.read(offset, wide))
        self._entries -= count
        if self._entries < 0:
            raise Broken("more tags than are read")
        table = self.source.read(offset + wide, count * each + form.width)
        if len(table) < count * each:
            raise Broken("a directory that ends too early")
        self.used.append((offset, offset + wide + len(table)))
        places = []
        for at in range(0, count * each, each):
            tag, type_ = form.number(table[at : at + 2]), form.number(table[at + 2 : at + 4])
            length = form.number(table[at + 4 : at + 4 + form.width]) * WIDTHS.get(type_, 0)
            start = offset + wide + at + 4 + form.width
            if length > form.width:
                start = form.number(table[at + each - form.width : at + each])
            if length:
                places.append(Place(tag, type_, start, length))
                self.used.append((start, start + length))
        return places, form.number(table[count * each :])

    def read(self, place: Place) -> bytes:
        """Return a value; nothing of one that is too large, or not there. Raises Broken after too many."""
        if place.length > MAX_CONTENT:
            return b""
        self._left -= place.length
        if self._left < 0:
            raise Broken("more in tags than is read")
        value = self.source.read(place.offset, place.length)
        return value if len(value) == place.length else b""

    def entries(self, places: Iterable[Place], depth: int = 0) -> list[Entry]:
        """Return the tags that have a value, of a pointer what it points to. Raises Broken."""
        entries = []
        for place in places:
            value, type_, inner = self.read(place), place.type, []
            if place.tag in POINTERS and depth < MAX_DEPTH:
                type_ = LONG
                offset, value = self.form.number(value[:8]), b""
                if offset not in self._seen:
                    inner = self.entries(self.directory(offset)[0], depth + 1)
            if value or inner:
                entries.append(Entry(place.tag, type_, value, tuple(inner)))
        return entries


def turned(entry: Entry, form: Form, to: Form) -> Entry:
    """Return the tag of a file of one `form` as one of another has it."""
    inner = tuple(turned(each, form, to) for each in entry.directory)
    unit = UNITS[entry.type]
    if form.order == to.order or unit == 1:
        return entry._replace(directory=inner)
    value = b"".join(entry.value[at : at + unit][::-1] for at in range(0, len(entry.value), unit))
    return Entry(entry.tag, entry.type, value, inner)


def laid_out(
    entries: list[Entry], form: Form, at: int, following: Callable[[int], int] = lambda _: 0
) -> bytes:
    """Return a directory at offset `at` with its values behind it, of an even length; `following` tells from
    the offset behind it where the next one is.
    """
    wide, each = (8, 20) if form.is_big else (2, 12)
    entries = sorted(entries)
    end = at + wide + len(entries) * each + form.width
    table, values = [form.packed(len(entries), wide)], []
    for entry in entries:
        type_, value = entry.type, entry.value
        count = len(value) // WIDTHS[type_]
        if entry.directory:
            value, count = laid_out(list(entry.directory), form, end), 1
            type_ = LONG8 if form.is_big else LONG
        if len(value) > form.width or entry.directory:
            place = form.packed(end, form.width)
            value += b"\0" * (len(value) % 2)
            values.append(value)
            end += len(value)
        else:
            place = value.ljust(form.width, b"\0")
        table += [form.packed(entry.tag, 2), form.packed(type_, 2), form.packed(count, form.width), place]
    return b"".join([*table, form.packed(following(end), form.width), *values])
