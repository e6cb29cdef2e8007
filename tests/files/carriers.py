"""Files that carry metadata wherever their format has a place for it, made of a picture and packets."""

import struct
import zlib

XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
EXTENSION_HEAD = b"http://ns.adobe.com/xmp/extension/\0"


def tiff(tags: bytes = b"") -> bytes:
    """Return an Exif structure that says nothing but `tags`, written behind its empty directory."""
    return b"MM\0*\0\0\0\x08\0\0\0\0\0\0" + tags


def segment(marker: int, content: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def jpeg_with(picture: bytes, *segments: bytes, behind: bytes = b"") -> bytes:
    """Return a JPEG with `segments` right behind its start."""
    return picture[:2] + b"".join(segments) + picture[2:] + behind


def extended(xmp: bytes, size: int, guid: bytes = b"0" * 32) -> list[bytes]:
    """Return the segments of extended XMP, of so many bytes each."""
    places = range(0, len(xmp), size)
    return [
        segment(
            0xE1,
            EXTENSION_HEAD + guid + struct.pack(">II", len(xmp), place) + xmp[place : place + size],
        )
        for place in places
    ]


def resource(number: int, content: bytes, name: bytes = b"") -> bytes:
    """Return one of Photoshop's image resources."""
    named = bytes([len(name)]) + name + b"\0" * ((len(name) + 1) % 2)
    return b"8BIM" + struct.pack(">H", number) + named + struct.pack(">I", len(content)) + _even(content)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with(picture: bytes, *chunks: bytes, late: bytes = b"", behind: bytes = b"") -> bytes:
    """Return a PNG with `chunks` behind its first, and `late` before its last."""
    return picture[:33] + b"".join(chunks) + picture[33:-12] + late + picture[-12:] + behind


def raw_profile(name: str, content: bytes) -> bytes:
    """Return the chunk in which ImageMagick keeps a packet."""
    text = f"\n{name}\n{len(content):8}\n{content.hex()}\n".encode()
    return chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))


def piece(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a WebP."""
    return kind + struct.pack("<I", len(content)) + _even(content)


def webp_with(picture: bytes, *pieces: bytes, behind: bytes = b"") -> bytes:
    """Return a WebP with `pieces` as its last."""
    content = picture[12:] + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content + behind


def sub_blocks(content: bytes) -> bytes:
    """Return the sub-blocks of a GIF that hold `content`."""
    parts = [content[place : place + 255] for place in range(0, len(content), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def gif_xmp(xmp: bytes) -> bytes:
    """Return the extension of a GIF in which XMP stands as it is, and a trailer leads out of it."""
    return b"!\xff\x0bXMP DataXMP" + xmp + bytes([1, *range(255, -1, -1), 0])


def gif_with(picture: bytes, *extensions: bytes, behind: bytes = b"") -> bytes:
    """Return a GIF with `extensions` as its last blocks."""
    return picture[:-1] + b"".join(extensions) + b";" + behind


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)
