"""IMAGELIB_GALLERY=members: each list is the sign-in for nobody, and what has an address is reached by it."""

import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.models import Album, Image
from tests.clients.api import problem, token_of
from tests.factories import add_image, make_image, make_user

pytestmark = pytest.mark.django_db

PAGES = ("/", "/?search=coast", "/search", "/albums", "/albums/summer", "/tags", "/tags/coast")
API = (
    *("/api/v1/images", "/api/v1/images?search=coast", "/api/v1/albums", "/api/v1/albums/{album}"),
    *("/api/v1/albums/{album}/images", "/api/v1/albums/{album}/download", "/api/v1/tags"),
    *("/api/v1/tags/coast", "/api/v1/suggestions?search=co", "/api/v1/timeline", "/api/v1/download"),
)
OPEN = ("/accounts/login", "/api/docs", "/api/schema", "/healthz", "/readyz")


@pytest.fixture(autouse=True)
def members(settings):
    settings.IMAGELIB_GALLERY = "members"


@pytest.fixture
def images(editor) -> list[Image]:
    return [add_image(make_image(seed=n), title=f"coast {n}", tags=["coast"]) for n in range(3)]


@pytest.fixture
def album(editor, images) -> Album:
    album = create(editor, title="Summer", visibility="public")
    file(editor, album, [image.pk for image in images])
    return album


@pytest.mark.parametrize("address", PAGES)
def test_a_page_with_a_list_is_the_sign_in(client, album, address):
    for ask in (client.get, client.head):
        answer = ask(address)
        assert answer.status_code == 302, address
        assert answer["Location"].startswith("/accounts/login?next=/")
        assert answer["Cache-Control"] == "private, no-cache"


def test_nobody_is_told_which_tags_have_a_history(client, images):
    for slug in ("coast", "absent"):
        answer = client.get(f"/tags/{slug}/history")
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login?next=/tags/{slug}/history")


@pytest.mark.parametrize("address", API)
def test_a_list_of_the_api_is_a_401(client, album, address):
    answer = client.get(address.format(album=album.pk))
    assert problem(answer) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"]


def test_what_names_images_is_no_list(client, images):
    answer = client.post("/api/v1/download", {"images": [images[0].pk]})
    assert answer.status_code == 200
    b"".join(answer)


@pytest.mark.parametrize("visibility", ["public", "unlisted"])
def test_an_image_is_reached_by_its_address_and_leads_to_no_other(client, images, album, visibility):
    Image.objects.update(visibility=visibility)
    image = images[1]
    for address in (
        image.get_file_url(),
        f"{image.get_service_url()}/info.json",
        f"{image.get_service_url()}/full/max/0/default.webp",
        f"/api/v1/images/{image.pk}",
        image.get_absolute_url(),
        f"{image.get_absolute_url()}?album=summer",
        f"{image.get_absolute_url()}?search=coast",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        if not answer.streaming:
            said = answer.content.decode(errors="replace")
            others = [other for other in images if other != image and str(other.pk) in said]
            assert others == [], address
            assert "Summer" not in said


def test_an_unlisted_album_is_reached_by_its_address(client, images, album):
    Album.objects.update(visibility="unlisted")
    said = client.get("/albums/summer").content.decode()
    assert all(str(image.pk) in said for image in images)
    found = client.get(f"/api/v1/albums/{album.pk}/images").json()["results"]
    assert len(found) == 3


@pytest.mark.parametrize("address", OPEN)
def test_what_lists_nothing_is_open(client, address):
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("address", [*PAGES, *API])
def test_whoever_signed_in_sees_lists(client, album, address):
    client.force_login(make_user("of-no-group"))
    answer = client.get(address.format(album=album.pk))
    assert answer.status_code == 200, address
    answer.close()


def test_a_token_signs_in_too(images):
    found = Client().get("/api/v1/images", headers=token_of(make_user("program"))).json()["results"]
    assert len(found) == 3


def test_a_search_that_is_posted_needs_a_person_anyway(client, images):
    body = {"search": "coast", "count": 3, "action": "favourite"}
    answer = client.post("/api/v1/batch", body, content_type="application/json")
    assert problem(answer) == (401, "not_authenticated")
