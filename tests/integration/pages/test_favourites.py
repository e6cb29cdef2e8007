"""Hearts: on the page of an image and on cells, with no script a form."""

import pytest

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.curation import hide
from images.catalogue.favourites import favour
from images.catalogue.tags import set_tags
from images.models import Favourite, Image
from tests.clients.pages import Form, Tags
from tests.factories import add_image, make_image

pytestmark = pytest.mark.django_db


@pytest.fixture
def images(contributor) -> list[Image]:
    """Three, in an album and with a tag; the second is a favourite of the contributor."""
    added = [add_image(make_image(seed=seed), title="abc"[seed]) for seed in range(3)]
    for image in added:
        set_tags(image, ["tag"])
    file(contributor, create(contributor, "Album", visibility="public"), [image.pk for image in added])
    favour(contributor, [added[1]])
    return added


def hearts(response) -> dict[str, bool]:
    """Return by the images' addresses which buttons are there, and which of them are pressed."""
    buttons = [a for tag, a in Tags(response).all if tag == "button" and "data-favourite" in a]
    assert all(a["value"] == ("unfavourite" if a["aria-pressed"] == "true" else "favourite") for a in buttons)
    return {a["formaction"]: a["aria-pressed"] == "true" for a in buttons}


PAGES = ("/", "/?search=jpg", "/albums/album", "/tags/tag")


@pytest.mark.parametrize("path", PAGES)
def test_every_cell_has_one_for_who_signed_in(client, images, contributor, path):
    assert hearts(client.get(path)) == {}
    client.force_login(contributor)
    pressed = {image.get_absolute_url(): image.title == "b" for image in images}
    assert hearts(client.get(path)) == pressed


def test_the_page_of_an_image_has_one(client, images, contributor, stranger):
    address = images[1].get_absolute_url()
    assert hearts(client.get(address)) == {}
    for person, is_pressed in ((contributor, True), (stranger, False)):
        client.force_login(person)
        assert hearts(client.get(address)) == {address: is_pressed}


@pytest.mark.parametrize("path", PAGES)
def test_without_a_script_it_is_a_form_that_leads_back(client, images, stranger, path):
    client.force_login(stranger)
    form = Form(client.get(path), "back").fields
    address = images[0].get_absolute_url()
    for action, number in (("favourite", 1), ("favourite", 1), ("unfavourite", 0), ("unfavourite", 0)):
        response = client.post(address, form | {"action": action})
        assert (response.status_code, response["Location"]) == (302, path)
        assert Favourite.objects.filter(user=stranger).count() == number


@pytest.mark.parametrize("back", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_it_leads_nowhere_else(client, images, stranger, back):
    client.force_login(stranger)
    address = images[0].get_absolute_url()
    response = client.post(address, {"action": "favourite", "back": back})
    assert response["Location"] == address


def test_of_nobody_and_of_what_is_hidden_nothing_is_a_favourite(client, images, stranger):
    address, said = images[0].get_absolute_url(), {"action": "favourite"}
    assert client.post(address, said).status_code == 403
    hide(images[0])
    client.force_login(stranger)
    assert client.post(address, said).status_code == 404
    assert not Favourite.objects.exclude(image=images[1]).exists()


def test_the_sheet_offers_ones_own(client, images, contributor):
    client.force_login(contributor)
    assert "My favourites" in client.get("/search").content.decode()
    assert list(hearts(client.get("/?search=is:favourite"))) == [images[1].get_absolute_url()]
    client.logout()
    assert "My favourites" not in client.get("/search").content.decode()
