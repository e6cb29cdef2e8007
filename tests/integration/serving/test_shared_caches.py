"""What public bytes say to caches between the library and a browser, and nothing else ever says."""

import pytest

from images.catalogue.trash import trash
from images.models import Image
from storage import get_storage
from tests.clients.iiif import NOT_STORED, STORED, url
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db

SHARED = {
    "X-Accel-Expires": "60",
    "CDN-Cache-Control": "public, max-age=60",
    "Surrogate-Control": "max-age=60",
}
NAMES = {*SHARED, "Cache-Tag"}


@pytest.fixture(params=["original", STORED, NOT_STORED])
def path(request) -> str:
    image = add_image(make_image("PNG", (400, 300)))
    return image.get_file_url() if request.param == "original" else url(image, request.param)


def told(response) -> dict[str, str]:
    """Return what an answer says to shared caches."""
    return {name: value for name, value in response.items() if name in NAMES}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("get", {}, 200),
        ("head", {}, 200),
        ("get", {"Range": "bytes=0-9"}, 206),
        ("get", {"If-None-Match": "*"}, 304),
        ("head", {"If-None-Match": "*"}, 304),
    ],
)
def test_public_bytes_are_kept_for_a_minute_under_the_name_of_their_image(
    client, path, method, headers, status
):
    response = getattr(client, method)(path, headers=headers)
    assert response.status_code == status
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert told(response) == SHARED | {"Cache-Tag": str(Image.objects.get().pk)}


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"If-None-Match": "*"}])
def test_private_bytes_say_nothing(client, path, viewer, headers):
    Image.objects.update(visibility="private")
    client.force_login(viewer)
    response = client.get(path, headers=headers)
    assert response.status_code in (200, 206, 304)
    assert told(response) == {}


@pytest.mark.parametrize(
    ("headers", "status"), [({"If-Match": '"other"'}, 412), ({"Range": "bytes=9999999-"}, 416)]
)
def test_refusals_say_nothing(client, path, headers, status):
    response = client.get(path, headers=headers)
    assert (response.status_code, told(response)) == (status, {})


def test_neither_absence_nor_failure_says_anything(client, path):
    for stored in list(get_storage().list()):
        get_storage().delete(stored.key)
    response = client.get(path)
    assert (response.status_code, told(response)) == (500, {})
    trash(Image.objects.get())
    response = client.get(path)
    assert (response.status_code, told(response)) == (404, {})


@pytest.mark.parametrize("spec", ["info.json", ""])
def test_what_is_no_bytes_says_nothing(client, spec):
    response = client.get(url(add_image(), spec))
    assert response.status_code in (200, 303)
    assert told(response) == {}
