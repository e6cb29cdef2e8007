"""The packets of a copy with the library's words in it."""

from collections.abc import Sequence

from images.imaging.containers.parts import Kind, Packet, Written
from images.imaging.words import exif, iptc, xmp
from images.imaging.words.words import Words

# Where readers look for words in IPTC. In other formats what is there is kept up, and none is made.
HAVE_IPTC = ("JPEG", "TIFF")
TEXTS = ("title", "author", "description", "copyright")  # keywords that a PNG has for them (11.3.3.2)


def written(packets: Sequence[Packet], words: Words, format_name: str) -> Written:
    """Return what replaces the `packets` of a file of that format, those of XMP, IPTC and EXIF."""
    contents = {kind: [packet.content for packet in packets if packet.kind is kind] for kind in Kind}
    records = contents[Kind.IPTC]
    return Written(
        exif=exif.merged(next(iter(contents[Kind.EXIF]), b""), words),
        xmp=xmp.merged(contents[Kind.XMP], words),
        iptc=iptc.merged(records, words) if records or format_name in HAVE_IPTC else b"",
        replaced=frozenset(name for name in TEXTS if getattr(words, name) is not None),
    )
