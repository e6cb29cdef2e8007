"""RDF in XML as XMP has it (ISO 16684-1, 7), read from a stranger's packet and written again."""

import re
import xml.etree.ElementTree as ET  # what comes before the one element, such as entities, is cut off
from collections.abc import Mapping
from xml.sax.saxutils import escape

from images.imaging.metadata.xmp import document

# The prefixes that everybody uses. Others are kept as the packet has them.
PREFIXES = {
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "adobe:ns:meta/": "x",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://ns.adobe.com/xmp/note/": "xmpNote",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://creativecommons.org/ns#": "cc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
}
XML = "http://www.w3.org/XML/1998/namespace"
NAMESPACES = {prefix: uri for uri, prefix in PREFIXES.items()}

MAX_DEPTH = 100  # of elements; XMP of real files has a tenth of that
_NAME = re.compile(r"(?!xml)[A-Za-z_][A-Za-z0-9_.-]*", re.IGNORECASE)


class Broken(Exception):
    """The packet is no XMP."""


def full(name: str) -> str:
    """Return `prefix:name` as ElementTree has it."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def parsed(packet: bytes) -> tuple[ET.Element, Mapping[str, str]]:
    """Return the element rdf:RDF of a packet, and the prefix of each namespace there. Raises Broken."""
    tree = _Tree()
    parser = ET.XMLParser(target=tree)  # noqa: S314
    try:
        parser.feed(document(packet))
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError) as error:
        raise Broken(str(error)) from error
    rdf = next(root.iter(full("rdf:RDF")), None)
    if rdf is None:
        raise Broken("It has no RDF.")
    return rdf, tree.prefixes


class _Tree(ET.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self.prefixes: dict[str, str] = {}
        self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> ET.Element:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ValueError("Elements too deep in each other.")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)

    def start_ns(self, prefix: str, uri: str) -> None:
        self.prefixes.setdefault(uri, prefix)


def serialized(rdf: ET.Element, prefixes: Mapping[str, str]) -> str:
    """Return the text of `rdf`; `prefixes` are those that its namespaces have where there is no usual one."""
    names = _chosen(rdf, prefixes)
    pieces: list[str] = []
    _write(rdf, names, pieces)
    del names[XML]  # which is declared already
    pieces[0] += "".join(f' xmlns:{prefix}="{_quoted(uri)}"' for uri, prefix in names.items())
    return "".join(pieces)


def _chosen(rdf: ET.Element, prefixes: Mapping[str, str]) -> dict[str, str]:
    names = [name for element in rdf.iter() for name in (element.tag, *element.attrib)]
    uris = dict.fromkeys(name[1:].partition("}")[0] for name in names if name.startswith("{"))
    chosen = {XML: "xml"} | {uri: PREFIXES[uri] for uri in uris if uri in PREFIXES}
    used, number = set(NAMESPACES), 0
    for uri in uris:
        if uri not in chosen:
            prefix = prefixes.get(uri, "")
            while not _NAME.fullmatch(prefix) or prefix in used:
                number, prefix = number + 1, f"ns{number}"
            chosen[uri] = prefix
            used.add(prefix)
    return chosen


def _write(element: ET.Element, names: Mapping[str, str], pieces: list[str]) -> None:
    tag = _short(element.tag, names)
    pieces.append(f"<{tag}")
    pieces += [f' {_short(name, names)}="{_quoted(value)}"' for name, value in element.attrib.items()]
    pieces.append(f">{_plain(element.text)}")
    for child in element:
        _write(child, names, pieces)
        pieces.append(_plain(child.tail))
    pieces.append(f"</{tag}>")


def _short(name: str, names: Mapping[str, str]) -> str:
    if not name.startswith("{"):
        return name
    uri, _, local = name[1:].partition("}")
    return f"{names[uri]}:{local}"


def _plain(text: str | None) -> str:
    return escape(text or "", {"\r": "&#13;"})


def _quoted(text: str) -> str:
    return escape(text, {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})
