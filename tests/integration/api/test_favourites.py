"""PUT and DELETE /api/v1/images/{id}/favourite, and `is_favourite` of an image."""

import pytest
from django.db import IntegrityError, transaction

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.curation import hide
from images.catalogue.trash import purge, trash
from images.models import Favourite, Image
from tests.clients.api import IMAGES, client_of, form, problem, token_of
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(contributor) -> Image:
    return add_image(uploaded_by=contributor)


def at(image: Image) -> str:
    return f"{IMAGES}/{image.pk}/favourite"


def is_favourite(image: Image, user=None) -> bool:
    return client_of(user).get(f"{IMAGES}/{image.pk}").json()["is_favourite"]


def test_an_image_is_a_favourite_of_whoever_says_so_and_of_nobody_else(image, stranger, contributor):
    for _ in range(2):  # twice is once
        response = client_of(stranger).put(at(image))
        assert (response.status_code, response.content) == (204, b"")
        assert [is_favourite(image, who) for who in (stranger, contributor, None)] == [True, False, False]
    for _ in range(2):
        assert client_of(stranger).delete(at(image)).status_code == 204
        assert not is_favourite(image, stranger)


def test_a_token_says_it_too(image, stranger, client):
    assert client.put(at(image), headers=token_of(stranger)).status_code == 204
    assert is_favourite(image, stranger)


def test_nothing_is_a_favourite_of_nobody(image):
    for ask in (client_of().put, client_of().delete):
        response = ask(at(image))
        assert problem(response) == (401, "not_authenticated")
        assert response["WWW-Authenticate"]
    assert not Favourite.objects.exists()


def test_what_a_person_does_not_see_is_not_there(image, stranger):
    hide(image)
    trashed = add_image(make_image(seed=1), uploaded_by=stranger)
    trash(trashed)
    purged = f"{IMAGES}/00000000-0000-0000-0000-000000000000/favourite"
    for address in (at(image), at(trashed), purged):
        for ask in (client_of(stranger).put, client_of(stranger).delete):
            assert problem(ask(address)) == (404, "not_found")
    assert not Favourite.objects.exists()


def test_it_is_no_change_of_the_image(image, stranger):
    before = client_of().get(f"{IMAGES}/{image.pk}")
    client_of(stranger).put(at(image))
    after = client_of().get(f"{IMAGES}/{image.pk}")
    assert (before["ETag"], before.content) == (after["ETag"], after.content)


def test_every_answer_says_it(image, stranger, contributor):
    own = client_of(contributor)
    own.put(at(image))
    album = create(contributor, "Album")
    other = add_image(make_image(seed=1))
    file(contributor, album, [image.pk, other.pk])
    meant = {str(image.pk): True, str(other.pk): False}
    for path in (IMAGES, f"{IMAGES}?search=jpg&ordering=title", f"/api/v1/albums/{album.pk}/images"):
        results = own.get(path).json()["results"]
        assert {said["id"]: said["is_favourite"] for said in results} == meant
    assert own.patch(f"{IMAGES}/{image.pk}", {"title": "x"}).json()["is_favourite"]
    assert own.post(f"{IMAGES}/{image.pk}/tags", {"add": ["x"]}).json()["is_favourite"]
    assert own.post(IMAGES, form()).json()["is_favourite"]
    trash(image)
    assert own.get(f"{IMAGES}?trashed=1").json()["results"][0]["is_favourite"]
    assert own.post(f"{IMAGES}/{image.pk}/restore").json()["is_favourite"]


def test_a_list_says_it_without_another_query(image, contributor, django_assert_num_queries):
    with django_assert_num_queries(2):
        client_of().get(IMAGES)
    client_of(contributor).put(at(image))
    contributor.has_perm("images.view_image")  # which is kept
    with django_assert_num_queries(2):
        assert client_of(contributor).get(IMAGES).json()["results"][0]["is_favourite"]


def test_it_goes_with_the_person_and_with_the_image(image, stranger, viewer):
    for person in (stranger, viewer):
        client_of(person).put(at(image))
    stranger.delete()
    assert [favourite.user for favourite in Favourite.objects.all()] == [viewer]
    trash(image)
    assert Favourite.objects.exists()  # it may come back
    purge(image)
    assert not Favourite.objects.exists()


def test_the_database_keeps_it_once(image, viewer):
    Favourite.objects.create(user=viewer, image=image)
    with pytest.raises(IntegrityError), transaction.atomic():
        Favourite.objects.create(user=viewer, image=image)
