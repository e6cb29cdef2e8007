"""manage.py renderimages: everything is there before anyone looks, and nothing is made twice."""

import pytest

from images.catalogue.trash import trash
from images.iiif.pyramid import listed_sizes, tiles
from images.imaging import sandbox
from images.models import Image, Rendition
from images.renditions import drawing, prerendering
from storage import get_storage
from tests.clients.commands import run
from tests.factories import add_image, make_image
from tests.resilience.faults import unavailable_after

# Its threads have connections of their own.
pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)

SIZE = (1400, 1000)


def add(seed: int) -> Image:
    return add_image(make_image(size=SIZE, seed=seed))


def specs_of(image: Image) -> set[str]:
    return set(image.renditions.values_list("spec", flat=True))


def test_it_makes_every_listed_size_once():
    images = [add(seed) for seed in range(3)]
    trashed = add(9)
    trash(trashed)
    before = Rendition.objects.count()
    result = run("renderimages", "--json")
    made = Rendition.objects.count() - before
    assert (result.code, result.summary) == (0, {"made": made, "images": 3, "problems": 0})
    for image in images:
        assert specs_of(image) == {str(spec) for spec in listed_sizes(*SIZE)}
    assert specs_of(trashed) < specs_of(images[0])
    assert run("renderimages").lines == ["Made: 0 renditions of 3 images."]


def test_tiles_too_when_asked_in_batches(monkeypatch):
    monkeypatch.setattr(prerendering, "BATCH", 5)
    image = add(1)
    run("renderimages", "--tiles", "--jobs=1")
    assert specs_of(image) == {
        str(spec) for spec in [*listed_sizes(*SIZE), *tiles(*SIZE, "jpg"), *tiles(*SIZE, "webp")]
    }
    assert {rendition.storage_key for rendition in image.renditions.all()} == {
        stored.key for stored in get_storage().list("renditions/")
    }
    assert run("verifystorage").code == 0


def test_an_image_that_cannot_be_rendered_is_named_and_the_others_are_made():
    lost, damaged, whole = add(1), add(2), add(3)
    get_storage().delete(lost.storage_key)
    get_storage()._path(damaged.storage_key).write_bytes(b"no picture")
    get_storage.cache_clear()
    result = run("renderimages")
    assert sorted(result.lines[:-1]) == [f"damaged: image {damaged.pk}", f"missing: image {lost.pk}"]
    assert (result.code, result.error) == (1, "2 images could not be rendered.")
    assert specs_of(whole) == {str(spec) for spec in listed_sizes(*SIZE)}


def test_one_whose_row_says_more_than_there_is_is_named_too():
    wrong, whole = add(1), add(2)
    Image.objects.filter(pk=wrong.pk).update(width=2000)
    result = run("renderimages")
    assert (result.code, result.lines[0]) == (1, f"unrenderable: image {wrong.pk}")
    assert specs_of(whole) == {str(spec) for spec in listed_sizes(*SIZE)}


def test_it_waits_for_a_child_however_slow_the_others_are(monkeypatch):
    waited = []

    def late(file, jobs, timeout):
        waited.append(timeout)
        return [b"a picture" for _ in jobs]

    monkeypatch.setattr(drawing, "render", late)
    add(1)
    waited.clear()
    assert run("renderimages", "--jobs=1").code == 0
    assert min(waited) >= 2 * sandbox.JOB_TIMEOUT


def test_a_store_that_is_away_ends_it_and_the_next_run_goes_on(monkeypatch):
    for seed in range(3):
        add(seed)
    before = Rendition.objects.count()
    with monkeypatch.context() as store:
        unavailable_after(store, 3)
        result = run("renderimages", "--jobs=1")
    assert (result.code, Rendition.objects.count() - before) == (2, 3)
    assert run("renderimages").code == 0
    assert Rendition.objects.count() == 3 * len(list(listed_sizes(*SIZE)))
