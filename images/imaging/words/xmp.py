"""XMP (ISO 16684-1) with the library's words in it: they replace those of the file, all else stays.

The properties are those that the IPTC Photo Metadata Standard 2023.2 and the guidelines of the Metadata
Working Group 2.0 name for these words.
"""

import unicodedata
import xml.etree.ElementTree as ET  # to build trees; rdf.py parses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from images.imaging.words.rdf import Broken, full, parsed, serialized
from images.imaging.words.words import Words, writable

DESCRIPTION, ABOUT, LI = full("rdf:Description"), full("rdf:about"), full("rdf:li")
ALT, BAG, SEQ, RESOURCE = full("rdf:Alt"), full("rdf:Bag"), full("rdf:Seq"), full("rdf:resource")
TEXT = ""
LANGUAGE, DEFAULT = full("xml:lang"), "x-default"

HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
TAIL = '\n</x:xmpmeta>\n<?xpacket end="w"?>'


class Property(NamedTuple):
    """Where a word is written, in which form; and which others say it, to readers that find none there. Of
    another word they are no longer true.
    """

    name: str
    form: str
    others: tuple[str, ...] = ()


HIERARCHIES = ("lr:hierarchicalSubject", "digiKam:TagsList", "MicrosoftPhoto:LastKeywordXMP")
SPLIT_TIMES = ("exif:SubSecTimeOriginal", "exifEX:OffsetTimeOriginal")
PROPERTIES = {
    "title": [Property("dc:title", ALT)],
    "description": [Property("dc:description", ALT, ("tiff:ImageDescription", "exif:UserComment"))],
    "alt_text": [Property("Iptc4xmpCore:AltTextAccessibility", ALT)],
    "author": [Property("dc:creator", SEQ, ("tiff:Artist", "cc:attributionName", "plus:ImageCreator"))],
    "credit": [Property("photoshop:Credit", TEXT)],
    "copyright": [Property("dc:rights", ALT, ("tiff:Copyright",))],
    "licence": [
        Property("cc:license", RESOURCE, ("dcterms:license",)),
        Property("xmpRights:WebStatement", TEXT),
    ],
    "source_url": [Property("dc:source", TEXT, ("cc:attributionURL",))],
    "keywords": [Property("dc:subject", BAG, HIERARCHIES)],
    "taken": [
        Property("photoshop:DateCreated", TEXT),
        Property("exif:DateTimeOriginal", TEXT, SPLIT_TIMES),
    ],
}


def merged(packets: Sequence[bytes], words: Words) -> bytes:
    """Return the XMP packet of a copy of a file that has `packets`; empty where there is nothing to say.

    A packet that is broken is left out.
    """
    rdf, prefixes = _together(packets)
    about = next((found.get(ABOUT, "") for found in rdf.iterfind(DESCRIPTION)), "")
    ours = ET.Element(DESCRIPTION, {ABOUT: about})
    for word, properties in PROPERTIES.items():
        value = getattr(words, word)
        texts = _texts(value)
        for name, form, others in properties if value is not None else ():
            if texts and _said(rdf, full(name)) == _flat(texts):
                continue  # as the file says it, with its other languages and what goes with it
            _remove(rdf, {full(name), *map(full, others)})
            if texts:
                ours.append(_property(full(name), form, texts))
    if len(ours):
        rdf.append(ours)
    return f"{HEAD}{serialized(rdf, prefixes)}{TAIL}".encode() if len(rdf) else b""


def _together(packets: Sequence[bytes]) -> tuple[ET.Element, Mapping[str, str]]:
    """Return what the whole packets say, the first that says it, and the prefixes of their namespaces."""
    rdf: ET.Element = ET.Element(full("rdf:RDF"))
    prefixes: Mapping[str, str] = {}
    for packet in packets:
        try:
            found, its_prefixes = parsed(packet)
        except Broken:
            continue
        # Which part of it is in another packet is for the new file to say.
        _remove(found, {*(name for name, _ in _values(rdf)), full("xmpNote:HasExtendedXMP")})
        rdf.extend(found)
        prefixes = {**its_prefixes, **prefixes}
    return rdf, prefixes


def _texts(value: str | tuple[str, ...] | datetime | None) -> list[str]:
    """Return what is written of a word, nothing where it is empty."""
    if isinstance(value, datetime):
        value = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
    values = (value or "",) if isinstance(value, str | None) else value
    return [text for each in values if (text := writable(each).strip())]


def _values(rdf: ET.Element) -> Iterator[tuple[str, ET.Element | str]]:
    """Yield the name of each property, which is an attribute or an element."""
    for description in rdf.iterfind(DESCRIPTION):
        yield from ((name, text) for name, text in description.items() if name != ABOUT)
        yield from ((child.tag, child) for child in description)


def _said(rdf: ET.Element, name: str) -> str:
    """Return what a property says, as it can be compared: of several languages the default one."""
    value = next((value for found, value in _values(rdf) if found == name), "")
    if isinstance(value, str):
        return _flat([value])
    items = list(value.iter(LI))
    if value.find(ALT) is not None:
        items = [*(item for item in items if item.get(LANGUAGE) == DEFAULT), *items][:1]
    return _flat([value.get(RESOURCE) or value.text or "", *(item.text or "" for item in items)])


def _flat(texts: Sequence[str]) -> str:
    """Return the texts as one, the way in which several authors are one word."""
    flat = (" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    return "; ".join(text for text in flat if text)


def _remove(rdf: ET.Element, names: Collection[str]) -> None:
    for description in rdf.findall(DESCRIPTION):
        for name in names & description.attrib.keys():
            del description.attrib[name]
        for child in [child for child in description if child.tag in names]:
            description.remove(child)
        if not len(description) and description.attrib.keys() <= {ABOUT}:
            rdf.remove(description)


def _property(name: str, form: str, texts: Sequence[str]) -> ET.Element:
    written = ET.Element(name)
    if form == RESOURCE:
        written.set(RESOURCE, texts[0])
    elif form == TEXT:
        written.text = texts[0]
    else:
        values = ET.SubElement(written, form)
        for text in texts:
            item = ET.SubElement(values, LI, {LANGUAGE: DEFAULT} if form == ALT else {})
            item.text = text
    return written
