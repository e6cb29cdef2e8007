"""A plan on its way: a child makes it, its parent checks it and makes the file. Knows no format."""

import struct
from collections.abc import Sequence
from typing import IO

from images.errors import Unstrippable
from images.imaging.containers.parts import MAX_PIECES, Copied, Plan

LINE = struct.Struct(
    "!?QQ"
)  # whether the piece is of the plan's own bytes, its place there or in the source, length
WINDOW = 2**20  # bytes that are copied at a time


def sent(plan: Plan) -> list[bytes]:
    """Return `plan` as two messages: a LINE for each piece, and the bytes of its own."""
    lines, own = [], []
    place = 0
    for piece in plan:
        if isinstance(piece, Copied):
            lines.append(LINE.pack(False, *piece))
        else:
            lines.append(LINE.pack(True, place, len(piece)))
            own.append(piece)
            place += len(piece)
    return [b"".join(lines), b"".join(own)]


def received(parts: Sequence[bytes], size: int) -> Plan:
    """Return the plan that was `sent`, of a source of `size` bytes.

    Raises Unstrippable when it reads elsewhere, or is more than the source and its own bytes: a file may have
    taken the child over.
    """
    try:
        lines, own = parts
        plan: Plan = []
        left = size + len(own)
        for is_own, offset, length in LINE.iter_unpack(lines[: LINE.size * (MAX_PIECES + 1)]):
            left -= length
            if offset + length > (len(own) if is_own else size) or left < 0 or len(plan) == MAX_PIECES:
                raise ValueError("no plan of this file")
            plan.append(bytes(own[offset : offset + length]) if is_own else Copied(offset, length))
    except (TypeError, ValueError, struct.error):
        raise Unstrippable("The file is damaged: it cannot be written anew.") from None
    return plan


def assemble(plan: Plan, file: IO[bytes], output: IO[bytes]) -> None:
    """Write what `plan` says to `output`, from where that stands; `file` is its source. Raises Unstrippable
    when the source ends before a piece does.
    """
    for piece in plan:
        if isinstance(piece, bytes):
            output.write(piece)
            continue
        file.seek(piece.offset)
        left = piece.length
        while left:
            window = file.read(min(left, WINDOW))
            if not window:
                raise Unstrippable("The file became shorter while it was read.")
            output.write(window)
            left -= len(window)
