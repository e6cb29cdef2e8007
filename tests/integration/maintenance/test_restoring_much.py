"""restorelibrary of a large library: what it remembers of the store is small."""

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from images.maintenance import restoring
from images.maintenance.manifest_form import FORMAT, VERSION
from images.maintenance.stored_objects import StoredRenditions
from images.models import Rendition
from storage import get_storage
from storage.backend import StoredObject
from storage.keys import rendition_key
from tests.factories import add_image, make_image, sha256
from tests.resilience.manifests import packed

pytestmark = pytest.mark.django_db

MANY = 50_000
EACH = 20  # bytes, at most, that are remembered of a rendition
HEAD = {"kind": "manifest", "format": FORMAT, "version": VERSION, "created_at": "2026-11-23T00:00:00+00:00"}


def test_of_renditions_a_few_bytes_each_are_remembered(monkeypatch):
    digests = sorted(sha256(f"{number}".encode()) for number in range(MANY))

    def listed(prefix: str = "") -> Iterator[StoredObject]:
        return (StoredObject(rendition_key(digest), 1, datetime.now(UTC)) for digest in digests)

    monkeypatch.setattr(get_storage(), "list", listed)
    tracemalloc.start()
    try:
        assert list(restoring.restore_images(io.BytesIO(packed([HEAD])))) == []
        assert tracemalloc.get_traced_memory()[1] < EACH * MANY
    finally:
        tracemalloc.stop()


def test_of_an_image_those_renditions_come_back_whose_objects_are_there():
    image = add_image(make_image(seed=1))
    there, lost = image.renditions.order_by("spec")
    facts = [
        {name: getattr(each, name) for name in ("spec", "hash", "mime_type", "size", "width", "height")}
        for each in (there, lost)
    ]
    Rendition.objects.all().delete()
    get_storage().delete(lost.storage_key)
    restoring._restore_renditions(image.pk, facts, StoredRenditions())
    assert list(image.renditions.values_list("hash", flat=True)) == [there.hash]
