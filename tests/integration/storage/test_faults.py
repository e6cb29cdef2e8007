"""Every way in which a network or a store fails, and what the library answers meanwhile and afterwards."""

import io
import time

import pytest
from django.test import Client

from images.models import Image
from storage import breaker, deadline, get_storage
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image, make_image, noise, sha256
from tests.resilience import faults
from tests.resilience.faults import drip, late, only
from tests.servers.faulty_proxy import faulty, no_fault

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.drill]

# Sent from memory and as a stream; faults.PLACE is in the body of both, and of no other answer of the store.
SMALL, LARGE = (
    make_image("PNG", (200, 100), compress_level=0),
    make_image("PNG", (640, 560), compress_level=0),
)
NOISE = noise((400, 300))

FAULTS = faults.OF_ANSWERS
FAULTS_OF_BODIES = faults.of_bodies(len(SMALL))  # an upload asks for none
every_fault = pytest.mark.parametrize("fault", FAULTS | FAULTS_OF_BODIES)


@pytest.fixture
def wire(settings, seaweedfs, monkeypatch):
    """The way to the library's bucket, with short timeouts."""
    monkeypatch.setattr(breaker, "REST_SECONDS", 0)
    monkeypatch.setattr(deadline, "BASE_SECONDS", 1.2)
    with faulty(seaweedfs.endpoint_url) as wire:
        settings.IMAGELIB_STORAGE = "s3"
        options = {"endpoint_url": wire.endpoint_url, "read_timeout": 0.5}
        settings.IMAGELIB_S3 = seaweedfs.options | options
        get_storage.cache_clear()
        yield wire


@pytest.fixture
def break_wire(wire):
    """Return a function that lets the fault of this name begin."""

    def break_wire(name: str) -> None:
        wire.fault = (FAULTS | FAULTS_OF_BODIES)[name]

    return break_wire


def path_of(image: Image) -> str:
    return f"{IMAGES}/{image.pk}/file"


def body(response) -> bytes:
    return response.getvalue() if response.streaming else response.content


def assert_is_clean(response, wire) -> None:
    """Assert that an answer is the problem `storage_error`, and says nothing of the storage."""
    assert problem(response) == (500, "storage_error")
    assert not {"ETag", "Location", "Content-Range", "Repr-Digest", "X-Accel-Expires"} & {*response.headers}
    assert faults.telltales(f"{response.headers}{response.text}", wire) == []


def until_well(ask, seconds: float = 10):
    """Return the first answer to `ask` that is no error, which must come within so many seconds."""
    deadline = time.monotonic() + seconds
    while (response := ask()).status_code >= 400:
        assert time.monotonic() < deadline, response.text
    return response


@every_fault
def test_what_needs_no_storage_goes_on(client, wire, break_wire, fault):
    images = {data: add_image(data) for data in (SMALL, LARGE)}
    for image in images.values():
        body(client.get(path_of(image)))
    cold = add_image(make_image(seed=1))
    break_wire(fault)
    before = list(wire.requests)

    for data, image in images.items():
        response = client.get(path_of(image))
        assert (response.status_code, body(response)) == (200, data)
        response = client.get(path_of(image), headers={"Range": "bytes=20000-29999"})
        assert (response.status_code, body(response)) == (206, data[20_000:30_000])
    for image in (*images.values(), cold):
        for status, headers in {
            304: {"If-None-Match": f'"{image.hash}"'},
            412: {"If-Match": '"other"'},
            416: {"Range": "bytes=99999999-"},
        }.items():
            assert client.get(path_of(image), headers=headers).status_code == status
        response = client.head(path_of(image))
        assert (response.status_code, response["Content-Length"]) == (200, str(image.size))
    assert wire.requests == before


@pytest.mark.usefixtures("queued")  # whoever draws what was sent has it in the cache then
@every_fault
def test_uncached_bytes_are_a_clean_error_until_it_is_over(client, wire, break_wire, fault):
    small, large = add_image(SMALL), add_image(LARGE)
    break_wire(fault)
    assert_is_clean(client.get(path_of(small)), wire)
    assert_is_clean(client.get(path_of(large)), wire)
    assert_is_clean(client.get(path_of(large), headers={"Range": "bytes=0-99"}), wire)

    wire.fault = no_fault
    assert body(until_well(lambda: client.get(path_of(small)))) == SMALL
    assert body(until_well(lambda: client.get(path_of(large)))) == LARGE
    response = client.get(path_of(large), headers={"Range": "bytes=0-99"})
    assert (response.status_code, body(response)) == (206, LARGE[:100])


@every_fault
def test_uncached_derived_images_are_a_clean_error_or_right(client, wire, break_wire, fault):
    """One that arrives damaged is made again, so it may be right in spite of the fault."""
    image = add_image(NOISE)
    kept, drawn = (f"/iiif/3/{image.pk}/full/{last}" for last in ("320,240/0/default.webp", "max/0/gray.png"))
    assert image.renditions.get(spec="full/320,240/0/default.webp").size > faults.PLACE
    break_wire(fault)
    for path in (kept, drawn):
        response = client.get(path)
        if response.status_code == 200:
            assert f'"{sha256(body(response))}"' == response["ETag"]
        else:
            assert_is_clean(response, wire)

    wire.fault = no_fault
    for path in (kept, drawn):
        response = until_well(lambda path=path: client.get(path))
        assert f'"{sha256(body(response))}"' == response["ETag"]


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_slow_store_is_waited_for(client, wire, data):
    image = add_image(data)
    wire.fault = drip(len(data) // 20, seconds=0.01)
    response = client.get(path_of(image))
    assert (response.status_code, body(response)) == (200, data)


def upload(client: Client, data: bytes):
    file = io.BytesIO(data)
    file.name = "photo.png"
    return client.post(IMAGES, {"file": file})


@pytest.mark.parametrize("fault", FAULTS)
def test_an_upload_fails_cleanly_and_leaves_nothing(contributor, wire, break_wire, fault):
    client = client_of(contributor)
    break_wire(fault)
    assert_is_clean(upload(client, LARGE), wire)
    assert not Image.objects.exists()

    wire.fault = no_fault
    assert until_well(lambda: upload(client, LARGE)).status_code == 201
    assert body(until_well(lambda: client.get(path_of(Image.objects.get())))) == LARGE


@pytest.mark.parametrize("fault", FAULTS)
def test_a_known_image_uploaded_again_is_an_error_or_the_image(contributor, wire, break_wire, fault):
    """What is missing is put again, so the store is asked, and its silence is not taken for absence."""
    image = add_image(SMALL)
    client = client_of(contributor)
    break_wire(fault)
    response = upload(client, SMALL)
    if response.status_code != 200:
        assert_is_clean(response, wire)
    assert [row.hash for row in Image.objects.all()] == [image.hash] == [sha256(SMALL)]

    wire.fault = no_fault
    assert until_well(lambda: upload(client, SMALL)).status_code == 200


def test_nothing_of_a_broken_upload_is_believed(contributor, wire):
    """The store has the object, and says neither that nor, when asked, whether it has."""
    wire.fault = faults.stall
    assert_is_clean(upload(client_of(contributor), SMALL), wire)
    assert [line.split()[0] for line in wire.requests] == ["PUT", "HEAD"]
    assert not Image.objects.exists()


def test_an_upload_that_the_store_acknowledges_late_is_taken(contributor, wire):
    wire.fault = only("PUT", late(0.8))  # longer than a read may be silent
    assert upload(client_of(contributor), SMALL).status_code == 201
