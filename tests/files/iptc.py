"""IPTC (IIM 4.2) as bytes."""

import struct


def dataset(record: int, number: int, value: bytes) -> bytes:
    """Return one data set."""
    return struct.pack(">BBBH", 0x1C, record, number, len(value)) + value


def datasets(records: bytes) -> dict[tuple[int, int], list[bytes]]:
    """Return the values of each data set of well-formed records, in their order."""
    found: dict[tuple[int, int], list[bytes]] = {}
    while records:
        marker, record, number, length = struct.unpack_from(">BBBH", records)
        assert marker == 0x1C
        start = 5
        if length > 0x8000:
            start += length - 0x8000
            length = int.from_bytes(records[5:start])
        assert len(records) >= start + length
        found.setdefault((record, number), []).append(records[start : start + length])
        records = records[start + length :]
    return found
