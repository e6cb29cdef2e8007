"""The words of XMP, in every shape that RDF has for them."""

import pytest

from images.imaging.containers.parts import Kind, Packet
from images.imaging.metadata.reading import read_metadata

NAMESPACES = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "plus": "http://ns.useplus.org/ldf/xmp/1.0/",
    "cc": "http://creativecommons.org/ns#",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "tiff": "http://ns.adobe.com/tiff/1.0/",
    "aux": "http://ns.adobe.com/exif/1.0/aux/",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "drone": "http://www.dji.com/drone-dji/1.0/",
}


def packet(properties: str, attributes: str = "") -> str:
    """Return the packet of one description that has these properties and attributes."""
    declared = " ".join(f'xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMESPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF {declared}><rdf:Description rdf:about="" {attributes}>{properties}</rdf:Description>'
        "</rdf:RDF>"
        '</x:xmpmeta><?xpacket end="w"?>'
    )


def read(text: str | bytes):
    return read_metadata([Packet(Kind.XMP, text if isinstance(text, bytes) else text.encode())])


def words(properties: str, attributes: str = "") -> dict:
    return read(packet(properties, attributes))[1].get("words", {})


TITLE = "<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>Low tide</rdf:li></rdf:Alt></dc:title>"


@pytest.mark.parametrize(
    "properties",
    [
        TITLE,
        "<dc:title>Low tide</dc:title>",
        "<dc:title xml:lang='en'>Low tide</dc:title>",
        "<dc:title><rdf:Bag><rdf:li>Low tide</rdf:li></rdf:Bag></dc:title>",
        "<dc:title><rdf:Seq><rdf:_1>Low tide</rdf:_1></rdf:Seq></dc:title>",
        "<dc:title><rdf:Alt><rdf:li xml:lang='de'>Ebbe</rdf:li>"
        "<rdf:li xml:lang='x-default'>Low tide</rdf:li></rdf:Alt></dc:title>",
        "<dc:title><rdf:Alt><rdf:li xml:lang='en'>Low tide</rdf:li>"
        "<rdf:li xml:lang='de'>Ebbe</rdf:li></rdf:Alt></dc:title>",
        "<dc:title rdf:parseType='Resource'><rdf:value>Low tide</rdf:value><xmp:A>x</xmp:A></dc:title>",
        "<dc:title><rdf:Description><rdf:value>Low tide</rdf:value></rdf:Description></dc:title>",
        "<dc:title><rdf:Description rdf:value='Low tide' xmp:Label='red'/></dc:title>",
        "<dc:title rdf:value='Low tide' xmp:Label='red'/>",
        "<dc:title><![CDATA[Low tide]]></dc:title>",
        "<dc:title>Low&#32;tide</dc:title>",
        "<!-- a comment --><dc:title>Low <!-- no -->tide</dc:title>",
    ],
)
def test_a_text_is_read_in_every_shape(properties):
    assert words(properties)["title"] == "Low tide"


def test_a_text_that_is_an_attribute_is_read():
    assert words("", "dc:title='Low tide' photoshop:Headline='Boats'") == {
        "title": "Low tide",
        "headline": "Boats",
    }


@pytest.mark.parametrize(
    "coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_a_packet_is_read_in_whichever_coding_it_is(coding):
    text = packet("<dc:title>Zürich \u2013 Straße</dc:title>").replace("\ufeff", "")
    assert read(text.encode(coding))[1]["words"] == {"title": "Zürich \u2013 Straße"}


def test_prefixes_are_only_names():
    text = packet(TITLE).replace("dc:", "d:").replace(":dc", ":d").replace("rdf:", "r:").replace(":rdf", ":r")
    assert read(text)[1]["words"] == {"title": "Low tide"}


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text + "\0" * 100,
        lambda text: " \n" + text,
        lambda text: "<?xml version='1.0' encoding='UTF-16'?>\n" + text,
        lambda text: text.replace("Low tide", "Low\x01 tide\x0b"),
        lambda text: text.partition("?>")[2],
        lambda text: text.replace("x:xmpmeta", "x:xapmeta"),
        lambda text: (
            text.partition("?>")[2].removeprefix('<x:xmpmeta xmlns:x="adobe:ns:meta/">').partition("</x")[0]
        ),
        lambda text: text.replace("<rdf:Description", "<xmp:Thing").replace(
            "</rdf:Description", "</xmp:Thing"
        ),
    ],
)
def test_what_programs_get_wrong_around_it_does_not_matter(damage):
    assert read(damage(packet(TITLE)))[1]["words"] == {"title": "Low tide"}


def test_it_reads_all_words_and_rights():
    found = words(
        "<dc:title>The harbour</dc:title><photoshop:Headline>Boats</photoshop:Headline>"
        "<dc:description><rdf:Alt><rdf:li>Boats,\nat low tide</rdf:li></rdf:Alt></dc:description>"
        "<Iptc4xmpCore:AltTextAccessibility>Three boats on mud</Iptc4xmpCore:AltTextAccessibility>"
        "<dc:creator><rdf:Seq><rdf:li>Ada Lovelace</rdf:li><rdf:li>Mary Shelley</rdf:li></rdf:Seq>"
        "</dc:creator>"
        "<photoshop:Credit>The Archive</photoshop:Credit><dc:rights>© 2024 Ada</dc:rights>"
        "<xmpRights:UsageTerms>With my name</xmpRights:UsageTerms>"
        "<xmpRights:WebStatement>https://example.org/terms</xmpRights:WebStatement>"
        "<cc:license rdf:resource='https://creativecommons.org/licenses/by-sa/4.0/'/>"
        "<photoshop:Source>A private collection</photoshop:Source>"
        "<dc:source>https://example.org/boats</dc:source>"
        "<dc:subject><rdf:Bag><rdf:li>boats</rdf:li><rdf:li>low tide</rdf:li></rdf:Bag></dc:subject>"
    )
    assert found == {
        "title": "The harbour",
        "headline": "Boats",
        "description": "Boats,\nat low tide",
        "alt_text": "Three boats on mud",
        "author": "Ada Lovelace; Mary Shelley",
        "credit": "The Archive",
        "copyright": "© 2024 Ada",
        "usage_terms": "With my name",
        "licence": "CC-BY-SA-4.0",
        "licence_url": "https://creativecommons.org/licenses/by-sa/4.0/",
        "source": "A private collection",
        "source_url": "https://example.org/boats",
        "keywords": ["boats", "low tide"],
    }


def test_the_members_of_structures_are_read():
    maker = "<plus:ImageCreatorName>Ada Lovelace</plus:ImageCreatorName>"
    for item in (
        f"<rdf:li rdf:parseType='Resource'>{maker}</rdf:li>",
        f"<rdf:li><rdf:Description>{maker}</rdf:Description></rdf:li>",
        "<rdf:li plus:ImageCreatorName='Ada Lovelace'/>",
    ):
        structure = f"<plus:ImageCreator><rdf:Seq>{item}</rdf:Seq></plus:ImageCreator>"
        assert words(structure) == {"author": "Ada Lovelace"}


def test_a_name_within_another_property_is_not_this_image_s():
    other = "<xmp:Ancestor rdf:parseType='Resource'><dc:title>Another</dc:title></xmp:Ancestor>"
    assert words(other) == {}


def test_it_reads_what_the_camera_did():
    moment, facts = read(
        packet(
            "<exif:ISOSpeedRatings><rdf:Seq><rdf:li>400</rdf:li></rdf:Seq></exif:ISOSpeedRatings>",
            "tiff:Make='FUJIFILM' tiff:Model='X100V' aux:Lens='XF 23mm F2' exif:ExposureTime='1/250' "
            "exif:FNumber='28/10' exif:FocalLength='23/1' xmp:Rating='4' "
            "exif:GPSLatitude='48,51.5N' exif:GPSLongitude='2,20,0W' "
            "exif:DateTimeOriginal='2024-07-14T18:30:05.25+02:00'",
        )
    )
    assert facts == {
        "camera": "FUJIFILM X100V",
        "lens": "XF 23mm F2",
        "exposure_time": 0.004,
        "f_number": 2.8,
        "iso": 400,
        "focal_length": 23,
        "location": [48.858333, -2.333333],
        "rating": 4,
    }
    assert (moment.instant.isoformat(), moment.offset) == ("2024-07-14T16:30:05.250000+00:00", 120)


@pytest.mark.parametrize(
    ("rating", "kept"),
    [("-1", -1), ("0", None), ("3.0", 3), ("5", 5), ("6", None), ("nan", None), ("good", None)],
)
def test_a_rating_is_of_one_to_five_stars_or_a_rejection(rating, kept):
    assert read(packet("", f"xmp:Rating='{rating}'"))[1].get("rating") == kept


@pytest.mark.parametrize(
    "address", ["javascript:a()", "//example.org", "example.org", "http://", "file:///etc"]
)
def test_only_addresses_of_the_web_are_kept(address):
    assert "source_url" not in words("", f"dc:source='{address}'")
    assert words("", f"cc:license='{address}'") == {}


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
DEEP = "<dc:title>" * 20_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 1_000,
        b"\xff\xfe<\0",
        packet("<dc:title>Low tide</dc:tit>").encode(),
        packet("<dc:title>&b;</dc:title>").encode(),
        packet(BOMB + "<dc:title>&b;</dc:title>").encode(),
        (BOMB + packet("<dc:title>&b;</dc:title>")).encode(),
        packet('<!DOCTYPE x SYSTEM "file:///etc/passwd"><dc:title>no</dc:title>').encode(),
        packet(DEEP + DEEP.replace("<", "</")).encode(),
        packet("<dc:title/>" * 100_000).encode(),
        packet(TITLE)[:-60].encode(),
    ],
)
def test_a_hostile_or_broken_packet_says_nothing(content):
    assert read(content) == (None, {})


def test_elements_within_each_other_are_followed_so_far_and_no_further():
    bags = 3_000
    assert (
        words("<dc:title><rdf:Bag><rdf:li>" * bags + "deep" + "</rdf:li></rdf:Bag></dc:title>" * bags) == {}
    )
