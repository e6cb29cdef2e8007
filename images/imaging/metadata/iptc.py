"""Reads IPTC's records (IPTC-NAA Information Interchange Model 4.2), in whatever coding they are."""

from typing import Any

from images.imaging.metadata import words
from images.imaging.metadata.moments import moment

MARKER = 0x1C
CODING = (1, 90)
LATIN_1 = b"\x1b.A"  # an escape sequence of ISO 2022; UTF-8 is known by itself, declared or not
DATE, TIME = (2, 55), (2, 60)
NAMES = {
    (2, 5): "title",
    (2, 105): "headline",
    (2, 120): "description",
    (2, 80): "author",
    (2, 110): "credit",
    (2, 115): "source",
    (2, 116): "copyright",
    (2, 25): "keywords",
}
MAX_FIELDS = 10_000

Fields = dict[tuple[int, int], list[str]]


def read(records: bytes) -> dict[str, Any]:
    """Return what the records say."""
    found = fields(records)
    said: dict[str, Any] = {name: "; ".join(found.get(key, [])) for key, name in NAMES.items()}
    said["keywords"] = found.get((2, 25), [])
    said["source_url"] = words.url(said["source"])
    day, time = ("".join(found.get(key, [])[:1]) for key in (DATE, TIME))
    taken = (moment(day + time) or moment(day)) if day else None
    return said | {"moments": [taken] if taken else []}


def fields(records: bytes) -> Fields:
    """Return the texts of the fields by record and number, in their order."""
    raw: dict[tuple[int, int], list[bytes]] = {}
    place = 0
    for _ in range(MAX_FIELDS):
        if place + 5 > len(records) or records[place] != MARKER:
            break
        key = records[place + 1], records[place + 2]
        size = int.from_bytes(records[place + 3 : place + 5])
        place += 5
        if size & 0x8000:  # so many bytes of length follow
            size &= 0x7FFF
            place, size = place + size, int.from_bytes(records[place : place + min(size, 4)])
        raw.setdefault(key, []).append(records[place : place + size])
        place += size
    coding = coding_of(b"".join(raw.get(CODING, [])[:1]), raw)
    return {
        key: [value.decode(coding, "replace").strip("\0 \r\n") for value in values]
        for key, values in raw.items()
    }


def coding_of(escape: bytes, raw: dict[tuple[int, int], list[bytes]]) -> str:
    """Return the coding that the records declare; else one that makes words of all their texts together."""
    if escape == LATIN_1:
        return "latin-1"
    texts = (value for (record, _), values in raw.items() if record == 2 for value in values)
    return words.coding(b"\n".join(texts))
