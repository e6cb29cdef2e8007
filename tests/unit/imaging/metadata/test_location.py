"""What says where a picture was taken, and what does not: each carrier at each place of each format."""

import io
import struct
import time
from functools import partial

import pytest
from PIL.TiffImagePlugin import IFDRational

from images.imaging import containers
from images.imaging.containers.parts import Kind, Packet, Written
from images.imaging.formats import FORMATS
from images.imaging.metadata.location import says_where
from images.imaging.metadata.reading import read_metadata
from images.imaging.metadata.tiff import MAX_DIRECTORIES, MAX_FIELDS
from tests.factories import make_image
from tests.files.carriers import (
    XMP_HEAD,
    chunk,
    extended,
    gif_with,
    gif_xmp,
    jpeg_with,
    piece,
    png_with,
    raw_profile,
    resource,
    segment,
    sub_blocks,
    webp_with,
)
from tests.files.iptc import dataset
from tests.unit.imaging.metadata.test_exif import packet_of
from tests.unit.imaging.metadata.test_xmp import packet as xmp_text

PARIS = (IFDRational(48), IFDRational(51), IFDRational(30))
NOWHERE = (IFDRational(0, 0), IFDRational(0, 0), IFDRational(0, 0))


def exif(*, tags: dict | None = None, shot: dict | None = None, **place: object) -> bytes:
    """Return the structure that has these fields, those of the GPS directory by their names."""
    return packet_of(tags, shot, {GPS[name]: value for name, value in place.items()}).content


GPS = {
    "version": 0,
    "north": 1,
    "latitude": 2,
    "east": 3,
    "longitude": 4,
    "above": 5,
    "altitude": 6,
    "time": 7,
    "satellites": 8,
    "status": 9,
    "mode": 10,
    "precision": 11,
    "speed": 13,
    "track": 15,
    "compass": 17,
    "datum": 18,
    "destination_latitude": 20,
    "destination_longitude": 22,
    "bearing": 24,
    "distance": 26,
    "method": 27,
    "area": 28,
    "date": 29,
}


def xmp(properties: str = "", attributes: str = "") -> bytes:
    return xmp_text(properties, attributes).encode()


def directory(order: str, *fields: tuple[int, int, int, int], following: int = 0) -> bytes:
    entries = b"".join(struct.pack(order + "HHII", *entry) for entry in fields)
    return struct.pack(order + "H", len(fields)) + entries + struct.pack(order + "I", following)


def structure(*fields: tuple[int, int, int, int], following: int = 0, rest: bytes = b"") -> bytes:
    """Return a big-endian structure whose first directory has these fields; `rest` follows it."""
    return b"MM\0*\0\0\0\x08" + directory(">", *fields, following=following) + rest


PLACE = directory(">", (2, 5, 1, 302)) + bytes(200) + struct.pack(">II", 48, 1) * 100  # wherever it is read
AFTER_ONE = 8 + 2 + 12 + 4

FIELDS = {
    "both": exif(north="N", latitude=PARIS, east="E", longitude=PARIS),
    "the latitude alone": exif(latitude=PARIS),
    "the longitude alone": exif(longitude=PARIS),
    "one rational": exif(latitude=IFDRational(48)),
    "where both are zero": exif(latitude=(IFDRational(0),) * 3, longitude=(IFDRational(0),) * 3),
    "the altitude": exif(altitude=IFDRational(4808)),
    "a destination's latitude": exif(destination_latitude=PARIS),
    "a destination's longitude": exif(destination_longitude=PARIS),
    "a destination's bearing": exif(bearing=IFDRational(90)),
    "a destination's distance": exif(distance=IFDRational(5)),
    "an area": exif(area=b"ASCII\0\0\0Paris"),
    "an area in UTF-16": exif(area=b"UNICODE\0P\0a\0r\0i\0s\0"),
    "an area without a coding": exif(area=b"Paris"),
    "a method": exif(method=b"ASCII\0\0\0CELLID"),
    "a comment": exif(shot={0x9286: b"ASCII\0\0\0at 48.85837, 2.29448"}),
    "a description": exif(tags={0x010E: "geo:48.858,2.294"}),
    "XMP within": exif(tags={0x02BC: xmp("<photoshop:City>Paris</photoshop:City>")}),
    "IPTC within": exif(tags={0x83BB: dataset(2, 90, b"Paris")}),
    "a map's tie points": exif(tags={0x8482: (0.0, 0.0, 0.0, 2.29, 48.85, 0.0)}),
    "a map's keys": exif(tags={0x87AF: (1, 1, 0, 0)}),
}
EXIF = FIELDS | {
    "in the second directory": structure(
        (0x0112, 3, 1, 0x10000), following=AFTER_ONE, rest=directory(">", (0x8825, 4, 1, 44)) + PLACE
    ),
    "in a directory within": structure(
        (0x014A, 4, 1, AFTER_ONE), rest=directory(">", (0x8825, 4, 1, 44)) + PLACE
    ),
    "in the directory of the shot": structure(
        (0x8769, 4, 1, AFTER_ONE), rest=directory(">", (0x8825, 4, 1, 44)) + PLACE
    ),
    "a place in the notes of a Panasonic": structure(
        (0x927C, 7, 40, AFTER_ONE),
        rest=b"Panasonic\0\0\0" + directory(">", (0x6D, 2, 6, 60)) + b"\0\0\0\0Paris",
    ),
    "a place in the notes of a Nikon": structure(
        (0x927C, 7, 60, AFTER_ONE),
        rest=b"Nikon\0\2\x10\0\0" + structure((0x39, 7, 20, AFTER_ONE), rest=b"0100\1FRA\0Paris" + bytes(20)),
    ),
    "where no directory is": structure((0x8825, 4, 1, 60_000)),
    "a directory cut short": structure((0x8825, 4, 1, AFTER_ONE), rest=b"\0\2\0\2"),
}
XMP = {
    "degrees": xmp("", "exif:GPSLatitude='48,51.5N' exif:GPSLongitude='2,20E'"),
    "degrees as an element": xmp("<exif:GPSLatitude>48,51.5N</exif:GPSLatitude>"),
    "the altitude": xmp("", "exif:GPSAltitude='4808/1'"),
    "a destination": xmp("", "exif:GPSDestLongitude='2,20E'"),
    "a destination's bearing": xmp("", "exif:GPSDestBearing='90/1'"),
    "an area": xmp("<exif:GPSAreaInformation>Paris</exif:GPSAreaInformation>"),
    "a method": xmp("", "exif:GPSProcessingMethod='CELLID'"),
    "the city": xmp("<photoshop:City>Paris</photoshop:City>"),
    "the city as an attribute": xmp("", "photoshop:City='Paris'"),
    "the state": xmp("<photoshop:State>Texas</photoshop:State>"),
    "the country": xmp("<photoshop:Country>France</photoshop:Country>"),
    "the country's code": xmp("<Iptc4xmpCore:CountryCode>FR</Iptc4xmpCore:CountryCode>"),
    "the sublocation": xmp("<Iptc4xmpCore:Location>Champ de Mars</Iptc4xmpCore:Location>"),
    "where it was created": xmp(
        "<Iptc4xmpExt:LocationCreated rdf:parseType='Resource'><Iptc4xmpExt:City>Paris</Iptc4xmpExt:City>"
        "</Iptc4xmpExt:LocationCreated>"
    ),
    "where it was created, in a bag": xmp(
        "<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li Iptc4xmpExt:City='Paris'/></rdf:Bag>"
        "</Iptc4xmpExt:LocationCreated>"
    ),
    "where it was created, by an address": xmp(
        "<Iptc4xmpExt:LocationCreated><rdf:Bag><rdf:li rdf:resource='https://example.org/paris'/></rdf:Bag>"
        "</Iptc4xmpExt:LocationCreated>"
    ),
    "what is shown": xmp(
        "<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li><rdf:Description><Iptc4xmpExt:LocationName><rdf:Alt>"
        "<rdf:li xml:lang='x-default'>Tower</rdf:li></rdf:Alt></Iptc4xmpExt:LocationName></rdf:Description>"
        "</rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>"
    ),
    "coverage": xmp("<dc:coverage>Paris</dc:coverage>"),
    "a drone's degrees": xmp("", "drone:GpsLatitude='+48.858' drone:GpsLongtitude='+2.294'"),
    "a magazine's location": xmp(
        "<p:location xmlns:p='http://prismstandard.org/namespaces/basic/2.0/'>Paris</p:location>"
    ),
    "a catalogue's location": xmp(
        "", "xmlns:m='http://ns.iview-multimedia.com/mediapro/1.0/' m:Location='Paris'"
    ),
    "where a species was found": xmp(
        "<dwc:Location xmlns:dwc='http://rs.tdwg.org/dwc/index.htm' rdf:parseType='Resource'>"
        "<dwc:locality>Paris</dwc:locality></dwc:Location>"
    ),
    "a phone's cell": xmp("", "xmlns:cell='http://developer.sonyericsson.com/cell/1.0/' cell:cellid='4711'"),
    "degrees of the web": xmp("<geo:lat>48.858</geo:lat>"),
    "a description": xmp("<dc:description>48°51'30\"N 2°20'0\"E</dc:description>"),
    "other prefixes": xmp("<photoshop:City>Paris</photoshop:City>")
    .replace(b"photoshop:", b"p:")
    .replace(b":photoshop=", b":p="),
    "UTF-16": xmp("<photoshop:City>Paris</photoshop:City>").decode().encode("utf-16"),
    "within something else": xmp(
        "<xmp:Ancestor rdf:parseType='Resource'><photoshop:City>Paris</photoshop:City></xmp:Ancestor>"
    ),
    "what is no XML": xmp("<photoshop:City>Paris</City>"),
    "what is cut short": xmp("<exif:GPSLatitude>48,51.5N</exif:GPSLatitude>").partition(b"</exif")[0],
    "what is too large": xmp("<dc:title/>" * 30_000 + "<exif:GPSLatitude>48,51.5N</exif:GPSLatitude>"),
    "what declares entities": b"<!DOCTYPE x>" + xmp("<photoshop:City>&x;</photoshop:City>"),
}
IPTC = {str(number): dataset(2, number, b"Paris") for number in (26, 27, 90, 92, 95, 100, 101)} | {
    "a caption": dataset(2, 120, b"at 48.85837,2.29448"),
    "behind other fields": dataset(1, 90, b"\x1b%G") + dataset(2, 5, b"Title") + dataset(2, 92, b"Mars"),
}
TEXT = {
    "a pair of degrees": b"Comment\x0048.858370, 2.294481",
    "a pair of degrees with zeros": b"Comment\x00+48.8583, -002.2944",
    "degrees and minutes": "Comment\0Paris, 48° 51' 30\" N".encode(),
    "a geo URI": b"Comment\0see geo:48.8583,2.2944;u=5",
    "ISO 6709": b"Comment\0+48.8583+002.2944/",
    "a map": b"Comment\0https://www.openstreetmap.org/#map=17/48.858/2.294",
    "a map's query": b"Comment\0https://maps.example/?q=48.858,2.294",
    "a name and a number": b"Comment\0lat: 48.8583 lon: 2.2944",
    "ImageMagick's latitude": b"exif:GPSLatitude\x0048/1, 51/1, 30/1",
    "a keyword": b"Location\0Paris",
    "IPTC's name": b"photoshop:City\0Paris",
}


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def film(place: bytes) -> bytes:
    return box(b"ftyp", b"mp42\0\0\0\0") + box(b"mdat", bytes(5_000)) + box(b"moov", place)


OTHER = {
    "a film's place": film(box(b"udta", box(b"\xa9xyz", b"\0\x12\x15\xc7+48.8583+002.2944/"))),
    "a film's place as iTunes has it": film(
        box(b"ilst", box(b"\xa9xyz", box(b"data", b"\0\0\0\1\0\0\0\0+48.8583+002.2944/")))
    ),
    "an iPhone's film": film(
        box(b"keys", box(b"mdta", b"com.apple.quicktime.location.ISO6709")) + b"+48.8583+002.2944/"
    ),
    "3GPP's place": film(box(b"loci", b"\0\0\0\0\x15\xc7Paris\0" + bytes(13))),
    "Exif of a second picture": b"\xff\xd8\xff\xe1\0\x80Exif\0\0" + EXIF["the latitude alone"],
    "XMP of a second picture": b"\0junk" + XMP["the city"],
    "IPTC of a second picture": b"8BIM\4\4\0\0\0\0\0\x0a" + dataset(2, 90, b"Paris"),
    "JSON in capitals": b'{"LATITUDE": "-48.8583"}',
    "JSON in short": b'{"lat": -48.8583, "lng": 2.2944}',
    "signed degrees": b"jumb\0json" + b'{"exif:GPSLatitude":"48,51.5N"}',
    "signed degrees in CBOR": b"cbor\xa1\x70exif:GPSLatitude\x6848,51.5N",
    "signed degrees in CBOR as a number": b"cbor\xa1\x70exif:GPSLatitude\xfb\x40\x48" + bytes(6),
    "a signed city": b'jumb\0json{"photoshop:City" : "Paris"}',
    "a signed place": b'json{"Iptc4xmpExt:LocationCreated":[{"Iptc4xmpExt:City":"Paris"}]}',
    "JSON": b'SEFT{"latitude": 48.8583, "longitude": 2.2944}',
}
CARRIERS = {Kind.EXIF: EXIF, Kind.XMP: XMP, Kind.IPTC: IPTC, Kind.TEXT: TEXT, Kind.OTHER: OTHER}

JPEG, PNG, WEBP, GIF = (make_image(name) for name in ("JPEG", "PNG", "WEBP", "GIF"))
PHOTOSHOP = b"Photoshop 3.0\0"


def _itxt(content: bytes) -> bytes:
    keyword, _, text = content.partition(b"\0")
    return chunk(b"iTXt", keyword + b"\0\0\0\0\0" + text)


def _written(format_: str, name: str, it: bytes) -> bytes:
    """Return a picture with `it` in the item of this name, or behind it as a box that nobody knows."""
    picture = make_image(format_)
    if name == "behind":
        return picture + box(b"free", it)
    plan = containers.planned(io.BytesIO(picture), format_, Written(**{name: it}))
    return b"".join(
        piece if isinstance(piece, bytes) else picture[piece.offset :][: piece.length] for piece in plan
    )


# Of each format where it has packets of which kind, and how one is put there.
PLACES = {
    ("JPEG", "APP1"): (Kind.EXIF, lambda it: jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + it))),
    ("JPEG", "second APP1"): (
        Kind.EXIF,
        lambda it: jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + exif()), segment(0xE1, b"Exif\0\0" + it)),
    ),
    ("JPEG", "second picture"): (
        Kind.EXIF,
        lambda it: JPEG + jpeg_with(JPEG, segment(0xE1, b"Exif\0\0" + it)),
    ),
    ("JPEG", "XMP"): (Kind.XMP, lambda it: jpeg_with(JPEG, *extended(it, 60_000))),
    ("JPEG", "APP13"): (
        Kind.IPTC,
        lambda it: jpeg_with(JPEG, segment(0xED, PHOTOSHOP + resource(0x0404, it))),
    ),
    ("JPEG", "comment"): (Kind.TEXT, lambda it: jpeg_with(JPEG, segment(0xFE, it))),
    ("JPEG", "APP5"): (Kind.OTHER, lambda it: jpeg_with(JPEG, segment(0xE5, it))),
    ("JPEG", "behind"): (Kind.OTHER, lambda it: JPEG + it),
    ("PNG", "eXIf"): (Kind.EXIF, lambda it: png_with(PNG, chunk(b"eXIf", it))),
    ("PNG", "late eXIf"): (Kind.EXIF, lambda it: png_with(PNG, late=chunk(b"eXIf", it))),
    ("PNG", "raw profile"): (Kind.EXIF, lambda it: png_with(PNG, raw_profile("exif", b"Exif\0\0" + it))),
    ("PNG", "iTXt"): (Kind.XMP, lambda it: png_with(PNG, _itxt(b"XML:com.adobe.xmp\0" + it))),
    ("PNG", "raw XMP"): (Kind.XMP, lambda it: png_with(PNG, raw_profile("APP1", XMP_HEAD + it))),
    ("PNG", "raw IPTC"): (Kind.IPTC, lambda it: png_with(PNG, raw_profile("iptc", resource(0x0404, it)))),
    ("PNG", "text"): (Kind.TEXT, lambda it: png_with(PNG, _itxt(it))),
    ("PNG", "behind"): (Kind.OTHER, lambda it: PNG + it),
    ("WEBP", "EXIF"): (Kind.EXIF, lambda it: webp_with(WEBP, piece(b"EXIF", it))),
    ("WEBP", "XMP"): (Kind.XMP, lambda it: webp_with(WEBP, piece(b"XMP ", it))),
    ("WEBP", "behind"): (Kind.OTHER, lambda it: WEBP + it),
    **{
        (format_, name): (kind, partial(_written, format_, name))
        for format_ in ("AVIF", "HEIF")
        for name, kind in (("exif", Kind.EXIF), ("xmp", Kind.XMP), ("behind", Kind.OTHER))
    },
    ("TIFF", "XMP"): (Kind.XMP, partial(_written, "TIFF", "xmp")),
    ("TIFF", "IPTC"): (Kind.IPTC, partial(_written, "TIFF", "iptc")),
    ("TIFF", "behind"): (Kind.OTHER, lambda it: make_image("TIFF") + it),
    ("GIF", "XMP"): (Kind.XMP, lambda it: gif_with(GIF, gif_xmp(it))),
    ("GIF", "IPTC"): (Kind.IPTC, lambda it: gif_with(GIF, b"!\xff\x0bMGKIPTC0000" + sub_blocks(it))),
    ("GIF", "comment"): (Kind.TEXT, lambda it: gif_with(GIF, b"!\xfe" + sub_blocks(it))),
    ("GIF", "behind"): (Kind.OTHER, lambda it: GIF + it),
}


def named(combined: object) -> str:
    return combined if isinstance(combined, str) else " ".join(combined)


def is_located(data: bytes, format_: str) -> bool:
    return says_where(containers.packets(io.BytesIO(data), format_))


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (place, name)
        for place, (kind, _) in PLACES.items()
        for name in CARRIERS[kind]
        if (*place, name) != ("GIF", "XMP", "UTF-16")  # it holds UTF-8 alone (XMP 3, 1.1.2)
    ],
    ids=named,
)
def test_whatever_says_where_is_recognised_wherever_it_is(place, name):
    kind, put = PLACES[place]
    assert is_located(put(CARRIERS[kind][name]), place[0])


@pytest.mark.parametrize("name", FIELDS)
def test_tags_of_a_tiff_that_say_where_are_recognised(name):
    assert is_located(_written("TIFF", "exif", FIELDS[name]), "TIFF")


@pytest.mark.parametrize("format_", sorted({format_ for format_, _ in PLACES}))
def test_a_picture_alone_says_nothing_of_where(format_):
    assert not is_located(make_image(format_), format_)


NO_PLACE = {
    Kind.EXIF: {
        "nothing": exif(),
        "the version": exif(version=b"\2\3\0\0"),
        "the time": exif(version=b"\2\3\0\0", time=PARIS, date="2024:07:14"),
        "references": exif(north="N", east="E", above=b"\0", datum="WGS-84"),
        "how well it was measured": exif(satellites="07", status="V", mode="2", precision=IFDRational(5)),
        "a compass": exif(compass=IFDRational(90), track=IFDRational(90), speed=IFDRational(0)),
        "no fix": exif(latitude=NOWHERE, longitude=NOWHERE),
        "an altitude of zero alone": exif(above=b"\0", altitude=IFDRational(0, 100), date="2024:07:14"),
        "an empty area": exif(area=b"ASCII\0\0\0" + bytes(20), method=b"  "),
        "what a camera says of itself": exif(
            tags={0x010F: "FUJIFILM", 0x0110: "X100V", 0x010E: "Version 1.0.0, 2.0.0"},
            shot={0x829A: IFDRational(1, 250), 0x9286: b"ASCII\0\0\0ISO 400, 1.5000 s"},
        ),
        "a pointer to nothing": structure((0x8825, 4, 1, 0)),
        "an empty directory": structure((0x8825, 4, 1, AFTER_ONE), rest=directory(">")),
        "its own thumbnail": structure(
            following=AFTER_ONE - 12, rest=directory(">", (0x0103, 3, 1, 0x60000))
        ),
        "notes of a Panasonic without a place": structure(
            (0x927C, 7, 40, AFTER_ONE),
            rest=b"Panasonic\0\0\0" + directory(">", (0x6D, 2, 6, 60)) + b"\0\0\0\0---" + bytes(9),
        ),
        "notes of a Nikon without a place": structure(
            (0x927C, 7, 60, AFTER_ONE),
            rest=b"Nikon\0\2\x10\0\0" + structure((0x39, 7, 20, AFTER_ONE), rest=b"0100\1" + bytes(30)),
        ),
        "many pages": b"MM\0*\0\0\0\x08"
        + b"".join(
            directory(">", *[(0x0100 + tag, 4, 1, 9) for tag in range(9)], following=8 + 114 * page)
            for page in range(1, 100)
        ),
        "no structure": b"Exif of another kind",
    },
    Kind.XMP: {
        "nothing": xmp(),
        "words": xmp(
            "<dc:title>Paris</dc:title><dc:subject><rdf:Bag><rdf:li>Paris</rdf:li></rdf:Bag></dc:subject>"
        ),
        "an empty city": xmp(
            "<photoshop:City> </photoshop:City><Iptc4xmpExt:LocationCreated/>", "photoshop:State=' '"
        ),
        "empty structures": xmp(
            "<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li rdf:parseType='Resource'/></rdf:Bag>"
            "</Iptc4xmpExt:LocationShown>"
        ),
        "the creator's address": xmp(
            "<Iptc4xmpCore:CreatorContactInfo Iptc4xmpCore:CiAdrCity='Paris' Iptc4xmpCore:CiAdrCtry='F'/>"
        ),
        "a time by satellite": xmp(
            "", "exif:GPSVersionID='2.3.0.0' exif:GPSTimeStamp='2024-07-14T16:30:05Z'"
        ),
        "an altitude of zero alone": xmp("", "exif:GPSAltitude='0/100' exif:GPSAltitudeRef='0'"),
        "references": xmp(
            "", "exif:GPSDestBearingRef='T' exif:GPSAltitudeRef='0' exif:GPSImgDirection='90/1'"
        ),
        "a camera's sensitivity": xmp(
            "<exifEX:ISOSpeedLatitudeyyy xmlns:exifEX='http://cipa.jp/exif/1.0/'>200</exifEX:ISOSpeedLatitudeyyy>"
        ),
        "what is no XML": xmp("<dc:title>Paris</dc:tit>"),
    },
    Kind.IPTC: {
        "words": dataset(2, 5, b"Paris") + dataset(2, 25, b"Paris") + dataset(2, 120, b"Boats"),
        "an empty city": dataset(2, 90, b"  ") + dataset(2, 101, b""),
        "no records": b"8BIM",
    },
    Kind.TEXT: {
        "a program": b"Comment\0CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 80",
        "a version": b"Software\0ImageMagick 7.1.1-26 Q16-HDRI x86_64 21685:20240101 https://imagemagick.org",
        "a pointer": b"exif:GPSInfo\x001234",
        "times": b"date:create\x002024-07-14T16:30:05+00:00",
        "sizes in a program's drawing": b'workflow\0{"size":[425.27801513671875,180.6060791015625]}',
        "places in a program's drawing": b'workflow\0{"offset":[-315.59869384765625, 33.12345]}',
        "ratios": b"Comment\0scale 1.25, 2.50",
        "an empty location": b"Location\0 ",
    },
    Kind.OTHER: {
        "a film without a place": film(box(b"udta", box(b"\xa9nam", b"\0\4\x15\xc7Boats"))),
        "a table of pictures": b"MPF\0MM\0*\0\0\0\x08\0\1\xb0\0\0\7\0\0\0\x040100\0\0\0\0",
        "a signed picture": b'jumb\0json{"photoshop:City":"","Iptc4xmpExt:LocationCreated":[{}]}',
        "a plural": b"latitudes: 3, latitude of exposure",
        "noise": bytes(range(256)) * 100,
    },
}


@pytest.mark.parametrize(
    ("place", "name"),
    [(place, name) for place, (kind, _) in PLACES.items() for name in NO_PLACE[kind]],
    ids=named,
)
def test_what_does_not_say_where_is_left_in_peace(place, name):
    kind, put = PLACES[place]
    assert not is_located(put(NO_PLACE[kind][name]), place[0])


@pytest.mark.parametrize(
    ("format_", "place"),
    [*((format_, 20 * 2**20) for format_ in FORMATS), ("JPEG", 2**24 - 5), ("HEIF", 2**24 - 5)],
)
def test_a_place_in_the_middle_of_much_is_recognised(format_, place):
    """Between a phone's depth map, say, and a long film."""
    behind = bytes(place) + OTHER["a film's place"] + bytes(20 * 2**20)
    picture = make_image(format_)
    assert is_located(picture + box(b"mpvd", behind), format_)
    assert not is_located(picture + box(b"mpvd", bytes(len(behind))), format_)


@pytest.mark.parametrize("head", [b"Exif\0\0", XMP_HEAD])
def test_a_segment_with_nothing_in_it_says_nothing(head):
    assert not is_located(jpeg_with(JPEG, segment(0xE1, head)), "JPEG")


@pytest.mark.parametrize("kind", Kind)
def test_what_could_not_be_read_may_say_where(kind):
    assert says_where([Packet(kind, b"")])


@pytest.mark.parametrize("kind", Kind)
def test_as_many_packets_as_a_file_has_pages_are_read(kind):
    content = next(iter(NO_PLACE[kind].values()))
    assert not says_where([Packet(kind, content)] * 1_000)
    assert says_where([Packet(kind, content)] * 1_000 + [Packet(kind, next(iter(CARRIERS[kind].values())))])


def test_so_much_that_nobody_reads_it_may_say_where():
    assert says_where([Packet(Kind.XMP, xmp("<dc:title/>" * 5_000))] * 25)
    assert says_where([Packet(Kind.IPTC, dataset(2, 5, b"Boats" * 1_000))] * 300)


def test_a_structure_with_more_than_is_read_may_say_where():
    fields = structure(*[(0x9000, 3, 1, 0)] * (MAX_FIELDS + 1))
    pages = b"MM\0*\0\0\0\x08" + b"".join(
        directory(">", following=8 + 6 * page) for page in range(1, MAX_DIRECTORIES + 2)
    )
    assert says_where([Packet(Kind.EXIF, fields)])
    assert says_where([Packet(Kind.EXIF, pages)])
    assert not says_where([Packet(Kind.EXIF, pages[: 6 * 50])])


MiB = 2**20
HOSTILE = {
    "elements": [Packet(Kind.XMP, xmp("<dc:title/>" * 6_000))] * 8,
    "elements within each other": [Packet(Kind.XMP, xmp("<dc:a>" * 9_000 + "</dc:a>" * 9_000))] * 8,
    "XML that is none": [Packet(Kind.XMP, b"<rdf:RDF " + b"a:b " * MiB)] * 4,
    "a long name": [Packet(Kind.XMP, b"<rdf:RDF " + b"a" * 4 * MiB)] * 4,
    "directories": [Packet(Kind.EXIF, structure(*[(0x014A, 4, 16, 8)] * 5_000))] * 1_000,
    "records": [Packet(Kind.IPTC, dataset(2, 120, b"\xe4") * 20_000)] * 8,
    "spaces": [Packet(Kind.TEXT, b"Comment\x001.0000" + b" " * MiB)] * 4,
    "digits": [Packet(Kind.TEXT, b"Comment\0" + b"1.00000" * (MiB // 8))] * 4,
    "films": [Packet(Kind.OTHER, b"\0\0\0\0loci\0\0\0\1" * MiB)] * 4,
    "pictures": [Packet(Kind.OTHER, b"MM\0*\0\0\0\x08\xff\xff" * MiB)] * 4,
    "openings": [Packet(Kind.OTHER, b"<rdf:RDF " * MiB)] * 4,
    "packets": [Packet(Kind.OTHER, b"<rdf:RDF/></rdf:RDF>" * MiB)] * 3,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_packets_take_no_longer_than_a_picture_does(name):
    started = time.process_time()
    says_where(HOSTILE[name])
    read_metadata(HOSTILE[name])
    assert time.process_time() - started < 3 * 2  # of the 10 that a child has
