"""manage.py reindeximages: what earlier code left undone is done, what is right is not written."""

import pytest

from images.maintenance import reindexing
from images.models import Image
from images.models.indexing import reindex
from tests.clients.commands import run
from tests.factories import sha256

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def images(monkeypatch) -> list[Image]:
    monkeypatch.setattr(reindexing, "BATCH", 2)
    facts = {"mime_type": "image/jpeg", "size": 1, "width": 1, "height": 1}
    return [
        Image.objects.create(hash=sha256(b"%d" % number), filename=f"{number}.jpg", **facts)
        for number in range(5)
    ]


def changed_by_earlier_code(image: Image) -> None:
    Image.objects.filter(pk=image.pk).update(title="Kite")


def added_by_earlier_code(image: Image) -> None:
    Image.objects.filter(pk=image.pk).update(search_key=None, search_text="")


def test_all_is_right_afterwards(images):
    changed_by_earlier_code(images[1])
    added_by_earlier_code(images[4])
    result = run("reindeximages", "--json")
    assert (result.code, result.summary) == (0, {"images": 5, "written": 2})
    assert Image.objects.get(search_text__contains=" kite ").pk == images[1].pk
    assert not Image.objects.filter(search_key=None).exists()
    assert run("reindeximages").lines == ["Looked at: 5 images. Written: 0."]


def test_of_what_lacks_it_alone_when_asked(images):
    changed_by_earlier_code(images[1])
    added_by_earlier_code(images[4])
    assert run("reindeximages", "--missing").lines == ["Looked at: 1 images. Written: 1."]
    assert Image.objects.get(pk=images[4].pk).search_text == " 4 jpg "


def test_interrupted_it_goes_on_with_what_is_not_right_yet(images, monkeypatch):
    for image in images:
        added_by_earlier_code(image)
    done = []

    def interrupted(ids):
        if done:
            raise KeyboardInterrupt
        done.append(ids)
        return reindex(ids)

    monkeypatch.setattr(reindexing, "reindex", interrupted)
    stopped = run("reindeximages", "--missing")
    assert (stopped.code, stopped.error) == (130, "Interrupted; it can be run again.")
    monkeypatch.setattr(reindexing, "reindex", reindex)
    assert run("reindeximages", "--missing").lines == ["Looked at: 3 images. Written: 3."]
