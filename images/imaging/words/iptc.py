"""IPTC (IIM 4.2) with the library's words in it, in UTF-8, for readers that know no XMP."""

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from images.imaging.metadata.iptc import coding_of
from images.imaging.words.words import Words, cut

VERSION_OF_ENVELOPE, CHARACTER_SET, VERSION = (1, 0), (1, 90), (2, 0)
UTF_8 = b"\x1b%G"
KEYWORDS, DATE_CREATED, TIME_CREATED = (2, 25), (2, 55), (2, 60)

# Where a word goes, and how many bytes of it at most: of more, XMP has the whole.
TEXTS = {
    "title": ((2, 5), 64),
    "author": ((2, 80), 32),
    "credit": ((2, 110), 32),
    "copyright": ((2, 116), 128),
    "description": ((2, 120), 2000),
}
MAX_KEYWORD = 64  # bytes
BINARY = {(2, 0), (2, 125), (2, 150), (2, 151), (2, 152), (2, 153), (2, 200), (2, 201), (2, 202)}


class DataSet(NamedTuple):
    name: tuple[int, int]  # record and number
    value: bytes


def merged(packets: Sequence[bytes], words: Words) -> bytes:
    """Return the records of a copy of a file that has `packets`; empty where there is nothing to say."""
    theirs = [data_set for packet in packets for data_set in _recoded(list(_data_sets(packet)))]
    replaced = {CHARACTER_SET}
    ours = []
    for word, (name, limit) in TEXTS.items():
        text = getattr(words, word)
        if text is not None:
            replaced.add(name)
            ours.append(DataSet(name, cut(text, limit)))
    if words.keywords is not None:
        replaced.add(KEYWORDS)
        ours += [DataSet(KEYWORDS, cut(keyword, MAX_KEYWORD)) for keyword in words.keywords]
    if words.taken:
        replaced |= {DATE_CREATED, TIME_CREATED}
        ours.append(DataSet(DATE_CREATED, words.taken.strftime("%Y%m%d").zfill(8).encode()))
        if words.taken.tzinfo:  # a time without its offset is none (2:60)
            ours.append(DataSet(TIME_CREATED, words.taken.strftime("%H%M%S%z")[:11].encode()))
    kept = [data_set for data_set in theirs if data_set.name not in replaced]
    kept += [data_set for data_set in ours if data_set.value]
    if not kept:
        return b""
    names = {data_set.name for data_set in kept}
    versions = [DataSet(name, b"\0\4") for name in (VERSION_OF_ENVELOPE, VERSION) if name not in names]
    kept += [DataSet(CHARACTER_SET, UTF_8), *versions]
    return b"".join(map(_encoded, sorted(kept, key=lambda data_set: data_set.name)))


def _data_sets(packet: bytes) -> Iterator[DataSet]:
    """Yield what is whole of the records, up to where they are broken."""
    place = 0
    while len(packet) - place >= 5 and packet[place] == 0x1C:
        record, number, length = struct.unpack_from(">BBH", packet, place + 1)
        place += 5
        if length & 0x8000:  # the length of the length (1.6.2)
            size = length & 0x7FFF
            if size > 4:
                return
            length = int.from_bytes(packet[place : place + size])
            place += size
        if len(packet) - place < length:
            return
        yield DataSet((record, number), packet[place : place + length])
        place += length


def _recoded(data_sets: list[DataSet]) -> list[DataSet]:
    """Return them with their texts in UTF-8, whatever they are in."""
    values: dict[tuple[int, int], list[bytes]] = {}
    for name, value in data_sets:
        if name not in BINARY:
            values.setdefault(name, []).append(value)
    coding = coding_of(b"".join(values.get(CHARACTER_SET, [])[:1]), values)
    return [
        DataSet(name, value if name[0] != 2 or name in BINARY else value.decode(coding, "replace").encode())
        for name, value in data_sets
    ]


def _encoded(data_set: DataSet) -> bytes:
    (record, number), value = data_set
    length = struct.pack(">H", len(value)) if len(value) < 0x8000 else struct.pack(">HI", 0x8004, len(value))
    return bytes((0x1C, record, number)) + length + value
