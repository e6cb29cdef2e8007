"""The image service: what it answers, to whom, and what it keeps (IIIF Image API 3.0)."""

import io
import json

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as PillowImage

from images import renditions, sandbox
from images.ingest import purge, trash
from images.models import Image, Rendition
from images.pyramid import CONTEXT
from images.throttling import RenderThrottle
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.api import problem
from tests.support import add_image, make_image, sha256

pytestmark = pytest.mark.django_db

KEPT = "full/320,240/0/default.webp"
NOT_KEPT = "pct:10,10,50,50/100,/!90/gray.png"


@pytest.fixture
def image() -> Image:
    return add_image(make_image(size=(1000, 750)), filename="harbour.jpg")


def url(image: Image, spec: str = "") -> str:
    return f"/iiif/3/{image.pk}/{spec}".rstrip("/")


def opened(response) -> PillowImage.Image:
    return PillowImage.open(io.BytesIO(response.getvalue()))


@pytest.fixture
def draws(monkeypatch) -> list:
    """What was drawn from here on, one entry for each time that a child was asked."""
    calls = []
    render = sandbox.render

    def counted(file, jobs, *args):
        calls.append(jobs)
        return render(file, jobs, *args)

    monkeypatch.setattr(renditions, "render", counted)
    return calls


# --- Bytes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "format_", "size"),
    [
        (KEPT, "WEBP", (320, 240)),
        ("full/640,480/0/default.jpg", "JPEG", (640, 480)),
        ("full/max/0/default.jpg", "JPEG", (1000, 750)),
        ("512,512,488,238/max/0/default.jpg", "JPEG", (488, 238)),
        ("0,0,1000,750/500,375/0/default.webp", "WEBP", (500, 375)),
        (NOT_KEPT, "PNG", (75, 100)),
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
        (KEPT, KEPT),
        ("0,0,1000,750/320,/0/color.webp", KEPT),
        ("full/pct:32/360/default.webp", KEPT),
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


def test_every_way_of_asking_for_a_kept_one_finds_the_same(client, image, draws):
    before = Rendition.objects.count()
    ways = ("full/512,/0/default.jpg", "full/500,375/0/default.jpg", "0,0,1000,750/pct:50/0/color.jpg")
    answers = [client.get(url(image, way)) for way in ways[1:]]
    assert len({answer["ETag"] for answer in answers}) == 1
    assert len(draws) == 1
    assert Rendition.objects.count() == before + 1
    client.get(url(image, ways[0]))
    assert len(draws) == 2
    assert Rendition.objects.count() == before + 1  # no listed size: not kept


def test_a_kept_one_is_served_as_an_original_is(client, image, draws, monkeypatch):
    whole = client.get(url(image, KEPT))
    data, tag = whole.getvalue(), whole["ETag"]
    part = client.get(url(image, KEPT), headers={"Range": "bytes=2-5"})
    assert (part.status_code, part.getvalue()) == (206, data[2:6])

    monkeypatch.setattr(get_storage(), "open", None)  # whoever asks the storage now fails
    for response in (
        client.head(url(image, KEPT)),
        client.get(url(image, KEPT), headers={"If-None-Match": tag}),
        client.get(url(image, KEPT), headers={"If-Match": '"other"'}),
        client.get(url(image, KEPT), headers={"Range": "bytes=99999999-"}),
    ):
        assert response.status_code in (200, 304, 412, 416)
    assert client.head(url(image, KEPT))["Content-Length"] == str(len(data))
    assert draws == []


def test_one_that_is_not_kept_has_a_tag_of_its_bytes(client, image, draws):
    whole = client.get(url(image, NOT_KEPT))
    assert client.get(url(image, NOT_KEPT), headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert client.head(url(image, NOT_KEPT))["ETag"] == whole["ETag"]
    part = client.get(url(image, NOT_KEPT), headers={"Range": "bytes=-3"})
    assert (part.status_code, part.getvalue()) == (206, whole.getvalue()[-3:])
    assert len(draws) == 4


def test_a_warm_rendition_costs_one_query(client, image):
    client.get(url(image, KEPT))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(url(image, KEPT))
    assert len(queries) == 1


# --- Keeping ---------------------------------------------------------------------------------------


def test_what_the_gallery_shows_is_made_at_upload(image):
    made = Rendition.objects.filter(image=image)
    assert {rendition.spec for rendition in made} == {
        "full/320,240/0/default.webp",
        "full/320,240/0/default.jpg",
        "full/640,480/0/default.webp",
        "full/640,480/0/default.jpg",
    }
    for rendition in made:
        data = get_storage().get(f"renditions/{rendition.hash}")
        assert (sha256(data), len(data)) == (rendition.hash, rendition.size)
        assert PillowImage.open(io.BytesIO(data)).size == (rendition.width, rendition.height)


@pytest.mark.parametrize(
    "failure", [StorageUnavailable, sandbox.Busy, sandbox.Unrenderable, ValueError, OSError, OperationalError]
)
def test_an_upload_whose_renditions_fail_is_an_upload(client, monkeypatch, failure):
    def fail(*args):
        raise failure

    monkeypatch.setattr(renditions, "render", fail)
    image = add_image(make_image(size=(400, 300)))
    assert not image.renditions.exists()
    monkeypatch.undo()
    assert client.get(url(image, KEPT)).status_code == 200
    assert image.renditions.count() == 1


def test_tiles_are_kept(client, image, draws):
    for _ in range(2):
        assert client.get(url(image, "512,0,488,512/488,512/0/default.jpg")).status_code == 200
        assert client.get(url(image, "0,0,1000,750/500,375/0/default.jpg")).status_code == 200
    assert len(draws) == 2


def test_two_images_that_look_the_same_share_objects_and_purging_one_leaves_the_other(client):
    first, second = (add_image(make_image("PNG", (400, 300), compress_level=level)) for level in (1, 9))
    shared = set(first.renditions.values_list("hash", flat=True))
    assert shared == set(second.renditions.values_list("hash", flat=True))
    trash(first)
    purge(first)
    assert not Rendition.objects.filter(image=first.pk).exists()
    response = client.get(url(second, KEPT))
    assert response.status_code == 200
    assert sha256(response.getvalue()) in shared


@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_a_kept_one_that_is_lost_or_damaged_is_drawn_again(client, image, draws, damage):
    (path,) = get_storage()._root.glob(f"renditions/**/{image.renditions.get(spec=KEPT).hash}")
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    get_storage.cache_clear()  # what was verified before is hashed again
    for _ in range(2):
        response = client.get(url(image, KEPT))
        assert response.status_code == 200
        assert f'"{sha256(response.getvalue())}"' == response["ETag"]
    assert len(draws) == 1


def test_without_its_original_nothing_is_drawn_and_the_storage_is_to_blame(client, image):
    get_storage().delete(image.storage_key)
    assert problem(client.get(url(image, NOT_KEPT))) == (500, "storage_error")
    assert problem(client.get(url(image, "full/500,375/0/default.jpg"))) == (500, "storage_error")
    assert client.get(url(image, KEPT)).status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_image_purged_while_it_is_drawn_is_not_found(client, image, monkeypatch):
    render = renditions.render

    def purged_meanwhile(*args):
        drawn = render(*args)
        trash(image)
        purge(image)
        return drawn

    monkeypatch.setattr(renditions, "render", purged_meanwhile)
    assert problem(client.get(url(image, "full/500,375/0/default.jpg"))) == (404, "not_found")


def test_a_store_that_takes_no_rendition_is_a_storage_error_until_it_does(client, image, monkeypatch):
    def refuse(*args):
        raise StorageUnavailable("The store cannot be used now.")

    before = image.renditions.count()
    with monkeypatch.context() as store:
        store.setattr(get_storage(), "put", refuse)
        assert problem(client.get(url(image, "full/500,375/0/default.jpg"))) == (500, "storage_error")
    assert image.renditions.count() == before
    assert client.get(url(image, "full/500,375/0/default.jpg")).status_code == 200


def test_what_cannot_be_drawn_within_the_limits_is_a_server_error(client, image, monkeypatch):
    def fail(*args):
        raise sandbox.Unrenderable("This takes more time or memory than the library gives to one image.")

    monkeypatch.setattr(renditions, "render", fail)
    assert problem(client.get(url(image, NOT_KEPT))) == (500, "server_error")


def test_when_too_much_is_drawn_at_once_it_is_busy(client, image, monkeypatch):
    monkeypatch.setattr(renditions, "PATIENCE_SECONDS", 0.05)
    with renditions._turns:
        response = client.get(url(image, NOT_KEPT))
    assert problem(response) == (503, "busy")
    assert int(response["Retry-After"]) > 0


def test_what_is_not_kept_is_counted_and_what_is_kept_never(client, image, monkeypatch):
    monkeypatch.setattr(RenderThrottle, "THROTTLE_RATES", {"render": "2/hour"})
    asked = [client.get(url(image, f"full/{width},/0/default.png")) for width in (10, 11, 12)]
    assert [response.status_code for response in asked] == [200, 200, 429]
    assert problem(asked[-1]) == (429, "throttled")
    assert 0 < int(asked[-1]["Retry-After"]) <= 3600
    assert client.get(url(image, "full/500,375/0/default.jpg")).status_code == 200
    elsewhere = client.get(url(image, "full/13,/0/default.png"), REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200


# --- Who sees it -----------------------------------------------------------------------------------


@pytest.mark.parametrize("spec", ["", "info.json", KEPT, NOT_KEPT, "full/320,240/0/default.junk"])
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
    for spec in ("", "info.json", KEPT, NOT_KEPT):
        assert problem(client.get(url(image, spec))) == (404, "not_found")


@pytest.mark.parametrize("spec", [KEPT, NOT_KEPT])
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


def test_the_base_address_leads_to_the_document(client, image):
    response = client.get(url(image))
    assert (response.status_code, response["Location"]) == (303, f"/iiif/3/{image.pk}/info.json")
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
    for spec in ("", "info.json", KEPT):
        assert problem(client.post(url(image, spec))) == (405, "method_not_allowed")
        assert "Access-Control-Allow-Origin" not in client.options(url(image, spec))
        preflight = client.options(url(image, spec), headers={"Access-Control-Request-Method": "GET"})
        assert (preflight.status_code, preflight["Allow"]) == (204, "GET, HEAD, OPTIONS")
        assert preflight["Access-Control-Allow-Origin"] == "*"
        assert "Accept" in preflight["Access-Control-Allow-Headers"]
