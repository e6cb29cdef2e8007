"""GET and HEAD /api/v1/images/{id}/file?metadata=embedded: a copy with the library's words in it."""

import io
import os
import shutil
from contextlib import ExitStack
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from PIL import Image as PillowImage
from PIL import ImageChops

from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.errors import Unrenderable
from images.http import limits
from images.imaging import sandbox
from images.models import Image
from images.renditions import drawing, embedded
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import problem
from tests.factories import add_image, make_image, make_user, noise, said_of, sha256
from tests.files import exiftool, located

pytestmark = pytest.mark.django_db

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "TIFF")
TEXTS = {
    "title": "Der Hafen \u2013 \u201ebei Ebbe\u201c",
    "description": "Boats & <nets>.\nSeen from the pier \U0001f468\u200d\U0001f469\u200d\U0001f467.",
    "alt_text": "\u05de\u05d2\u05d3\u05dc, seen from below",
    "author": 'Ada "the Countess" Lovelace',
    "credit": "Ada Lovelace / The Archive",
    "copyright": "\u00a9 2026 Ada Lovelace",
    "licence": "CC-BY-SA-4.0",
    "source_url": "https://example.org/harbour?a=1&b=2",
    "tags": ["harbour", "low tide", "\u6f6e"],
}
READ = {
    "XMP-dc:Title": TEXTS["title"],
    "XMP-dc:Description": TEXTS["description"],
    "XMP-iptcCore:AltTextAccessibility": TEXTS["alt_text"],
    "XMP-dc:Creator": TEXTS["author"],
    "XMP-photoshop:Credit": TEXTS["credit"],
    "XMP-dc:Rights": TEXTS["copyright"],
    "XMP-xmpRights:WebStatement": "https://creativecommons.org/licenses/by-sa/4.0/",
    "XMP-cc:License": "https://creativecommons.org/licenses/by-sa/4.0/",
    "XMP-dc:Source": TEXTS["source_url"],
    "XMP-dc:Subject": TEXTS["tags"],
}
IN_EXIF = {
    "IFD0:ImageDescription": TEXTS["description"],
    "IFD0:Artist": TEXTS["author"],
    "IFD0:Copyright": TEXTS["copyright"],
}
IN_IPTC = {
    "IPTC:ObjectName": TEXTS["title"],
    "IPTC:By-line": TEXTS["author"],
    "IPTC:Keywords": TEXTS["tags"],
    "IPTC:CopyrightNotice": TEXTS["copyright"],
}


def copy_url(image: Image, value: str = "embedded") -> str:
    return f"/api/v1/images/{image.pk}/file?metadata={value}"


def said(data: bytes | None = None, **changes) -> Image:
    """Return a public image of which people said all that can be said."""
    image, words = add_image(data), TEXTS | {"visibility": "public"} | changes
    set_tags(image, words.pop("tags"))
    for name, value in words.items():
        setattr(image, name, value)
    image.save()
    return image


def body(response) -> bytes:
    assert response.status_code == 200, response.content
    return response.getvalue()


def frames(data: bytes) -> list[PillowImage.Image]:
    with PillowImage.open(io.BytesIO(data)) as image:
        found = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            found.append(image.convert("RGBA"))
        return found


def same_pixels(one: bytes, other: bytes) -> bool:
    pairs = zip(frames(one), frames(other), strict=True)
    return not any(ImageChops.difference(a, b).getbbox(alpha_only=False) for a, b in pairs)


@pytest.mark.parametrize("format_", FORMATS)
def test_exiftool_reads_every_word_in_every_format(client, format_):
    data = make_image(format_, frames=1 if format_ == "JPEG" else 3)
    copy = body(client.get(copy_url(said(data))))
    found = exiftool.read(copy)
    expected = READ | (IN_IPTC if format_ in ("JPEG", "TIFF") else {}) | (IN_EXIF if format_ != "GIF" else {})
    assert {name: found.get(name) for name in expected} == expected
    assert "ExifTool:Warning" not in found
    assert same_pixels(copy, data)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_library_reads_its_own_words_back(client, format_):
    data = exiftool.write(make_image(format_), "-XMP-dc:Title=Wrong", "-XMP-dc:Creator=Nobody")
    taken = {
        "taken_at": datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC),
        "taken_offset": -210,
        "taken_from": "hand",
    }
    image = said(data, **taken)
    again = add_image(body(client.get(copy_url(image))))
    assert again.hash != image.hash
    taken["taken_from"] = "file"
    expected = TEXTS | taken | {"taken_day": date(2026, 5, 3)}
    assert said_of(again, *expected) == expected


def test_a_word_that_was_taken_out_is_not_read_back(client):
    words = ("-XMP-dc:Title=A", "-IPTC:ObjectName=A", "-XPTitle=A", "-ImageDescription=B", "-UserComment=B")
    words += (
        "-XMP-dc:Creator=C",
        "-Artist=C",
        "-XMP-cc:License=https://creativecommons.org/licenses/by/4.0/",
    )
    image = add_image(exiftool.write(make_image(), *words, "-XMP-dc:Source=https://example.org/"))
    said_by_file = ("title", "description", "author", "licence", "source_url")
    assert all(getattr(image, name) for name in said_by_file)
    Image.objects.update(**dict.fromkeys(said_by_file, ""))
    again = add_image(body(client.get(copy_url(image))))
    assert [getattr(again, name) for name in said_by_file] == [""] * 5


def test_the_answer_is_a_download_of_its_own(client):
    image = said()
    response = client.get(copy_url(image))
    copy = body(response)
    assert response["Content-Type"] == "image/jpeg"
    assert response["Content-Length"] == str(len(copy))
    assert response["Content-Disposition"] == 'attachment; filename="photo.jpg"'
    assert response["ETag"] == f'"{sha256(copy)}"' != f'"{image.hash}"'
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    for header in ("X-Accel-Expires", "CDN-Cache-Control", "Surrogate-Control", "Cache-Tag", "Set-Cookie"):
        assert not response.has_header(header)


def test_head_says_the_same_and_conditions_are_kept(client):
    url = copy_url(said())
    whole = client.get(url)
    copy, etag = body(whole), whole["ETag"]
    head = client.head(url)
    assert (head.content, dict(head.items())) == (b"", dict(whole.items()))

    known = client.get(url, headers={"If-None-Match": etag})
    assert (known.status_code, known["ETag"], known["Cache-Control"]) == (304, etag, "private, no-cache")
    assert problem(client.get(url, headers={"If-Match": '"other"'})) == (412, "precondition_failed")
    part = client.get(url, headers={"Range": "bytes=10-19", "If-Range": etag})
    assert (part.status_code, part.getvalue()) == (206, copy[10:20])
    assert part["Content-Range"] == f"bytes 10-19/{len(copy)}"
    assert problem(client.get(url, headers={"Range": "bytes=9999999-"})) == (416, "range_not_satisfiable")


def test_its_etag_is_another_when_the_words_are(client):
    image = said()
    etags = [client.head(copy_url(image))["ETag"] for _ in range(2)]
    Image.objects.filter(pk=image.pk).update(title="The pier")
    assert etags[0] == etags[1] != client.head(copy_url(image))["ETag"]


def test_a_large_one_is_streamed(client):
    data = noise((700, 600))
    response = client.get(copy_url(said(data)))
    assert response.streaming
    assert same_pixels(body(response), data)


def test_the_original_and_its_row_stay_as_they_are(client):
    image = said()
    before = Image.objects.filter(pk=image.pk).values().get()
    assert body(client.get(copy_url(image))) != image.read()
    assert Image.objects.filter(pk=image.pk).values().get() == before
    assert sha256(client.get(image.get_file_url()).content) == image.hash
    assert get_storage().get(image.storage_key) == make_image()


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize(
    ("state", "who", "status"),
    [
        ("public", "nobody", 200),
        ("public", "stranger", 200),
        ("private", "nobody", 404),
        ("private", "stranger", 404),
        ("private", "viewer", 200),
        ("private", "owner", 200),
        ("trashed", "nobody", 404),
        ("trashed", "viewer", 404),
        ("trashed", "owner", 404),
    ],
)
def test_who_sees_the_image_gets_the_copy(client, viewer, stranger, state, who, status, method):
    owner = make_user("owner")
    image = add_image(uploaded_by=owner, visibility="private" if state == "private" else "public")
    if state == "trashed":
        trash(image)
    if who != "nobody":
        client.force_login({"viewer": viewer, "stranger": stranger, "owner": owner}[who])
    for url in (copy_url(image), copy_url(image, "x")):
        response = getattr(client, method)(url)
        assert response.status_code == (status if status == 404 or url.endswith("embedded") else 400)
        if response.status_code != 400:
            assert response.has_header("Vary") == (state != "public")
        if status == 404:
            assert dict(response.items()) == dict(getattr(client, method)(f"{image.get_file_url()}").items())


@pytest.mark.parametrize(
    "query", ["metadata=", "metadata=Embedded", "metadata=embedded&metadata=embedded", "metadata"]
)
def test_any_other_value_is_not_valid(client, query):
    response = client.get(f"{add_image().get_file_url()}?{query}")
    assert problem(response) == (400, "validation_error")
    assert response.json()["detail"] == "The parameter metadata has one value: embedded."


def test_copies_are_counted_as_renders(client, monkeypatch):
    monkeypatch.setattr(limits, "RENDERS_PER_HOUR", 1)
    url = copy_url(add_image())
    assert client.get(url).status_code == 200
    response = client.get(url)
    assert problem(response) == (429, "throttled")
    assert int(response["Retry-After"]) > 0


def test_a_storage_that_fails_is_a_clean_500(client, monkeypatch):
    def fails(*args):
        raise StorageUnavailable("https://seaweedfs:8333/private-bucket is gone")

    image = said()
    monkeypatch.setattr(type(get_storage()), "open", fails)
    response = client.get(copy_url(image))
    assert problem(response) == (500, "storage_error")
    assert b"bucket" not in response.content


def test_a_file_that_cannot_be_written_is_refused_in_words(client, monkeypatch):
    def refuses(*args):
        raise Unrenderable("The library's words cannot be written into this file.")

    monkeypatch.setattr(sandbox, "embed", refuses)
    response = client.get(copy_url(said()))
    assert problem(response) == (500, "server_error")
    assert response.json()["detail"] == "The library's words cannot be written into this file."


def test_a_full_disk_makes_none(client, monkeypatch):
    image = said()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=2**40, free=1))
    response = client.get(copy_url(image))
    assert problem(response) == (503, "busy")
    assert "so no copy can be made" in response.json()["detail"]


def test_nothing_is_left_of_a_copy(client, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    urls = [copy_url(said()), copy_url(said(noise((700, 600))))]
    client.head(urls[0])
    opened = len(os.listdir("/proc/self/fd"))
    for url in urls:
        body(client.get(url))
        client.head(url)
    assert len(os.listdir("/proc/self/fd")) == opened
    assert not [name for name in os.listdir(tmp_path) if name != "data"]


# --- What it says ----------------------------------------------------------------------------------


def test_what_the_camera_and_others_wrote_stays(client):
    exif = PillowImage.Exif()
    exif.get_ifd(0x8769)[0x927C] = notes = b"Seed camera\0" + os.urandom(64)
    data = exiftool.write(
        make_image(exif=exif),
        *("-Orientation#=6", "-Make=Seed", "-Model=One", "-DateTimeOriginal=2001:01:01 00:00:00"),
        *("-XMP-xmp:Rating=4", "-XMP-xmp:CreatorTool=A tool", "-IPTC:SpecialInstructions=Press only"),
        *("-XMP-dc:Title=Wrong", "-IPTC:ObjectName=Wrong", "-EXIF:Artist=Wrong"),
    )
    image = said(data)
    copy = body(client.get(copy_url(image)))
    found = exiftool.read(copy)
    before = exiftool.read(data)
    kept = ("IFD0:Orientation", "IFD0:Make", "IFD0:Model", "ExifIFD:DateTimeOriginal", "XMP-xmp:Rating")
    for name in (*kept, "XMP-xmp:CreatorTool", "IPTC:SpecialInstructions"):
        assert found[name] == before[name]
    assert notes in copy
    assert found.items() >= (READ | IN_EXIF | IN_IPTC).items()
    assert same_pixels(copy, data)


def test_a_place_is_neither_added_nor_taken_out(client):
    data = located.photo()
    place = ("GPS:GPSLatitude", "GPS:GPSLongitude", "GPS:GPSLatitudeRef", "GPS:GPSLongitudeRef")
    image = said(data)
    found, before = exiftool.read(body(client.get(copy_url(image)))), exiftool.read(data)
    assert [found[name] for name in place] == [before[name] for name in place]
    image = said(make_image(seed=1), metadata={"location": [48.1, 11.5]})
    assert "GPS" not in str(exiftool.read(body(client.get(copy_url(image)))))


def test_an_empty_word_takes_out_what_the_file_was_read_to_say(client):
    data = exiftool.write(make_image(), "-XMP-dc:Title=A", "-XMP-dc:Rights=B", "-XMP-dc:Subject=c")
    none = dict.fromkeys(TEXTS, "") | {"tags": []}
    unread = said(data, **none, metadata={})
    found = exiftool.read(body(client.get(copy_url(unread))))
    assert [found[f"XMP-dc:{name}"] for name in ("Title", "Rights", "Subject")] == ["A", "B", "c"]
    Image.objects.update(metadata={"words": {"title": "A", "keywords": ["c"]}})
    found = exiftool.read(body(client.get(copy_url(unread))))
    assert (found["XMP-dc:Rights"], "XMP-dc:Title" in found, "XMP-dc:Subject" in found) == ("B", False, False)


TAKEN = ("XMP-photoshop:DateCreated", "XMP-exif:DateTimeOriginal", "ExifIFD:DateTimeOriginal")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"taken_from": "hand", "taken_offset": 120},
            ["2026:05:04 05:02:01+02:00"] * 2 + ["2026:05:04 05:02:01"],
        ),
        ({"taken_from": "upload", "taken_offset": None}, ["2026:05:04 03:02:01"] * 3),
        ({"taken_from": "name"}, [None, None, "2001:01:01 00:00:00"]),
        ({"taken_from": "file"}, [None, None, "2001:01:01 00:00:00"]),
        ({"taken_from": "file", "source_hash": "0" * 64}, ["2026:05:04 03:02:01"] * 3),
    ],
    ids=["corrected", "sent", "guessed", "read", "read and stripped"],
)
def test_when_it_was_taken_is_written_where_people_said_it(client, changes, expected):
    data = exiftool.write(make_image(), "-DateTimeOriginal=2001:01:01 00:00:00")
    image = said(data, taken_at=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC), **changes)
    found = exiftool.read(body(client.get(copy_url(image))))
    assert [found.get(name) for name in TAKEN] == expected


@pytest.mark.parametrize("text", ["\U0001f469\u200d\U0001f467" * 3_333, "\u6f6e" * 10_000, "a\nb" * 3_000])
@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.drill
def test_the_longest_description_has_room_in_every_format(client, format_, text):
    data = make_image(format_)
    copy = body(client.get(copy_url(said(data, description=text))))
    assert exiftool.read(copy, "XMP-dc:Description") == {"XMP-dc:Description": text}
    assert same_pixels(copy, data)


BROKEN_XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><unclosed>"


@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0junk" * 100])
def test_a_broken_packet_is_replaced(client, format_, exif):
    data = make_image(format_, xmp=BROKEN_XMP, exif=exif)
    found = exiftool.read(body(client.get(copy_url(said(data)))))
    assert found.items() >= (READ | IN_EXIF).items()


# --- What else may happen --------------------------------------------------------------------------


def test_an_image_that_is_purged_meanwhile_is_not_found(client, monkeypatch):
    def purges(size: int) -> str:
        Image.objects.all().delete()
        return ""

    image = add_image()
    monkeypatch.setattr(embedded, "shortage", purges)
    assert problem(client.get(copy_url(image))) == (404, "not_found")


def test_copies_wait_with_those_who_have_images_drawn(client, settings):
    url = copy_url(add_image())
    with ExitStack() as at_work:
        for _ in range(settings.IMAGELIB_THREADS // 2):
            at_work.enter_context(drawing.viewers.turn(""))
        response = client.get(url)
        assert problem(response) == (503, "busy")
        assert response["Retry-After"]
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("words", ["title", 3, ["title"], {"title": None}, None])
def test_whatever_a_manifest_says_the_file_said_there_is_a_copy(client, words):
    image = said(metadata={"words": words}, title="")
    assert "XMP-dc:Title" not in exiftool.read(body(client.get(copy_url(image))))
