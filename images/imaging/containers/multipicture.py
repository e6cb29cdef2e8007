"""The index of further pictures behind the first in a JPEG (CIPA DC-007, Multi-Picture Format)."""

import struct

SIGNATURE = b"MPF\0"
ENTRIES = 0xB002
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
MAX_PICTURES = 1_000


def moved(index: bytes, grown: int, shifted: int) -> bytes:
    """Return `index` for a first picture that is `grown` bytes longer, so that the others lie `shifted` bytes
    further behind the index; one that makes no sense as it is.
    """
    changed = bytearray(index)
    try:
        order = ORDERS[index[:4]]
        (place,) = struct.unpack_from(f"{order}I", index, 4)
        (count,) = struct.unpack_from(f"{order}H", index, place)
        tags = {
            tag: (length, start)
            for tag, length, start in (
                struct.unpack_from(f"{order}H2xII", index, place + 2 + 12 * number) for number in range(count)
            )
        }
        length, start = tags[ENTRIES]
        for entry in range(start, start + 16 * min(length // 16, MAX_PICTURES), 16):
            size, offset = struct.unpack_from(f"{order}II", index, entry + 4)
            size, offset = (size, offset + shifted) if offset else (size + grown, offset)
            struct.pack_into(f"{order}II", changed, entry + 4, size, offset)
    except (struct.error, LookupError):
        return index
    return bytes(changed)
