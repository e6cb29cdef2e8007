"""EXIF (CIPA DC-008) with the library's words in it. Nothing moves: new directories come behind all that is
there, so whatever a camera's own notes say of places in it stays right.
"""

import struct
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from images.imaging.words.words import Words, cut

IMAGE_DESCRIPTION, ARTIST, COPYRIGHT, SHOT = 0x010E, 0x013B, 0x8298, 0x8769
VERSION, TAKEN, TAKEN_OFFSET, TAKEN_FRACTION = 0x9000, 0x9003, 0x9011, 0x9291
USER_COMMENT, TITLE, PHOTOGRAPHER = 0x9286, 0xA436, 0xA437
TEXTS = {"description": IMAGE_DESCRIPTION, "author": ARTIST, "copyright": COPYRIGHT}
# Where Windows says the same in an encoding of its own: no longer true, and shown there before the others.
OF_WINDOWS = {"title": [0x9C9B], "description": [0x9C9C, 0x9C9F], "author": [0x9C9D], "keywords": [0x9C9E]}

BYTE, ASCII, LONG, UNDEFINED = 1, 2, 4, 7  # types; texts are in UTF-8, as readers take ASCII to be
SIZES = {BYTE: 1, ASCII: 1, LONG: 4, UNDEFINED: 1}  # bytes
MAX_SIZE = 65_527  # bytes that a segment of a JPEG has room for
BOUNDS = (MAX_SIZE, 2_000, 0)  # bytes of a text, tried in turn until all fits
EMPTY = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
ENTRY = 12  # bytes


class Value(NamedTuple):
    type: int
    content: bytes


Change = Mapping[int, Value | None]  # by tag; None takes it out


class Broken(Exception):
    """The structure has no first directory."""


class Directory(NamedTuple):
    entries: list[tuple[int, bytes]]  # tag, and the entry whole
    following: bytes  # the place of the next directory


def merged(packet: bytes, words: Words) -> bytes:
    """Return the TIFF structure of a copy of a file that has `packet`; empty where there is nothing to say.

    Where no room is left, it is the one that the file has.
    """
    for bound in BOUNDS:
        first, shot = of_words(words, bound), of_shot(words)
        try:
            structure = edited(packet, first, shot)
        except Broken:
            packet = b""
            structure = edited(EMPTY, first, shot) if any([*first.values(), *shot.values()]) else b""
        if len(structure) <= MAX_SIZE:
            return structure
    return packet


def of_words(words: Words, bound: int) -> dict[int, Value | None]:
    """Return what becomes of the first directory."""
    change: dict[int, Value | None] = {}
    for word, tag in TEXTS.items():
        text = getattr(words, word)
        if text is not None:
            change[tag] = _text(cut(text, bound))
    for word, tags in OF_WINDOWS.items():
        if getattr(words, word) is not None:
            change |= dict.fromkeys(tags)
    return change


def of_shot(words: Words) -> dict[int, Value | None]:
    """Return what becomes of the directory about the shot. What Exif 3.0 has for words goes: the older places
    say it. A comment may be anything, so it goes only where there is to be no description.
    """
    replaced = {TITLE: words.title, PHOTOGRAPHER: words.author}
    change: dict[int, Value | None] = {tag: None for tag, text in replaced.items() if text is not None}
    if words.description == "":
        change[USER_COMMENT] = None
    taken = words.taken
    if not taken:
        return change
    return change | {
        TAKEN: _text(taken.isoformat(" ", "seconds")[:19].replace("-", ":").encode()),
        TAKEN_OFFSET: _text(taken.isoformat()[-6:].encode() if taken.tzinfo else b""),
        TAKEN_FRACTION: _text(b"%03d" % (taken.microsecond // 1000) if taken.microsecond else b""),
    }


def _text(content: bytes) -> Value | None:
    return Value(ASCII, content + b"\0") if content else None


def edited(packet: bytes, first: Change, shot: Change) -> bytes:
    """Return the structure with these changes, the same where they change nothing. Raises Broken."""
    order = _order(packet)
    structure = bytearray(packet)
    directory = _directory(packet, struct.unpack_from(f"{order}I", packet, 4)[0], order)
    pointer = next((entry for tag, entry in directory.entries if tag == SHOT), None)
    about_it = Directory([], bytes(4))
    if pointer:
        with suppress(Broken):  # that it points nowhere
            about_it = _directory(packet, struct.unpack_from(f"{order}I", pointer, 8)[0], order)
    if any(shot.values()) and not about_it.entries:
        shot = {VERSION: Value(UNDEFINED, b"0232"), **shot}
    if shot := _needed(packet, about_it, shot, order):
        place = _append(structure, about_it, shot, order)
        first = {**first, SHOT: Value(LONG, struct.pack(f"{order}I", place))}
    if first := _needed(packet, directory, first, order):
        place = _append(structure, directory, first, order)
        struct.pack_into(f"{order}I", structure, 4, place)
    return bytes(structure)


def value_of(packet: bytes, tag: int) -> bytes:
    """Return what the first directory says under `tag`, nothing where it does not. Raises Broken."""
    order = _order(packet)
    directory = _directory(packet, struct.unpack_from(f"{order}I", packet, 4)[0], order)
    return next(
        (_value(packet, entry, order).content for each, entry in directory.entries if each == tag), b""
    )


def _order(packet: bytes) -> str:
    order = ORDERS.get(packet[:4])
    if order is None or len(packet) < 8:
        raise Broken
    return order


def _directory(packet: bytes, place: int, order: str) -> Directory:
    """Return the directory at `place`, what is whole of it. Raises Broken where there is none."""
    if place < 8 or place + 2 > len(packet):
        raise Broken
    (count,) = struct.unpack_from(f"{order}H", packet, place)
    end = place + 2 + ENTRY * count
    whole = [packet[start : start + ENTRY] for start in range(place + 2, min(end, len(packet)), ENTRY)]
    entries = [(struct.unpack(f"{order}H", entry[:2])[0], entry) for entry in whole if len(entry) == ENTRY]
    following = packet[end : end + 4]
    return Directory(entries, following if len(following) == 4 else bytes(4))


def _needed(packet: bytes, directory: Directory, change: Change, order: str) -> Change:
    """Return that part of `change` which is not so already."""
    there = {tag: _value(packet, entry, order) for tag, entry in directory.entries}
    return {
        tag: value
        for tag, value in change.items()
        if (tag in there if value is None else there.get(tag) != value)
    }


def _value(packet: bytes, entry: bytes, order: str) -> Value:
    """Return the value of an entry, nothing of types that no word is of."""
    kind, count, place = struct.unpack(f"{order}2xHII", entry)
    size = count * SIZES.get(kind, 0)
    return Value(kind, entry[8 : 8 + size] if size <= 4 else packet[place : place + size])


def _append(structure: bytearray, directory: Directory, change: Change, order: str) -> int:
    """Append the directory with `change`, and the values of it; return its place."""
    structure += bytes(len(structure) % 2)
    values = {tag: value for tag, value in change.items() if value is not None}
    entries = [(tag, entry) for tag, entry in directory.entries if tag not in change]
    place = len(structure)
    end = place + 2 + ENTRY * (len(entries) + len(values)) + 4
    contents = b""
    for tag, (kind, content) in values.items():
        if len(content) <= 4:
            said = content.ljust(4, b"\0")
        else:
            said = struct.pack(f"{order}I", end + len(contents))
            contents += content + bytes(len(content) % 2)
        entries.append((tag, struct.pack(f"{order}HHI", tag, kind, len(content) // SIZES[kind]) + said))
    entries.sort(key=lambda entry: entry[0])  # 4.6.2 of TIFF 6.0
    structure += struct.pack(f"{order}H", len(entries)) + b"".join(entry for _, entry in entries)
    structure += directory.following + contents
    return place
