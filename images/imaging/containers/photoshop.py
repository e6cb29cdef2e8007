"""Photoshop's image resources, in which JPEG and TIFF carry IPTC (Adobe Photoshop File Formats, 2019)."""

import struct
from collections.abc import Iterator

from images.imaging.containers.parts import Kind, Packet

SIGNATURE = b"8BIM"
SIGNATURES = (SIGNATURE, b"PHUT", b"AgHg", b"DCSR", b"MeSa")
IPTC = 0x0404
DIGEST, UNKNOWN = 0x0425, -1
KINDS = {IPTC: Kind.IPTC, 0x0422: Kind.EXIF, 0x0423: Kind.EXIF, 0x0424: Kind.XMP}


def resource(number: int, content: bytes) -> bytes:
    """Return the resource of this number, without a name."""
    return SIGNATURE + struct.pack(">HHI", number, 0, len(content)) + content + b"\0" * (len(content) % 2)


def packets(resources: bytes) -> Iterator[Packet]:
    """Yield what the resources hold, those that cannot be told apart as one of kind OTHER."""
    for number, content, _ in _parts(resources):
        if content:
            yield Packet(KINDS.get(number, Kind.OTHER), content)


def others(resources: bytes) -> bytes:
    """Return the resources that are no packets, nor the digest of one."""
    return b"".join(whole for number, _, whole in _parts(resources) if number not in (*KINDS, DIGEST))


def _parts(resources: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield the number of each resource, what it holds, and all of it; last what cannot be told apart."""
    offset = 0
    while resources[offset : offset + 4] in SIGNATURES:
        named = offset + 7 + resources[offset + 6] if len(resources) > offset + 6 else len(resources)
        start = named + (named - offset) % 2
        head = resources[offset + 4 : offset + 6] + resources[start : start + 4]
        if len(head) < 6:
            break
        number, length = struct.unpack(">HI", head)
        end = start + 4 + length + length % 2
        yield number, resources[start + 4 : start + 4 + length], resources[offset:end]
        offset = end
    if rest := resources[offset:].strip(b"\0"):
        yield UNKNOWN, rest, resources[offset:]
