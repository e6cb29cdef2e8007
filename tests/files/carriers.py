"""Files that carry metadata wherever their format has a place for it, made of a picture and packets."""

import struct
import zlib

from tests.factories import make_image

WORD = b"Hiddenville"
PNG_XMP = b"XML:com.adobe.xmp" + bytes(5)
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


def raw_profile(name: str, content: bytes, title: str = "") -> bytes:
    """Return the chunk in which ImageMagick keeps a packet, and exiftool under another title."""
    text = f"\n{title or name}\n{len(content):8}\n{content.hex()}\n".encode()
    return chunk(b"zTXt", f"Raw profile type {name}".encode() + b"\0\0" + zlib.compress(text))


def piece(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a WebP."""
    return kind + struct.pack("<I", len(content)) + _even(content)


def webp_with(picture: bytes, *pieces: bytes, behind: bytes = b"") -> bytes:
    """Return a WebP with `pieces` as its last, which its first chunk announces if it can: VP8X."""
    head = bytearray(picture[12:])
    if head.startswith(b"VP8X"):
        head[8] |= 0x0C  # Exif and XMP
    content = bytes(head) + b"".join(pieces)
    return b"RIFF" + struct.pack("<I", len(content) + 4) + b"WEBP" + content + behind


def sub_blocks(content: bytes) -> bytes:
    """Return the sub-blocks of a GIF that hold `content`."""
    parts = [content[place : place + 255] for place in range(0, len(content), 255)]
    return b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def gif_xmp(xmp: bytes) -> bytes:
    """Return the extension of a GIF in which XMP stands as it is, and a trailer leads out of it."""
    return b"!\xff\x0bXMP DataXMP" + xmp + bytes([1, *range(255, -1, -1), 0])


def gif_profile(profile: bytes) -> bytes:
    """Return the extension of a GIF that holds a profile."""
    return b"!\xff\x0bICCRGBG1012" + sub_blocks(profile)


def gif_with(picture: bytes, *extensions: bytes, behind: bytes = b"") -> bytes:
    """Return a GIF with `extensions` as its last blocks."""
    return picture[:-1] + b"".join(extensions) + b";" + behind


def exif(orientation: int) -> bytes:
    """Return an Exif structure that says WORD and a place, and has a small picture of its own."""
    small = make_image(size=(16, 12))
    word, degrees = WORD + b"\0", struct.pack(">6I", 48, 1, 51, 1, 30, 1)
    place = _directory(512, [(1, 2, 2, b"N\0"), (2, 5, 3, degrees), (3, 2, 2, b"E\0"), (4, 5, 3, degrees)])
    tags = [(0x010E, 2, len(word), word), (0x0112, 3, 1, struct.pack(">H", orientation))]
    tags.append((0x8825, 4, 1, struct.pack(">I", 512)))
    thumbnail = [(0x0201, 4, 1, struct.pack(">I", 1024)), (0x0202, 4, 1, struct.pack(">I", len(small)))]
    first = b"MM\0*\0\0\0\x08" + _directory(8, tags, following=768)
    return (
        (first.ljust(512, b"\0") + place).ljust(768, b"\0")
        + _directory(768, thumbnail).ljust(256, b"\0")
        + small
    )


def xmp(orientation: int) -> bytes:
    """Return a packet that says WORD and a place."""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description rdf:about="" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        b'xmlns:tiff="http://ns.adobe.com/tiff/1.0/" photoshop:City="%s" tiff:Orientation="%d"/>'
        b"</rdf:RDF></x:xmpmeta>" % (WORD, orientation)
    )


def iptc() -> bytes:
    """Return records that say WORD is the city."""
    return b"\x1c\x02\x5a" + struct.pack(">H", len(WORD)) + WORD


FILM = (
    b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"
    + b"\0\0\0\x2bmoov\0\0\0\x23udta\0\0\0\x1b\xa9xyz\0\x0f\x15\xc7"
    + WORD
)


def full(format_: str, orientation: int, picture: bytes) -> bytes:
    """Return `picture`, which has no metadata, with WORD wherever its format has room for it."""
    shot, said = exif(orientation), xmp(orientation)
    resources = (
        b"Photoshop 3.0\0" + resource(0x0404, iptc()) + resource(0x040C, WORD) + resource(0x0424, said)
    )
    if format_ == "JPEG":
        second = jpeg_with(picture, segment(0xE1, b"Exif\0\0" + shot))
        notes = [
            segment(0xE0, b"JFXX\0\x10" + picture[:60_000]),
            segment(0xFE, WORD),
            segment(0xED, resources),
        ]
        notes += [segment(marker, WORD) for marker in (0xE1, 0xE2, 0xE3, 0xE7, 0xEA, 0xEB, 0xEC, 0xEF)]
        notes += extended(said, 300)
        first = [
            segment(0xE1, b"Exif\0\0" + shot),
            segment(0xE1, XMP_HEAD + said),
            segment(0xE1, b"Exif\0\0" + shot),
        ]
        return jpeg_with(picture, *first, *notes, WORD, behind=second + FILM)
    if format_ == "PNG":
        texts = [chunk(b"tEXt", b"Comment\0" + WORD), chunk(b"zTXt", b"Title\0\0" + zlib.compress(WORD))]
        texts += [
            chunk(b"iTXt", b"Author\0\0\0\0\0" + WORD),
            chunk(b"iTXt", PNG_XMP + said),
            chunk(b"tIME", bytes(7)),
        ]
        texts += [
            raw_profile("exif", b"Exif\0\0" + shot),
            raw_profile("iptc", resources[14:]),
            chunk(b"prVt", WORD),
        ]
        return png_with(
            picture, *texts, late=chunk(b"eXIf", shot) + chunk(b"tEXt", b"Late\0" + WORD), behind=WORD
        )
    if format_ == "WEBP":
        return webp_with(
            picture, piece(b"EXIF", shot), piece(b"XMP ", said), piece(b"ABCD", WORD), behind=WORD
        )
    notes = [b"!\xfe" + sub_blocks(WORD), gif_xmp(said), b"!\xff\x0bMGKIPTC0000" + sub_blocks(iptc())]
    return gif_with(picture, *notes, WORD, b"!\x01" + sub_blocks(bytes(12)), behind=WORD)


def _directory(at: int, tags: list[tuple[int, int, int, bytes]], following: int = 0) -> bytes:
    """Return a directory of TIFF that stands at this place: tags as number, type, count and value."""
    values = at + 2 + 12 * len(tags) + 4
    entries, behind = b"", b""
    for number, type_, count, value in tags:
        entries += struct.pack(">HHI", number, type_, count)
        if len(value) <= 4:
            entries += value.ljust(4, b"\0")
        else:
            entries += struct.pack(">I", values + len(behind))
            behind += value
    return struct.pack(">H", len(tags)) + entries + struct.pack(">I", following) + behind


def _even(content: bytes) -> bytes:
    return content + b"\0" * (len(content) % 2)
