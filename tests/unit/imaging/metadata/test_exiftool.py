"""Files of every format, read as exiftool reads them, field by field."""

import io
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from images.imaging.inspection import inspect_image, orientation_of
from tests.factories import make_image
from tests.files import exiftool
from tests.files.carriers import XMP_HEAD, jpeg_with, resource, segment
from tests.files.iptc import dataset
from tests.servers.machine import need
from tests.unit.imaging.metadata.test_exif import PHOTO, packet_of
from tests.unit.imaging.metadata.test_xmp import packet

FORMATS = {
    "JPEG": "jpg",
    "PNG": "png",
    "WEBP": "webp",
    "GIF": "gif",
    "AVIF": "avif",
    "HEIF": "heic",
    "TIFF": "tif",
}

# What exiftool writes, by the packet that it is in: a line for each tag.
EXIF = {
    "camera": """
        Make=FUJIFILM
        Model=X100V
        LensModel=XF 23mm F2
        ExposureTime=1/250
        FNumber=2.8
        ISO=400
        FocalLength=23
        Orientation#=6
        EXIF:Rating=4""",
    "moment": """
        DateTimeOriginal=2024:07:14 00:30:05
        OffsetTimeOriginal=+05:30
        SubSecTimeOriginal=042
        CreateDate=2024:07:15 00:30:05
        ModifyDate=2024:07:16 00:30:05""",
    "place": """
        GPSLatitude=33.856784
        GPSLatitudeRef=S
        GPSLongitude=151.215297
        GPSLongitudeRef=E
        GPSAltitude=10
        EXIF:Artist=Jørn Utzon""",
    "words": """
        EXIF:ImageDescription=Boats, at low tide
        EXIF:Artist=Ada Lovelace
        EXIF:Copyright=© 2024 Ada
        XPTitle=Der Häfen 東京
        XPKeywords=harbour;low tide
        UserComment=unused""",
}
IPTC = {
    "records": """
        IPTC:CodedCharacterSet=UTF8
        IPTC:ObjectName=Zürich
        IPTC:Headline=Boote
        IPTC:By-line=Ada L.
        IPTC:By-line=Mary S.
        IPTC:Credit=The Archive
        IPTC:Source=A collection
        IPTC:City=Zürich
        IPTC:CopyrightNotice=© Ada
        IPTC:Caption-Abstract=Boote, bei Ebbe
        IPTC:Keywords=eins
        IPTC:Keywords=zwei
        IPTC:DateCreated=2024:07:14
        IPTC:TimeCreated=18:30:05-03:30""",
    "records without their coding": """
        IPTC:ObjectName=Zürich
        IPTC:Headline=Straße
        IPTC:Sub-location=See""",
}
XMP = {
    "words": """
        XMP-dc:Title=The harbour
        XMP-dc:Title-de=Der Hafen
        XMP-dc:Description=Boats <at> low & tide
        XMP-photoshop:Headline=Boats
        XMP-dc:Subject=boats
        XMP-dc:Subject=low tide
        XMP-xmp:Rating=5
        XMP-iptcCore:AltTextAccessibility=Three boats on mud""",
    "rights": """
        XMP-dc:Creator=Ada Lovelace
        XMP-dc:Creator=Mary Shelley
        XMP-dc:Rights=© 2024 Ada
        XMP-photoshop:Credit=The Archive
        XMP-photoshop:Source=A collection
        XMP-xmp:Rating=-1
        XMP-xmpRights:UsageTerms=With my name
        XMP-cc:AttributionURL=https://example.org/boats
        XMP-xmpRights:WebStatement=https://creativecommons.org/licenses/by-sa/4.0/""",
    "camera": """
        XMP-tiff:Make=Leica
        XMP-tiff:Model=M11
        XMP-aux:Lens=Summilux
        XMP-exif:ISO=64
        XMP-exif:ExposureTime=1/60
        XMP-exif:FNumber=1.4
        XMP-exif:FocalLength=35
        XMP-exif:GPSLatitude=48.858333
        XMP-exif:GPSLongitude=-2.333333
        XMP-exif:DateTimeOriginal=2024:07:14 18:30:05.25+02:00""",
    "a day": """
        XMP-photoshop:DateCreated=2024:07:14
        XMP-photoshop:City=Paris
        XMP-plus:ImageCreatorName=Ada""",
}
ALL = "\n".join([EXIF["camera"], EXIF["moment"], EXIF["words"], XMP["words"], XMP["rights"]])
HAVE_IPTC = ("JPEG", "PNG", "TIFF")


@dataclass(frozen=True)
class Made:
    """One file: how the picture is made, and the tags that exiftool writes into it, if any."""

    picture: Callable[[], bytes]
    tags: str = ""


def _by_exiftool() -> dict[str, Made]:
    made = {}
    for format_, extension in FORMATS.items():
        kinds = {"XMP": XMP} | ({} if format_ == "GIF" else {"Exif": EXIF, "all": {"of it": ALL}})
        if format_ in HAVE_IPTC:
            kinds["IPTC"] = IPTC
        for kind, packs in kinds.items():
            for pack, tags in packs.items():
                made[f"{kind} {pack}.{extension}"] = Made(partial(make_image, format_), tags)
    return made


def _png_with_texts() -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "Ebbe \xe4")
    texts.add_itxt("Description", "東京", "ja", "")
    texts.add_text("Author", "Ada", zip=True)
    return make_image("PNG", pnginfo=texts)


def _iptc(content: bytes) -> bytes:
    return jpeg_with(make_image("JPEG"), segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, content)))


def _xmp(text: str, coding: str = "utf-8") -> bytes:
    return jpeg_with(make_image("JPEG"), segment(0xE1, XMP_HEAD + text.encode(coding)))


def _exif(content: bytes, format_: str = "JPEG") -> bytes:
    return make_image(format_, exif=b"Exif\0\0" + content)


TITLE = packet("<dc:title>Zürich</dc:title>")
BY_PILLOW = {
    "a photo.jpg": lambda: _exif(PHOTO.content),
    "a photo.webp": lambda: _exif(PHOTO.content, "WEBP"),
    "a photo.png": lambda: _exif(PHOTO.content, "PNG"),
    "nothing.jpg": make_image,
    "nothing.png": lambda: make_image("PNG"),
    "texts.png": _png_with_texts,
    "a comment.gif": lambda: make_image("GIF", comment=b"a comment"),
    "a comment.jpg": lambda: make_image("JPEG", comment=b"a comment"),
    "two notices.jpg": lambda: _exif(packet_of({0x8298: b"Ada\0Ed\0"}).content),
    "Latin-1.jpg": lambda: _iptc(dataset(1, 90, b"\x1b.A") + dataset(2, 5, b"Z\xfcrich")),
    "Macintosh.jpg": lambda: _iptc(dataset(2, 5, "Zürich \u2013 Straße".encode("mac_roman"))),
    "Windows.jpg": lambda: _iptc(dataset(2, 5, "Zürich \u2013 Straße".encode("cp1252"))),
    "attributes.jpg": lambda: _xmp(packet("", "dc:title='Low tide' photoshop:Headline='Boats'")),
    "UTF-16.jpg": lambda: _xmp(TITLE, "utf-16-be"),
    "UTF-16 of Windows.jpg": lambda: _xmp(TITLE, "utf-16-le"),
    "Olympus.jpg": lambda: _exif(packet_of({0x010E: "OLYMPUS DIGITAL CAMERA         "}).content),
}
FILES = _by_exiftool() | {name: Made(picture) for name, picture in BY_PILLOW.items()}

# Where exiftool finds each field, the most trusted first.
TAGS = {
    "title": ("XMP-dc:Title", "IPTC:ObjectName", "IFD0:XPTitle", "PNG:Title"),
    "headline": ("XMP-photoshop:Headline", "IPTC:Headline"),
    "description": (
        *("XMP-dc:Description", "IPTC:Caption-Abstract", "IFD0:ImageDescription", "PNG:Description-ja"),
    ),
    "alt_text": ("XMP-iptcCore:AltTextAccessibility",),
    "author": ("XMP-dc:Creator", "XMP-plus:ImageCreatorName", "IPTC:By-line", "IFD0:Artist", "PNG:Author"),
    "credit": ("XMP-photoshop:Credit", "IPTC:Credit"),
    "copyright": ("XMP-dc:Rights", "IPTC:CopyrightNotice", "IFD0:Copyright"),
    "usage_terms": ("XMP-xmpRights:UsageTerms",),
    "licence_url": ("XMP-xmpRights:WebStatement",),
    "source": ("XMP-photoshop:Source", "IPTC:Source"),
    "source_url": ("XMP-cc:AttributionURL",),
    "keywords": ("XMP-dc:Subject", "IPTC:Keywords", "IFD0:XPKeywords"),
    "camera": ("XMP-tiff:Make", "IFD0:Make"),  # and the model
    "lens": ("XMP-aux:Lens", "ExifIFD:LensModel"),
    "exposure_time": ("XMP-exif:ExposureTime", "ExifIFD:ExposureTime"),
    "f_number": ("XMP-exif:FNumber", "ExifIFD:FNumber"),
    "iso": ("XMP-exif:ISO", "ExifIFD:ISO"),
    "focal_length": ("XMP-exif:FocalLength", "ExifIFD:FocalLength"),
    "rating": ("XMP-xmp:Rating", "IFD0:Rating"),
    "orientation": ("IFD0:Orientation",),
    "latitude": ("Composite:GPSLatitude", "XMP-exif:GPSLatitude"),
    "longitude": ("Composite:GPSLongitude", "XMP-exif:GPSLongitude"),
    "taken": ("XMP-exif:DateTimeOriginal", "XMP-photoshop:DateCreated", "Composite:DateTimeCreated",
              "Composite:SubSecDateTimeOriginal", "ExifIFD:DateTimeOriginal"),
}  # fmt: skip
PLACES = ("GPSLatitude", "GPSAltitude", "City", "Sub-location")

TURNED = ("Exif camera", "all of it")
DISAGREEMENTS = {
    ("Macintosh.jpg", "title"): "exiftool takes all IPTC without a coding for that of Windows",
    ("Olympus.jpg", "description"): "what a camera writes into every file describes none",
    **{
        (f"{name}.{extension}", "orientation"): "what turns the picture is irot (HEIF, 6.5.10), not Exif"
        for name in TURNED
        for extension in ("avif", "heic")
    },
    **{(f"{name}.tif", "orientation"): "Pillow has turned a TIFF when it is loaded" for name in TURNED},
}


def expected(tags: dict[str, Any], field: str) -> Any:
    """Return what exiftool says of a field, in our form; None if it says nothing."""
    name = next((tag for tag in TAGS[field] if tags.get(tag) not in (None, "", [])), None)
    if name is None:
        return None
    value = tags[name]
    if field == "camera":
        return f"{value} {tags[name.replace('Make', 'Model')]}"
    if field == "taken":
        return datetime.fromisoformat(str(value).replace(":", "-", 2))
    if field == "keywords":
        return [str(word) for word in value] if isinstance(value, list) else str(value).split(";")
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return round(value, 6) if isinstance(value, float) else value


def said(data: bytes) -> dict[str, Any]:
    """Return what the library reads, by the names of TAGS."""
    facts = inspect_image(io.BytesIO(data))
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        orientation = orientation_of(image)
    found = facts.metadata | facts.metadata.get("words", {}) | {"where": facts.has_location}
    if orientation != 1:
        found["orientation"] = orientation
    if "location" in found:
        found["latitude"], found["longitude"] = found["location"]
    if facts.taken_at:
        zone = None if facts.taken_offset is None else timezone(timedelta(minutes=facts.taken_offset))
        found["taken"] = facts.taken_at.astimezone(zone) if zone else facts.taken_at.replace(tzinfo=None)
        assert found["taken"].date() == facts.taken_day
    elif facts.taken_day:  # alone, which `expected` has as its midnight
        found["taken"] = datetime.combine(facts.taken_day, datetime.min.time())
    return found


@pytest.fixture(scope="module")
def read(tmp_path_factory) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return what the library and what exiftool say of each file, by its name."""
    folder = tmp_path_factory.mktemp("files")
    program = shutil.which("exiftool")
    need("exiftool", program, "what another reader finds in a file")
    commands = []
    for name, made in FILES.items():
        (folder / name).write_bytes(made.picture())
        tags = [f"-{line.strip()}" for line in made.tags.splitlines() if line.strip()]
        commands += ["-q", "-q", "-overwrite_original", *tags, str(folder / name), "-execute"] if tags else []
    subprocess.run([str(program), "-@", "-"], input="\n".join(commands), text=True, check=True)
    files = {name: (folder / name).read_bytes() for name in FILES}
    tags = exiftool.tags(files, tmp_path_factory.mktemp("again"), "-n")
    return {name: (said(data), tags[name]) for name, data in files.items()}


def test_there_are_files_enough(read):
    assert len(FILES) >= 40
    written = [name for name, made in FILES.items() if made.tags and len(read[name][0]) < 3]
    assert written == []


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_as_exiftool_reads_it(read, name):
    ours, tags = read[name]
    different = {
        field: (ours.get(field), theirs)
        for field in TAGS
        if ours.get(field) != (theirs := expected(tags, field)) and (name, field) not in DISAGREEMENTS
    }
    assert different == {}


@pytest.mark.parametrize(("name", "field"), DISAGREEMENTS)
def test_where_they_disagree_there_is_a_reason_for_it(read, name, field):
    ours, tags = read[name]
    assert ours.get(field) != expected(tags, field), "They agree: this is no longer one."
    assert DISAGREEMENTS[name, field]


@pytest.mark.parametrize("name", FILES)
def test_a_file_says_where_if_exiftool_finds_a_place(read, name):
    ours, tags = read[name]
    assert ours["where"] == any(tag.rpartition(":")[2] in PLACES for tag in tags)
