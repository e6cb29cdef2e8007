"""The image service: what it answers, and to whom (IIIF Image API 3.0)."""

import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as PillowImage

from images.catalogue.trash import trash
from images.iiif.information import CONTEXT
from images.models import Image, Rendition
from storage import get_storage
from tests.clients.api import problem
from tests.clients.iiif import NOT_STORED, STORED, opened, url
from tests.factories import add_image, make_image, sha256

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return add_image(make_image(size=(1000, 750)), filename="harbour.jpg")


# --- Bytes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "format_", "size"),
    [
        (STORED, "WEBP", (320, 240)),
        ("full/640,480/0/default.jpg", "JPEG", (640, 480)),
        ("full/max/0/default.jpg", "JPEG", (1000, 750)),
        ("512,512,488,238/max/0/default.jpg", "JPEG", (488, 238)),
        ("0,0,1000,750/500,375/0/default.webp", "WEBP", (500, 375)),
        (NOT_STORED, "PNG", (75, 100)),
        ("square/^900,900/180/default.gif", "GIF", (900, 900)),
        ("full/!200,200/0/bitonal.png", "PNG", (200, 150)),
        ("full/pct:10/270/color.avif", "AVIF", (75, 100)),
    ],
)
def test_a_derived_image(client, image, spec, format_, size):
    response = client.get(url(image, spec))
    assert response.status_code == 200
    data = response.getvalue()
    shown = PillowImage.open(io.BytesIO(data))
    assert (shown.format, shown.size) == (format_, size)
    assert response["Content-Type"] == f"image/{format_.lower()}"
    assert response["ETag"] == f'"{sha256(data)}"'
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Content-Disposition"].startswith('inline; filename="harbour-')
    assert "Location" not in response
    assert "Vary" not in response


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        (STORED, STORED),
        ("0,0,1000,750/320,/0/color.webp", STORED),
        ("full/pct:32/360/default.webp", STORED),
        ("square/^max/0/default.jpg", "125,0,750,750/%5Emax/0/default.jpg"),
    ],
)
def test_the_canonical_address_and_the_level_are_in_the_link_header(client, image, asked, canonical):
    for _ in range(2):  # drawn, and found
        response = client.get(url(image, asked))
        assert response["Link"] == (
            f'<{url(image, canonical)}>;rel="canonical", '
            '<http://iiif.io/api/image/3/level2.json>;rel="profile"'
        )


def test_every_way_of_asking_for_a_stored_one_finds_the_same(client, image, draws):
    before = Rendition.objects.count()
    ways = ("full/512,/0/default.jpg", "full/500,375/0/default.jpg", "0,0,1000,750/pct:50/0/color.jpg")
    answers = [client.get(url(image, way)) for way in ways[1:]]
    assert len({answer["ETag"] for answer in answers}) == 1
    assert len(draws) == 1
    assert Rendition.objects.count() == before + 1
    client.get(url(image, ways[0]))
    assert len(draws) == 2
    assert Rendition.objects.count() == before + 1  # no listed size: not stored


def test_a_stored_one_is_served_as_an_original_is(client, image, draws, monkeypatch):
    whole = client.get(url(image, STORED))
    data, tag = whole.getvalue(), whole["ETag"]
    part = client.get(url(image, STORED), headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.getvalue()) == (206, data[2:6])

    monkeypatch.setattr(get_storage(), "open", None)  # whoever asks the storage now fails
    for response in (
        client.head(url(image, STORED)),
        client.get(url(image, STORED), headers={"If-None-Match": tag}),
        client.get(url(image, STORED), headers={"If-Match": '"other"'}),
        client.get(url(image, STORED), headers={"Range": "bytes=99999999-"}),
    ):
        assert response.status_code in (200, 304, 412, 416)
    assert client.head(url(image, STORED))["Content-Length"] == str(len(data))
    assert draws == []


def test_one_that_is_not_stored_has_a_tag_of_its_bytes(client, image, draws):
    whole = client.get(url(image, NOT_STORED))
    assert client.get(url(image, NOT_STORED), headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert client.head(url(image, NOT_STORED))["ETag"] == whole["ETag"]
    part = client.get(url(image, NOT_STORED), headers={"Range": "bytes=-3"})
    assert (part.status_code, part.getvalue()) == (206, whole.getvalue()[-3:])
    assert len(draws) == 4


def test_a_warm_rendition_costs_one_query(client, image):
    client.get(url(image, STORED))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(url(image, STORED))
    assert len(queries) == 1


# --- Who sees it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["", "info.json", STORED, NOT_STORED, "full/320,240/0/default.junk"])
def test_a_hidden_image_has_no_derived_ones(client, image, stranger, spec):
    Image.objects.update(visibility="private")
    hidden = client.get(url(image, spec))
    absent = client.get(url(image, spec).replace(str(image.pk), "00000000-0000-4000-8000-000000000000"))
    client.force_login(stranger)
    for response in (hidden, absent, client.get(url(image, spec))):
        assert problem(response) == (404, "not_found")
        assert response["Vary"] == "Cookie, Authorization"
        assert "ETag" not in response
        assert "Access-Control-Allow-Origin" not in response
    assert hidden.content == absent.content


def test_a_trashed_image_has_none_either(client, image, editor):
    trash(image)
    client.force_login(editor)
    for spec in ("", "info.json", STORED, NOT_STORED):
        assert problem(client.get(url(image, spec))) == (404, "not_found")


@pytest.mark.parametrize("spec", [STORED, NOT_STORED])
def test_a_private_one_is_cached_for_its_viewer_only(client, image, viewer, spec):
    Image.objects.update(visibility="private")
    client.force_login(viewer)
    for _ in range(2):
        response = client.get(url(image, spec))
        assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
        assert response["Vary"] == "Cookie, Authorization"
        assert "Access-Control-Allow-Origin" not in response
        assert "X-Accel-Expires" not in response


# --- info.json -------------------------------------------------------------------------------------


def test_the_information_document(client, image):
    response = client.get(url(image, "info.json"))
    info = response.json()
    assert info["id"] == f"http://testserver/iiif/3/{image.pk}"
    assert (info["width"], info["height"]) == (1000, 750)
    assert response["Cache-Control"] == "no-cache"
    assert response["Vary"] == "Accept"
    assert response["Access-Control-Allow-Origin"] == "*"
    for size in info["sizes"]:
        asked = client.get(f"{info['id']}/full/{size['width']},{size['height']}/0/default.jpg")
        assert opened(asked).size == (size["width"], size["height"])


def test_its_address_is_the_one_people_use(client, image, settings):
    from imagelib.settings import _public_url

    settings.IMAGELIB_PUBLIC_URL = _public_url("https://images.example.org")
    info = client.get(url(image, "info.json")).json()
    assert info["id"] == f"https://images.example.org/iiif/3/{image.pk}"


LD = f'application/ld+json;profile="{CONTEXT}"'


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, LD),
        ("*/*", LD),
        ("application/ld+json", LD),
        (LD, LD),
        ("application/json", "application/json"),
        ("application/ld+json;q=0.5, application/json", "application/json"),
        ("application/ld+json, application/json;q=0.5", LD),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", LD),
        ("text/plain", LD),
        ("junk", LD),
    ],
)
def test_its_type_is_negotiated(client, image, accept, content_type):
    response = client.get(url(image, "info.json"), headers={"Accept": accept} if accept else {})
    assert response["Content-Type"] == content_type
    assert json.loads(response.content)["type"] == "ImageService3"


def test_a_private_ones_document_is_for_its_viewer_only(client, image, viewer):
    Image.objects.update(visibility="private")
    client.force_login(viewer)
    response = client.get(url(image, "info.json"))
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Vary"] == "Accept, Cookie, Authorization"
    assert "Access-Control-Allow-Origin" not in response
    assert "Access-Control-Allow-Origin" not in client.get(url(image))


def test_the_base_address_leads_to_the_document(client, image):
    response = client.get(url(image))
    assert (response.status_code, response["Location"]) == (303, f"/iiif/3/{image.pk}/info.json")
    assert response["Access-Control-Allow-Origin"] == "*"  # a viewer elsewhere follows no other
    assert client.get(response["Location"]).status_code == 200


# --- Requests that are wrong -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("full/full/0/default.jpg", "A size is"),
        ("full/1001,/0/default.jpg", "only 1000 by 750"),
        ("1000,0,10,10/max/0/default.jpg", "1000 by 750"),
        ("full/max/45/default.jpg", "A rotation is"),
        ("full/max/0/default.tif", "A format is"),
        ("full/max/0", "ends in region/size/rotation/quality.format"),
        ("native.jpg", "ends in region/size/rotation/quality.format"),
        ("full/max/0/default.jpg/", "ends in region/size/rotation/quality.format"),
        ("full/max/0/default.jp%00g", "A format is"),
    ],
)
def test_a_wrong_request_is_told_why(client, image, spec, sentence):
    response = client.get(f"/iiif/3/{image.pk}/{spec}")
    assert problem(response) == (400, "validation_error")
    assert sentence in response.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/iiif/3/", "/iiif/3/junk/info.json", "/iiif/3/junk/full/max/0/default.jpg"]
)
def test_what_is_no_image_is_not_found(client, path):
    assert problem(client.get(f"/iiif/3/{path}")) == (404, "not_found")


def test_other_methods_are_not_allowed_and_a_preflight_is(client, image):
    for spec in ("", "info.json", STORED):
        assert problem(client.post(url(image, spec))) == (405, "method_not_allowed")
        assert "Access-Control-Allow-Origin" not in client.options(url(image, spec))
        preflight = client.options(url(image, spec), headers={"Access-Control-Request-Method": "GET"})
        assert (preflight.status_code, preflight["Allow"]) == (204, "GET, HEAD, OPTIONS")
        assert preflight["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in preflight["Access-Control-Allow-Headers"]
