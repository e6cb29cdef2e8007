"""What the packets of a file say, merged: XMP is believed before IPTC, that before Exif, each by itself.

So says the Metadata Working Group (Guidelines for Handling Image Metadata 2.0, 5). Its digest, which tells
that a program that knows no XMP changed IPTC, is not asked: there are hardly any such programs left.
"""

from collections.abc import Callable, Sequence
from typing import Any

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata import exif, iptc, texts, words, xmp
from images.imaging.metadata.licences import identifier
from images.imaging.metadata.moments import Moment, most_exact

READERS: dict[Kind, Callable[[bytes], dict[str, Any]]] = {  # the most trusted first
    Kind.XMP: xmp.read,
    Kind.IPTC: iptc.read,
    Kind.EXIF: exif.read,
    Kind.TEXT: texts.read,
}
FACTS = ("camera", "lens", "exposure_time", "f_number", "iso", "focal_length", "location", "rating")
MAX_READ = 8  # packets of each kind
LICENCE_TEXTS = ("licence_url", "usage_terms", "copyright")


def read_metadata(packets: Sequence[Packet]) -> tuple[Moment | None, dict[str, Any]]:
    """Return when the picture was taken and a table of what else its packets say.

    The table may have: camera, lens, exposure_time (seconds), f_number, iso, focal_length (millimetres),
    location (latitude and longitude, degrees), rating (1 to 5, or -1) and words: a table too, of what
    words.LIMITS names, keywords (a list) and licence (an identifier). What makes no sense is left out.
    """
    moments: list[Moment] = []
    merged: dict[str, Any] = {}
    for kind in READERS:
        for packet in [packet for packet in packets if packet.kind == kind][:MAX_READ]:
            said = _read(packet)
            moments += said.pop("moments", [])
            for name, value in said.items():
                if name not in merged and (kept := _kept(name, value)):
                    merged[name] = kept
    merged["licence"] = identifier(merged[name] for name in LICENCE_TEXTS if name in merged)
    said_words = {name: merged[name] for name in (*words.LIMITS, "licence", "keywords") if merged.get(name)}
    facts = {name: merged[name] for name in FACTS if name in merged}
    return most_exact(moments), facts | ({"words": said_words} if said_words else {})


def _read(packet: Packet) -> dict[str, Any]:
    try:
        return READERS[packet.kind](packet.content)
    except Exception:  # a stranger's packet may be wrong in any way; without it the picture is still one
        return {}


def _kept(name: str, value: Any) -> Any:
    if name == "keywords":
        return words.keywords(value)
    if name in ("licence_url", "source_url"):
        return words.url(value)
    if name in words.LIMITS:
        return words.word(name, value)
    return words.line(value) if isinstance(value, str) else value
