"""Reads XMP (ISO 16684-1): RDF in XML, in all the shapes that it may have."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml import ElementTree

from images.imaging.metadata import words
from images.imaging.metadata.exif import camera
from images.imaging.metadata.licences import identifier
from images.imaging.metadata.moments import moment

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RESOURCE, VALUE, PARSE_TYPE = (f"{{{RDF}}}{name}" for name in ("resource", "value", "parseType"))
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
PREFIXES = {  # of namespaces, whatever a packet calls them
    RDF: "rdf",
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/xap/1.0/rights/": "xmpRights",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/": "Iptc4xmpExt",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-19/": "Iptc4xmpExt",  # as IPTC once wrote it by mistake
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://creativecommons.org/ns#": "cc",
    "http://web.resource.org/cc/": "cc",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://ns.adobe.com/exif/1.0/aux/": "aux",
    "http://cipa.jp/exif/1.0/": "exifEX",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://ns.adobe.com/xmp/1.0/DynamicMedia/": "xmpDM",
}
# Where each word is said, the most meant for it first.
NAMES = {
    "title": ("dc:title",),
    "headline": ("photoshop:Headline",),
    "description": ("dc:description", "tiff:ImageDescription", "exif:UserComment"),
    "alt_text": ("Iptc4xmpCore:AltTextAccessibility",),
    "author": ("dc:creator", "plus:ImageCreator/plus:ImageCreatorName", "cc:attributionName", "tiff:Artist"),
    "credit": ("photoshop:Credit",),
    "copyright": ("dc:rights", "tiff:Copyright"),
    "usage_terms": ("xmpRights:UsageTerms",),
    "source": ("photoshop:Source",),
    "lens": ("exifEX:LensModel", "aux:Lens"),
}
LICENCES = ("cc:license", "xmpRights:WebStatement", "dcterms:license")
SOURCES = ("dc:source", "photoshop:Source", "cc:attributionURL")
TIMES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "exif:DateTimeDigitized", "xmp:CreateDate")

CONTAINERS = {"rdf:Alt", "rdf:Bag", "rdf:Seq"}
NODES = {"rdf:RDF", "rdf:Description"}
MAX_DEPTH = 16
MAX_TEXTS = 1_000  # of one property
MAX_MARKS = 20_000  # of a packet
BEGINS = re.compile(r"<(?:[\w.-]+:)?(?:xmpmeta|xapmeta|RDF)\b")
# What no XML may hold. Some programs let it through.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
ANGLE = re.compile(
    r"(?P<degrees>\d{1,3}(\.\d+)?)(,(?P<minutes>\d{1,2}(\.\d+)?)(,(?P<seconds>\d{1,2}(\.\d+)?))?)?(?P<side>[NSEW])"
)

Properties = dict[str, list[str]]


def read(packet: bytes) -> dict[str, Any]:
    """Return what a packet says. Raises ValueError when it is no XML, or none that may be read."""
    found = properties(parsed(packet))
    said: dict[str, Any] = {name: _joined(found, *keys) for name, keys in NAMES.items()}
    addresses = filter(None, (words.url(text) for key in SOURCES for text in found.get(key, [])))
    return said | {
        "keywords": found.get("dc:subject", []),
        "licence_url": _licence_url([text for key in LICENCES for text in found.get(key, [])]),
        "source": said["source"] or _joined(found, "dc:source"),
        "source_url": next(addresses, ""),
        "moments": [taken for key in TIMES for text in found.get(key, [])[:1] if (taken := moment(text))],
        "camera": camera(_joined(found, "tiff:Make"), _joined(found, "tiff:Model")),
        "exposure_time": _number(found, "exif:ExposureTime"),
        "f_number": _number(found, "exif:FNumber"),
        "iso": _number(found, "exif:ISOSpeedRatings", "exifEX:PhotographicSensitivity"),
        "focal_length": _number(found, "exif:FocalLength"),
        "location": _location(found),
        "rating": _rating(found),
    }


def parsed(packet: bytes) -> Element:
    """Return the tree of a packet. Raises ValueError when it is no XML, declares entities or is too large."""
    try:
        root: Element = ElementTree.fromstring(document(packet), forbid_dtd=True)
    except ElementTree.ParseError as error:
        raise ValueError("no XML") from error
    return root


def document(packet: bytes) -> str:
    """Return the text of the element that a packet is. Raises ValueError when it has none, or too much."""
    text = decoded(packet)
    begin = BEGINS.search(text)
    if begin is None:
        raise ValueError("no RDF")
    text = UNWRITABLE.sub("", text[begin.start() : text.rindex(">") + 1])
    if marks(packet) > MAX_MARKS:
        raise ValueError("too many elements")
    return text


def marks(packet: bytes) -> int:
    """Return how much there is to parse, in any coding: where elements begin or end, and attributes."""
    return packet.count(b"<") + packet.count(b"=")


def decoded(packet: bytes) -> str:
    """Return the text of a packet, in whichever form of Unicode it is written."""
    if b"\0" in packet[:64]:  # which UTF-8 has none of
        for coding in ("utf-16-le", "utf-16-be", "utf-32"):
            text = packet.decode(coding, "replace")
            if BEGINS.search(text):
                return text
    return words.decoded(packet)


def properties(root: Element) -> Properties:
    """Return the texts of each property by prefix and name, those of a structure behind a slash."""
    found: Properties = {}
    for rdf in [root] if name_of(root.tag) == "rdf:RDF" else root.iter(f"{{{RDF}}}RDF"):
        for node in rdf:
            _add_properties(node, "", found, depth=0)
    return found


def name_of(tag: str) -> str:
    """Return a name with the prefix of its namespace; of another namespace, in braces."""
    namespace, _, local = tag[1:].rpartition("}")
    return f"{PREFIXES[namespace]}:{local}" if namespace in PREFIXES else tag


def _add_properties(node: Element, path: str, found: Properties, depth: int) -> None:
    for tag, value in node.attrib.items():
        name = name_of(tag)
        if not name.startswith(("rdf:", "xml:")):
            _add(found, path + name, value)
    for element in node:
        name = name_of(element.tag)
        if name != "rdf:value":  # which is the node's own, and told by whoever came here
            _add_values(element, path + name, found, depth + 1)


def _add_values(element: Element, name: str, found: Properties, depth: int) -> None:
    """Add what an element says that is a property or an item of one: text, address, array or structure."""
    if depth > MAX_DEPTH:
        return
    resource = element.get(RESOURCE)
    if resource is not None:
        _add(found, name, resource)
    for child in element:
        kind = name_of(child.tag)
        if kind in CONTAINERS:
            for item in _alternative(child) if kind == "rdf:Alt" else child:
                _add_values(item, name, found, depth + 1)
        elif kind == "rdf:value":  # of a property with qualifiers
            _add_values(child, name, found, depth + 1)
        elif kind in NODES:
            for value in child.findall(VALUE):
                _add_values(value, name, found, depth + 1)
            _add(found, name, child.get(VALUE) or "")
            _add_properties(child, name + "/", found, depth + 1)
    if element.get(PARSE_TYPE) == "Resource" or (not len(element) and resource is None):
        _add_properties(element, name + "/", found, depth + 1)
    _add(found, name, element.get(VALUE) or ("" if len(element) else element.text or ""))


def _alternative(container: Element) -> Iterator[Element]:
    """Yield the one item that is for whoever asked for no language."""
    items = sorted(container, key=lambda item: item.get(LANGUAGE) != "x-default")
    yield from items[:1]


def _add(found: Properties, name: str, text: str) -> None:
    texts = found.setdefault(name, [])
    if text.strip() and len(texts) < MAX_TEXTS:
        texts.append(text.strip())


def _joined(found: Properties, *names: str) -> str:
    return next((text for name in names if (text := "; ".join(found.get(name, [])))), "")


def _licence_url(addresses: list[str]) -> str:
    """Return the address of a licence that is known by it; else the first address."""
    known = (address for address in addresses if identifier([address]))
    return next(known, "") or next(filter(None, map(words.url, addresses)), "")


def _number(found: Properties, *names: str) -> float | None:
    numerator, _, divisor = next((found[name][0] for name in names if found.get(name)), "").partition("/")
    try:
        number: float = float(numerator) / float(divisor or 1)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return round(number, 6) if 0 < number < 1e9 else None


def _rating(found: Properties) -> int | None:
    """Return one to five stars, or -1 of a picture that was rejected; 0 says that nobody has rated it."""
    try:
        stars = int(float(found.get("xmp:Rating", [""])[0]))
    except (ValueError, OverflowError, IndexError):
        return None
    return stars if stars in (-1, 1, 2, 3, 4, 5) else None


def _location(found: Properties) -> list[float] | None:
    latitude = _angle(found, "exif:GPSLatitude", "NS", 90)
    longitude = _angle(found, "exif:GPSLongitude", "EW", 180)
    return None if latitude is None or longitude is None else [latitude, longitude]


def _angle(found: Properties, name: str, sides: str, limit: int) -> float | None:
    angle = ANGLE.fullmatch("".join(found.get(name, [])[:1]))
    if angle is None or angle["side"] not in sides:
        return None
    parts = (float(angle[unit] or 0) for unit in ("degrees", "minutes", "seconds"))
    degrees = round(sum(part / 60.0**power for power, part in enumerate(parts)), 6)
    if degrees > limit:
        return None
    return -degrees if angle["side"] in "SW" else degrees
