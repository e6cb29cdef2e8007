"""The directories of a TIFF structure (TIFF 6.0, section 2; Exif 2.32, section 4.5), and BigTIFF's."""

import math
import struct
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

EXIF_IFD, GPS_IFD, SUB_IFDS = 0x8769, 0x8825, 0x014A
POINTERS = {EXIF_IFD: "exif", GPS_IFD: "gps", SUB_IFDS: "image"}

# Of each type its size, and how struct reads it (TIFF 6.0, Exif 3.0 and BigTIFF).
TYPES = {
    1: (1, "B"),
    2: (1, "c"),
    3: (2, "H"),
    4: (4, "I"),
    5: (8, "II"),
    6: (1, "b"),
    7: (1, "B"),
    8: (2, "h"),
    9: (4, "i"),
    10: (8, "ii"),
    11: (4, "f"),
    12: (8, "d"),
    13: (4, "I"),
    129: (1, "c"),
    16: (8, "Q"),
    17: (8, "q"),
    18: (8, "Q"),
}
MAX_DIRECTORIES, MAX_FIELDS = 100, 2_000  # of a structure, which is one page of a TIFF
MAX_NUMBERS = 16  # that are read of a field
MAX_VALUE = 256 * 1024  # bytes that are read of a field


class Field(NamedTuple):
    """One field of a directory, whose value is read when somebody asks for it."""

    structure: bytes
    order: str  # as struct says it
    type: int
    length: int
    offset: int

    @property
    def raw(self) -> bytes:
        """The bytes of the value, so many as there are."""
        size, _ = TYPES.get(self.type, (1, ""))
        return self.structure[self.offset : self.offset + min(self.length * size, MAX_VALUE)]

    @property
    def numbers(self) -> list[float | None]:
        """The numbers of the value, None for what is no finite one."""
        size, format_ = TYPES.get(self.type, (1, "B"))
        if format_ == "c":
            return []
        raw = self.raw[: size * MAX_NUMBERS]
        parts = struct.iter_unpack(self.order + format_, raw[: len(raw) // size * size])
        return [_number(*part) for part in parts]


class Directory(NamedTuple):
    """The fields of a directory by their tags; `name` is image, exif or gps.

    Without `is_readable` something points to a directory where none is.
    """

    name: str
    fields: dict[int, Field]
    is_readable: bool = True


def _number(value: float, divisor: float = 1) -> float | None:
    number = value / divisor if divisor else math.nan
    return round(number, 6) if math.isfinite(number) else None


class _Layout(NamedTuple):
    """How the numbers of a structure are written, those of BigTIFF in twice the room."""

    order: str
    number: struct.Struct
    entry: struct.Struct  # tag, type, length; then the value, or its place
    place: struct.Struct

    @classmethod
    def of(cls, structure: bytes) -> "_Layout":
        order = {b"II": "<", b"MM": ">"}.get(structure[:2])
        if order is None or len(structure) < 8:
            raise ValueError("no TIFF structure")
        is_big = structure[2:4] in (b"+\0", b"\0+")
        formats = ("Q", "HHQ", "Q") if is_big else ("H", "HHI", "I")
        return cls(order, *(struct.Struct(order + format_) for format_ in formats))


def directories(structure: bytes) -> Iterator[Directory]:
    """Yield the directories of a structure, each once; one not readable where there are too many.

    Raises ValueError when it is no structure.
    """
    layout = _Layout.of(structure)
    first = layout.place.size  # behind the order and 42, which with BigTIFF take twice the room too
    waiting = deque(("image", number) for number in _numbers(layout.place, structure, first))
    seen: set[int] = set()
    left = MAX_FIELDS
    while waiting:
        name, start = waiting.popleft()
        if start in seen or not start:
            continue
        seen.add(start)
        directory, count, end = _directory(structure, layout, name, start, left)
        left -= count
        if left <= 0 or len(seen) > MAX_DIRECTORIES:
            yield Directory("gps", {}, is_readable=False)
            return
        yield directory
        for tag, kind in POINTERS.items():
            numbers = directory.fields[tag].numbers if tag in directory.fields else []
            waiting.extend((kind, int(number)) for number in numbers if number)
        if name == "image":
            waiting.extend((name, number) for number in _numbers(layout.place, structure, end))


def directory_within(field: Field, offset: int) -> Directory:
    """Return the directory at `offset` in the value of `field`, where makers of cameras write their own."""
    layout = _Layout.of(field.structure)
    return _directory(field.structure, layout, "maker", field.offset + offset, MAX_FIELDS)[0]


def _directory(
    structure: bytes, layout: _Layout, name: str, start: int, most: int
) -> tuple[Directory, int, int]:
    """Return the directory at `start`, how many of its fields were read, and where they end."""
    counts = _numbers(layout.number, structure, start)
    if not counts:
        return Directory(name, {}, is_readable=False), 0, -1
    start += layout.number.size
    step = layout.entry.size + layout.place.size
    fields: dict[int, Field] = {}
    there = max(0, len(structure) - start) // step
    read = min(counts[0], there, most)
    for entry in range(start, start + read * step, step):
        tag, type_, length = layout.entry.unpack_from(structure, entry)
        place = entry + layout.entry.size
        if TYPES.get(type_, (1, ""))[0] * length > layout.place.size:
            (place,) = layout.place.unpack_from(structure, place)
        fields.setdefault(tag, Field(structure, layout.order, type_, length, place))
    is_readable = len(fields) > 0 or not counts[0]
    return Directory(name, fields, is_readable), read, start + counts[0] * step


def _numbers(numbers: struct.Struct, structure: bytes, place: int) -> tuple[int, ...]:
    """Return what is written at `place`; nothing where that is not within the structure."""
    is_within = 0 <= place <= len(structure) - numbers.size
    return numbers.unpack_from(structure, place) if is_within else ()
