"""Which derived images are made when, stored, and made again."""

import io
import threading

import pytest
from django.db import OperationalError, connections
from django.db.models.signals import pre_delete
from django.utils import timezone
from PIL import Image as PillowImage

from images.catalogue.trash import purge, trash
from images.http import limits
from images.iiif.requests import RenditionSpec
from images.imaging import sandbox
from images.models import Image, Rendition
from images.renditions import drawing, store
from images.renditions.prerendering import prepare
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.clients.api import problem
from tests.clients.iiif import NOT_STORED, STORED, opened, url
from tests.factories import add_image, make_image, sha256
from tests.resilience.faults import unavailable_after

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return add_image(make_image(size=(1000, 750)), filename="harbour.jpg")


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

    monkeypatch.setattr(drawing, "render", fail)
    image = add_image(make_image(size=(400, 300)))
    assert not image.renditions.exists()
    monkeypatch.undo()
    assert client.get(url(image, STORED)).status_code == 200
    assert image.renditions.count() == 1


def test_tiles_are_stored(client, image, draws):
    for _ in range(2):
        assert client.get(url(image, "512,0,488,512/488,512/0/default.jpg")).status_code == 200
        assert client.get(url(image, "0,0,1000,750/500,375/0/default.jpg")).status_code == 200
    assert len(draws) == 2


def test_a_tile_is_drawn_with_those_around_it_that_are_missing(client, image, draws):
    before = Rendition.objects.count()
    tiles = [f"{box}/max/0/default.webp" for box in ("512,512,488,238", "0,0,512,512", "0,512,512,238")]
    answers = [client.get(url(image, tile)) for tile in tiles]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [opened(answer).size for answer in answers] == [(488, 238), (512, 512), (512, 238)]
    assert [len(jobs) for jobs in draws] == [4]
    assert Rendition.objects.count() == before + 4

    lost = image.renditions.get(spec=tiles[1])
    lost.delete()
    again = client.get(url(image, tiles[1]))
    assert again["ETag"] == f'"{lost.hash}"'
    assert [len(jobs) for jobs in draws] == [4, 1]


def test_a_tile_that_is_stored_is_served_though_one_beside_it_cannot_be(client, image, monkeypatch):
    unavailable_after(monkeypatch, 1)
    asked = "512,512,488,238/max/0/default.webp"
    assert client.get(url(image, asked)).status_code == 200
    assert image.renditions.filter(spec__contains=",512,").get().spec == asked


@pytest.mark.parametrize("spec", ["full/max/0/default.webp", "512,0,488,512/max/0/default.webp"])
def test_one_that_comes_to_be_while_it_is_looked_for_is_what_is_served(client, image, monkeypatch, spec):
    """An upload or renderimages makes it just after the second look, the one under the lock."""
    find, looks = store._find, []

    def finds_too_early(*args):
        found = find(*args)
        looks.append(found)
        if len(looks) == 2:
            prepare(image, [RenditionSpec.parse(spec)])
        return found

    monkeypatch.setattr(store, "_find", finds_too_early)
    response = client.get(url(image, spec))
    assert looks[:2] == [None, None]
    assert (response.status_code, response["ETag"]) == (200, f'"{image.renditions.get(spec=spec).hash}"')


@pytest.mark.parametrize("spec", ["full/max/0/default.webp", NOT_STORED])
@pytest.mark.parametrize("change", [{"visibility": "private"}, {"deleted_at": timezone.now()}])
def test_one_that_is_hidden_while_it_is_drawn_is_not_called_public(client, image, monkeypatch, spec, change):
    render = drawing.render

    def hidden_meanwhile(*args):
        Image.objects.filter(pk=image.pk).update(**change)
        return render(*args)

    monkeypatch.setattr(drawing, "render", hidden_meanwhile)
    response = client.get(url(image, spec))
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")
    assert "X-Accel-Expires" not in response
    assert "Access-Control-Allow-Origin" not in response


def test_two_images_that_look_the_same_share_objects_and_purging_one_leaves_the_other(client):
    first, second = (add_image(make_image("PNG", (400, 300), compress_level=level)) for level in (1, 9))
    shared = set(first.renditions.values_list("hash", flat=True))
    assert shared == set(second.renditions.values_list("hash", flat=True))
    trash(first)
    purge(first)
    assert not Rendition.objects.filter(image=first.pk).exists()
    response = client.get(url(second, STORED))
    assert response.status_code == 200
    assert sha256(response.getvalue()) in shared


@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_a_stored_one_that_is_lost_or_damaged_is_drawn_again(client, image, draws, damage):
    (path,) = get_storage()._root.glob(f"renditions/**/{image.renditions.get(spec=STORED).hash}")
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    get_storage.cache_clear()  # what was verified before is hashed again
    for _ in range(2):
        response = client.get(url(image, STORED))
        assert response.status_code == 200
        assert f'"{sha256(response.getvalue())}"' == response["ETag"]
    assert len(draws) == 1


def test_without_its_original_nothing_is_drawn_and_the_storage_is_to_blame(client, image):
    get_storage().delete(image.storage_key)
    assert problem(client.get(url(image, NOT_STORED))) == (500, "storage_error")
    assert problem(client.get(url(image, "full/500,375/0/default.jpg"))) == (500, "storage_error")
    assert client.get(url(image, STORED)).status_code == 200


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_an_image_purged_while_it_is_drawn_is_not_found(client, image, monkeypatch):
    render = drawing.render

    def purged_meanwhile(*args):
        drawn = render(*args)
        trash(image)
        purge(image)
        return drawn

    monkeypatch.setattr(drawing, "render", purged_meanwhile)
    assert problem(client.get(url(image, "full/500,375/0/default.jpg"))) == (404, "not_found")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_that_is_made_while_its_image_is_purged_goes_with_it(image, monkeypatch):
    monkeypatch.setattr(drawing, "render", lambda file, jobs, *args: [b"a picture" for _ in jobs])
    outcome = []

    def make() -> None:
        try:
            outcome.append(prepare(image, [RenditionSpec.parse("full/max/0/default.webp")]))
        except Image.DoesNotExist:
            outcome.append("gone")
        finally:
            connections.close_all()

    other = threading.Thread(target=make)

    def meanwhile(**kwargs) -> None:
        other.start()
        other.join(0.5)  # it waits, for the row is about to go

    trash(image)
    pre_delete.connect(meanwhile, sender=Image)
    try:
        purge(image)
    finally:
        pre_delete.disconnect(meanwhile, sender=Image)
    other.join(30)
    assert outcome == ["gone"]
    assert not Rendition.objects.exists()


def test_what_the_store_does_not_take_is_shown_all_the_same(client, image, monkeypatch):
    before = image.renditions.count()
    with monkeypatch.context() as store:
        unavailable_after(store, 0)
        drawn = client.get(url(image, "full/500,375/0/default.jpg"))
        assert drawn.status_code == 200
        ranged = client.get(url(image, "full/500,375/0/default.jpg"), headers={"Range": "bytes=0-99"})
        assert ranged.getvalue() == drawn.content[:100]
    assert image.renditions.count() == before
    stored = client.get(url(image, "full/500,375/0/default.jpg"))
    assert (stored.content, stored["ETag"]) == (drawn.content, drawn["ETag"])
    assert image.renditions.count() == before + 1


def test_what_cannot_be_drawn_within_the_limits_is_a_server_error(client, image, monkeypatch, caplog):
    def fail(*args):
        raise sandbox.Unrenderable("This takes more time or memory than the library gives to one image.")

    monkeypatch.setattr(drawing, "render", fail)
    assert problem(client.get(url(image, NOT_STORED))) == (500, "server_error")
    (line,) = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert line == "server_error: This takes more time or memory than the library gives to one image."


def test_when_too_much_is_drawn_at_once_it_is_busy(client, image, monkeypatch):
    monkeypatch.setattr(drawing, "TIMEOUT", 0.05)
    with drawing._render_slots:
        response = client.get(url(image, NOT_STORED))
    assert problem(response) == (503, "busy")
    assert int(response["Retry-After"]) > 0


def test_what_is_not_stored_is_counted_and_what_is_stored_never(client, image, monkeypatch):
    monkeypatch.setattr(limits, "RENDERS_PER_HOUR", 2)
    asked = [client.get(url(image, f"full/{width},/0/default.png")) for width in (10, 11, 12)]
    assert [response.status_code for response in asked] == [200, 200, 429]
    assert problem(asked[-1]) == (429, "throttled")
    assert 0 < int(asked[-1]["Retry-After"]) <= 3600
    assert client.get(url(image, "full/500,375/0/default.jpg")).status_code == 200
    elsewhere = client.get(url(image, "full/13,/0/default.png"), REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 200
