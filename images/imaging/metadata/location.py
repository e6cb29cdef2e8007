"""Whether anything in a file says where it was taken, in degrees or in words.

What cannot be read may say so: a picture that is private for nothing is better than a place told to everyone.
What tells nothing of where by itself is no place: a version, a time by satellite, a compass, a unit.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from xml.etree.ElementTree import Element

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata import exif, iptc, words, xmp
from images.imaging.metadata.tiff import Directory, Field, directories, directory_within

# Fields of the GPS directory (Exif 2.32, 4.6.6): positions, heights, destinations; what is said of an area.
GPS_NUMBERS = (0x02, 0x04, 0x06, 0x14, 0x16, 0x18, 0x1A)
ALTITUDE, GPS_ALTITUDE = 0x06, "exif:GPSAltitude"  # of 0, what phones write that know no place
GPS_TEXTS = (0x1B, 0x1C)  # the method by which the place was found, and a name of it
GEOTIFF = (0x8482, 0x85D8, 0x87AF)  # tie points, a transformation, keys (OGC 19-008r4)
EMBEDDED = {0x02BC: Kind.XMP, 0x83BB: Kind.IPTC}  # in a directory (XMP 3, 1.1.6; TIFF/EP)
MAKER_NOTE = 0x927C
PANASONIC, NIKON = b"Panasonic\0\0\0", b"Nikon\0\2"
PANASONIC_PLACES = (0x67, 0x69, 0x6B, 0x6D, 0x6F, 0x70, 0x80)  # from the location to the landmark
NIKON_PLACE = 0x39
CODES = (b"ASCII\0\0\0", b"UNICODE\0", b"JIS\0\0\0\0\0", bytes(8))

IPTC_PLACES = [(2, number) for number in (26, 27, 90, 92, 95, 100, 101)]
MAX_NAME, MAX_NAMES = 128, 20_000  # characters of one; of a packet that is no XML
NAMES = re.compile(  # of properties, some in any namespace that is not known; a creator's City is CiAdrCity
    r"photoshop:(City|State|Country)|Iptc4xmpCore:(Location|CountryCode)|Iptc4xmpExt:Location(Shown|Created)|"
    r"dc:coverage|dcterms:spatial|geo:(lat|long|alt)|xmpDM:shotLocation|"
    r".*}(Location|City|Country|County|StateProvince|Municipality|(Verbatim)?Locality|HigherGeography|cellid)|"
    r"(?!.*(Ref|ISOSpeed\w*)$)(.*[:}])?"
    r"(GPS ?(Position|Coordinates|Altitude|Dest\w+|AreaInformation|ProcessingMethod)|"
    r"\w*(latitude|longt?itude|geohash|geotag|georss)\w*)",
    re.IGNORECASE,
)
KEYWORDS = re.compile(r"((gps|geo)? ?(location|coordinates|position)|gps|city|country|place)", re.IGNORECASE)
ZERO = re.compile(r"0+(\.0*)?(/\d+)?")
A_NAME = re.compile(rf"(?<![\w.-])[\w.-]{{1,{MAX_NAME}}}:[\w.-]{{1,{MAX_NAME}}}")

LATITUDE = r"[-+]?(?:[0-8]?\d|90)\.\d{4,15}"  # to ten metres
LONGITUDE = r"[-+]?(?:0?\d{1,2}|1[0-7]\d|180)\.\d{4,15}"
BETWEEN = r"°?\s?[NSEW]?\s?[,;/\s]\s?[NSEW]?\s?"
COORDINATES = re.compile(
    r"\bgeo:-?\d{1,2}(\.\d{1,15})?,-?\d{1,3}"  # RFC 5870
    rf"|(?<![\w.])(?:{LATITUDE}{BETWEEN}{LONGITUDE}|{LONGITUDE}{BETWEEN}{LATITUDE})(?![\w.])"
    r"|\b\d{1,2}\s?°\s?\d{1,2}(\.\d{1,15})?\s?['\u2032\u2019][^NS\n]{0,12}[NS]\b"
    r"|(?<![\w+-])[+-]\d{2}(\d\d){0,2}(\.\d{1,15})?[+-]\d{3}(\d\d){0,2}(\.\d{1,15})?([+-]\d{1,5}(\.\d{1,5})?)?/"
    r"|\b[Ll]at(itude)?\W{1,4}\d{1,2}\.\d|[?&](mlat|ll|q)=-?\d{1,2}\.\d|#map=\d{1,2}/-?\d"
)  # the fourth is ISO 6709
MAX_TEXT = 2**20  # characters that are searched for coordinates

NAMES_IN_JSON = (
    *(b"photoshop:City", b"photoshop:State", b"photoshop:Country", b"Iptc4xmpCore:Location"),
    *(b"Iptc4xmpCore:CountryCode", b"Iptc4xmpExt:LocationShown", b"Iptc4xmpExt:LocationCreated"),
)
SAID_IN_JSON = rb'"\s*:[\s{\["]*[^\s{}\[\]",]'  # with anything in it

# In what is no format of metadata: the film behind a motion photo, trailers, segments of other makers: a
# text that is quickly found in megabytes, and the pattern that matches there.
FILM = {
    b"\xa9xyz": re.compile(rb"\xa9xyz.{4,24}?[+-]\d\d", re.DOTALL),  # QuickTime
    b"loci\0": re.compile(rb"(?<=\0\0..)loci\0\0\0\0", re.DOTALL),  # 3GPP TS 26.244, 8.10
    b".location.": re.compile(rb"\.location\.(ISO6709|name|body|note|role|accuracy)"),  # QuickTime's keys
    b"atitude": re.compile(rb"atitude(\W{1,8}\d|[a-w][-+]?\d|[\xf9-\xfb])"),  # JSON, and CBOR (RFC 8949)
    b"ATITUDE": re.compile(rb"ATITUDE\W{1,8}\d"),
    b'"lat"': re.compile(rb'"lat"\s*:\s*"?-?\d'),
    # IPTC's names in JSON, as those who sign pictures have them (C2PA)
    **{name + b'"': re.compile(name + SAID_IN_JSON) for name in NAMES_IN_JSON},
    b"8BIM\4\4": re.compile(rb"8BIM.{0,8192}?\x1c\x02[\x1a\x1bZ\x5c_de]\0[^\0]\w", re.DOTALL),  # IPTC
}
OPENS, CLOSES = re.compile(rb"<(?:[\w.-]{1,16}:)?RDF\b"), re.compile(rb"</(?:[\w.-]{1,16}:)?RDF\s?>")
MAX_STRUCTURE = 2**16  # bytes, as many as a segment of a JPEG has
MAX_FOUND = 100  # places of one text; a random one is nowhere
MAX_READ = 8  # of XMP within one such
MAX_MARKS, MAX_RECORDS = 5 * xmp.MAX_MARKS, 2**20  # of all XMP; bytes of all IPTC


def says_where(packets: Iterable[Packet]) -> bool:
    """Return whether anything in the packets says where. What cannot be read does."""
    of_kind: dict[Kind, list[bytes]] = {kind: [] for kind in Kind}
    for kind, content in packets:
        of_kind[kind].append(content)
    if sum(map(xmp.marks, of_kind[Kind.XMP])) > MAX_MARKS or sum(map(len, of_kind[Kind.IPTC])) > MAX_RECORDS:
        return True
    return any(_says_where(Packet(kind, content)) for kind in Kind for content in of_kind[kind])


def _says_where(packet: Packet) -> bool:
    try:
        return not packet.content or DETECTORS[packet.kind](packet.content)
    except Exception:  # a stranger's packet may be wrong in any way
        return True


def _exif(structure: bytes) -> bool:
    try:
        found = list(directories(structure))
    except ValueError:
        return _other(structure)
    image, shot, _ = exif.first_fields(found)
    return any(map(_directory, found)) or _has_coordinates(exif.descriptions(image, shot))


def _directory(directory: Directory) -> bool:
    fields = directory.fields
    if directory.name == "gps":
        if not directory.is_readable:
            return True
        if any(_has_number(tag, fields[tag]) for tag in GPS_NUMBERS if tag in fields):
            return True
        return any(_has_text(fields[tag]) for tag in GPS_TEXTS if tag in fields)
    if any(tag in fields for tag in GEOTIFF):
        return True
    if any(_says_where(Packet(kind, fields[tag].raw)) for tag, kind in EMBEDDED.items() if tag in fields):
        return True
    return MAKER_NOTE in fields and _maker_note(fields[MAKER_NOTE])


def _maker_note(note: Field) -> bool:
    """Return whether a camera's own notes say where: those of two makers, and what is readable in all."""
    raw = note.raw
    places: list[bytes] = []
    if raw.startswith(PANASONIC):
        fields = directory_within(note, len(PANASONIC)).fields
        places = [fields[tag].raw for tag in PANASONIC_PLACES if tag in fields]
    elif raw.startswith(NIKON):
        place = exif.first_fields(directories(raw[10:]))[0].get(NIKON_PLACE)
        places = [place.raw[5:8] + place.raw[9:]] if place else []  # a country's code, and a name
    return any(place.strip(b"\0 -") for place in places) or _other(raw)


def _has_number(tag: int, field: Field) -> bool:
    numbers = field.numbers
    if tag == ALTITUDE and numbers:
        return any(numbers)
    return any(number is not None for number in numbers) if numbers else _has_text(field)


def _has_text(field: Field) -> bool:
    code = field.raw[:8]
    return bool(field.raw[8 if code in CODES else 0 :].strip(b"\0 "))


def _xmp(packet: bytes) -> bool:
    text = xmp.decoded(packet)
    try:
        root = xmp.parsed(packet)
    except ValueError:
        names = [name[0] for name in islice(A_NAME.finditer(text), MAX_NAMES)]
        return len(names) >= MAX_NAMES or any(map(_is_place, names))
    return _element(root) or _has_coordinates(xmp.properties(root).get("dc:description", []))


def _element(root: Element) -> bool:
    """Return whether an element or attribute that is named like a place, or is within one, has content."""
    waiting = [(root, False)]
    while waiting:
        element, is_place = waiting.pop()
        is_place = is_place or _is_place(xmp.name_of(element.tag))
        if is_place and _is_said(xmp.name_of(element.tag), element.text or ""):
            return True
        for tag, value in element.attrib.items():
            name = xmp.name_of(tag)
            is_content = is_place and (name == "rdf:resource" or not name.startswith(("rdf:", "xml:")))
            if (is_content or _is_place(name)) and _is_said(name, value):
                return True
        waiting += [(child, is_place) for child in element]
    return False


def _is_said(name: str, text: str) -> bool:
    return bool(text.strip()) and not (name == GPS_ALTITUDE and ZERO.fullmatch(text.strip()))


def _is_place(name: str) -> bool:
    return NAMES.fullmatch(name[-MAX_NAME:]) is not None


def _has_coordinates(texts: Iterable[str]) -> bool:
    return any(len(text) > MAX_TEXT or COORDINATES.search(text) for text in texts)


def _iptc(records: bytes) -> bool:
    found = iptc.fields(records)
    return any(text.strip() for key in IPTC_PLACES for text in found.get(key, [])) or _has_coordinates(
        found.get((2, 120), [])
    )


def _text(content: bytes) -> bool:
    keyword, has_keyword, text = content.partition(b"\0")
    name = keyword.decode("latin-1")
    if has_keyword and text.strip() and (_is_place(name) or KEYWORDS.fullmatch(name)):
        return True
    return _has_coordinates([words.decoded(text if has_keyword else keyword)]) or _other(content)


def _other(content: bytes) -> bool:
    for literal, pattern in FILM.items():
        if any(pattern.match(content, place) for place in _places(content, literal)):
            return True
    for mark in (b"II*\0", b"MM\0*"):
        for place in _places(content, mark):
            if any(map(_directory, directories(content[place : place + MAX_STRUCTURE]))):
                return True
    opens = OPENS.search(content)
    for _ in range(MAX_READ):
        closes = CLOSES.search(content, opens.end()) if opens else None
        if not opens or not closes:
            return False
        if _says_where(Packet(Kind.XMP, content[opens.start() : closes.end()])):
            return True
        opens = OPENS.search(content, closes.end())
    return True


def _places(content: bytes, literal: bytes) -> Iterator[int]:
    """Yield where `literal` is. Raises ValueError when it is in too many places."""
    place = content.find(literal)
    for _ in range(MAX_FOUND):
        if place < 0:
            return
        yield place
        place = content.find(literal, place + 1)
    raise ValueError("too many")


DETECTORS: dict[Kind, Callable[[bytes], bool]] = {
    Kind.EXIF: _exif,
    Kind.XMP: _xmp,
    Kind.IPTC: _iptc,
    Kind.TEXT: _text,
    Kind.OTHER: _other,
}
