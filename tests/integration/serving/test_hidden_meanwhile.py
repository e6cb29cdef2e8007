"""An image that is hidden while its bytes come from a slow store: no cache may keep the answer as public."""

import pytest

from images.iiif.requests import RenditionSpec
from images.models import Image
from images.renditions.store import get_rendition
from images.serving import visibility
from storage import get_storage
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(monkeypatch):
    """Return what makes each opening of an object last so many seconds and hides every image meanwhile."""

    def slow(seconds: float) -> None:
        now, backend = [0.0], get_storage()

        def slowed(fetch):
            def fetched(key):
                Image.objects.update(visibility="private")
                now[0] += seconds
                return fetch(key)

            return fetched

        monkeypatch.setattr(visibility.time, "monotonic", lambda: now[0])
        for name in ("get", "open"):
            monkeypatch.setattr(backend, name, slowed(getattr(backend, name)))

    return slow


@pytest.mark.parametrize("size", [(64, 48), (800, 600)], ids=["in memory", "streamed"])
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}], ids=["whole", "range"])
def test_an_original(client, store, size, headers):
    image = add_image(make_image("PNG", size, compress_level=0))
    store(seconds=1)
    response = client.get(image.get_file_url(), headers=headers)
    assert response.status_code in (200, 206)
    assert response["Cache-Control"] == "private, no-cache"


def test_a_rendition(client, store):
    image = add_image(make_image(size=(800, 600)))
    stored = get_rendition(image, RenditionSpec.parse("full/320,240/0/default.webp"))
    store(seconds=1)
    response = client.get(f"{image.get_service_url()}/{stored.spec}")
    assert (response.status_code, response["Cache-Control"]) == (200, "private, no-cache")


def test_a_quick_opening_costs_no_second_question(client, django_assert_num_queries):
    image = add_image()
    with django_assert_num_queries(1):
        assert client.get(image.get_file_url()).status_code == 200
