"""Copies without the place where an image was taken, for people who get the original without it."""

import io
import threading

import pytest
from django.db import connections

from images.catalogue.trash import purge, trash
from images.errors import Unstrippable
from images.imaging.sandbox import inspect_image
from images.ingest import unlocated as module
from images.ingest.unlocated import SPEC, unlocated
from images.models import Image, Rendition
from images.renditions.store import forget
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.factories import add_image, sha256
from tests.files.located import photo
from tests.resilience.faults import unavailable_after

pytestmark = pytest.mark.django_db


@pytest.fixture
def image() -> Image:
    return add_image(photo(), visibility="private")


def test_a_copy_says_nothing_of_the_place(image):
    copy = unlocated(image)
    with copy.open() as file:
        data = file.read()
    assert (sha256(data), len(data)) == (copy.hash, copy.size)
    assert image.hash != copy.hash
    assert not inspect_image(io.BytesIO(data)).has_location
    assert (copy.filename, copy.mime_type, copy.audience) == (image.filename, image.mime_type, "private")


def test_is_made_once(image, monkeypatch):
    first = unlocated(image)
    monkeypatch.setattr(module, "stripped", None)
    assert unlocated(image) == first


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one(image):
    made, barrier = [], threading.Barrier(2)

    def make() -> None:
        barrier.wait()
        made.append(unlocated(image))
        connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made[0] == made[1]
    assert Rendition.objects.filter(spec=SPEC).count() == 1


def test_is_made_again_where_it_was_lost(image):
    copy = unlocated(image)
    get_storage().delete(f"renditions/{copy.hash}")
    forget(copy)
    assert unlocated(image) == copy
    assert copy.read()


def test_goes_with_the_image(image):
    unlocated(image)
    trash(image)
    purge(image)
    assert not Rendition.objects.filter(spec=SPEC).exists()


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("last", [SPEC, f"{SPEC}/", f"full/max/0/{SPEC}"])
def test_no_address_of_a_rendition_has_it(client, image, visibility, last):
    unlocated(image)
    Image.objects.update(visibility=visibility)
    assert client.get(f"/iiif/3/{image.pk}/{last}").status_code == {"public": 400, "private": 404}[visibility]


def test_what_cannot_be_had_is_said(image, monkeypatch):
    def refuse(*args):
        raise Unstrippable("not without loss")

    monkeypatch.setattr(module, "stripped", refuse)
    with pytest.raises(Unstrippable):
        unlocated(image)
    assert not Rendition.objects.filter(spec=SPEC).exists()


def test_a_store_that_is_down(image, monkeypatch):
    unavailable_after(monkeypatch, puts=0)
    with pytest.raises(StorageUnavailable):
        unlocated(image)
    assert not Rendition.objects.filter(spec=SPEC).exists()
