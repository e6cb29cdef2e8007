"""The picture of an image in the trash: for those who may restore it, and absent for everybody else."""

import pytest
from django.test import Client
from django.urls import reverse

from images.catalogue.trash import purge, restore, trash
from images.models import Image, Rendition
from images.renditions import store
from storage import get_storage
from storage.keys import rendition_key
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def trashed(contributor) -> Image:
    image = add_image(make_image(size=(900, 600)), uploaded_by=contributor)
    trash(image)
    return image


def address(image: Image) -> str:
    return reverse("trash-picture", args=[image.pk])


def asked(image: Image, user=None, **headers):
    client = Client(headers=headers)
    if user:
        client.force_login(user)
    return client.get(address(image))


def test_who_may_restore_an_image_sees_its_smallest_size(trashed, contributor, editor):
    for user in (contributor, editor):
        response = asked(trashed, user)
        assert response.status_code == 200
        assert response["Content-Type"] == "image/webp"
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Vary"] == "Cookie, Authorization"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        (row,) = Rendition.objects.filter(image=trashed, width=320, mime_type="image/webp")
        assert response["ETag"] == f'"{row.hash}"'
        assert response.content == get_storage().get(rendition_key(row.hash))
        assert asked(trashed, user, if_none_match=response["ETag"]).status_code == 304


def test_to_others_it_is_absent(trashed, stranger, viewer):
    for user in (None, stranger, viewer):
        response = asked(trashed, user)
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"
        assert response["Cache-Control"] == "no-store"


def test_its_other_addresses_are_absent_to_all(trashed, editor, client):
    client.force_login(editor)
    for path in (
        trashed.get_absolute_url(),
        trashed.get_file_url(),
        f"{trashed.get_service_url()}/info.json",
    ):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("leave", [restore, purge])
def test_out_of_the_trash_it_is_absent(trashed, editor, leave):
    leave(trashed)
    assert asked(trashed, editor).status_code == 404


def test_what_was_not_drawn_yet_is_drawn(trashed, editor):
    Rendition.objects.all().delete()
    assert asked(trashed, editor).status_code == 200
    assert Rendition.objects.get().image == trashed


def test_a_lost_picture_is_drawn_again(trashed, editor):
    body = asked(trashed, editor).content
    for row in Rendition.objects.all():
        get_storage().delete(rendition_key(row.hash))
    assert asked(trashed, editor).content == body


def test_one_restored_while_it_is_drawn_is_no_public_answer_here(trashed, editor, monkeypatch):
    Rendition.objects.all().delete()

    def make(image, spec, make=store._make):
        restore(Image.objects.get())
        return make(image, spec)

    monkeypatch.setattr(store, "_make", make)
    assert asked(trashed, editor).status_code == 404
