"""DELETE /api/v1/images/{id} and POST /api/v1/images/{id}/restore."""

import pytest

from images.catalogue.trash import trash
from images.models import Image
from storage import get_storage
from tests.clients.api import IMAGES, client_of, problem
from tests.factories import add_image

pytestmark = pytest.mark.django_db


def url(image: Image) -> str:
    return f"{IMAGES}/{image.pk}"


@pytest.mark.parametrize("who", ["uploader", "editor"])
def test_delete_moves_an_image_to_the_trash_and_restore_brings_it_back(stranger, editor, who):
    client = client_of(stranger if who == "uploader" else editor)
    image = add_image(uploaded_by=stranger)
    before = client.get(url(image)).json()

    response = client.delete(url(image))
    assert (response.status_code, response.content) == (204, b"")
    assert [client.get(path).status_code for path in (url(image), f"{url(image)}/file")] == [404, 404]
    assert get_storage().exists(image.storage_key)

    response = client.post(f"{url(image)}/restore")
    assert response.status_code == 200
    assert response.json() == before | {"updated_at": response.json()["updated_at"]}
    assert client.get(url(image)).json() == response.json()


def test_deleting_twice_answers_404_the_second_time(editor):
    image = add_image()
    assert [client_of(editor).delete(url(image)).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize("who", ["anonymous", "viewer", "contributor"])
def test_what_one_may_not_restore_is_not_there(viewer, contributor, who):
    trash(image := add_image())
    user = {"anonymous": None, "viewer": viewer, "contributor": contributor}[who]
    response = client_of(user).post(f"{url(image)}/restore")
    assert problem(response) == (404, "not_found")
    assert Image.objects.get().deleted_at


def test_an_image_that_is_not_in_the_trash_is_not_there_to_restore(editor):
    response = client_of(editor).post(f"{url(add_image())}/restore")
    assert problem(response) == (404, "not_found")


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_restore_needs_no_body_and_reads_none(editor, content_type):
    trash(image := add_image())
    response = client_of(editor).generic("POST", f"{url(image)}/restore", b"", content_type=content_type)
    assert response.status_code == 200


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_restore_is_a_post(editor, method):
    trash(image := add_image())
    response = getattr(client_of(editor), method)(f"{url(image)}/restore")
    assert problem(response) == (405, "method_not_allowed")
    assert response["Allow"] == "POST, OPTIONS"
