"""Share links in a real Chromium: made, listed and revoked, by the keyboard alone and without JavaScript."""

import pytest
from django.test import Client

from images.catalogue.album_curation import create
from images.catalogue.shares import Shared, live_share
from images.catalogue.sharing import make_share
from images.models import Image, ShareLink
from tests.browser.walk.hands import Keyboard
from tests.factories import add_image, make_image, make_user

SCREENS = {"desktop": (1280, 860, False), "phone": (390, 844, True)}


@pytest.fixture
def person(visit, client):
    user = make_user("clara", "Contributors")
    visit.sign_in(client, user)
    return user


@pytest.fixture
def images(person) -> list[Image]:
    return [
        add_image(
            make_image(size=(600, 400), seed=seed), title=name, uploaded_by=person, visibility="private"
        )
        for seed, name in enumerate(("Kite", "Pier", "Gull", "Boat"))
    ]


@pytest.fixture(params=["phone", pytest.param("desktop", marks=pytest.mark.drill)])
def keys(visit, request):
    """Somebody who has keys alone."""
    hands = Keyboard(visit)
    hands.width, hands.height, hands.is_mobile = SCREENS[request.param]
    with hands.at_work():
        yield hands


def fill(keys: Keyboard, name: str, text: str) -> None:
    keys.reached = 0
    keys.reach(f"main [name={name}]")
    keys.write(text)


def follow(keys: Keyboard, selector: str) -> None:
    keys.reached = 0
    keys.follow(selector)


def secret_of(address: str) -> str:
    return address.rpartition("/s/")[2]


def test_an_album_of_three_is_shared_and_revoked_by_the_keyboard_alone(visit, person, images, keys):
    visit.open("/")
    for name in ("Boat", "Gull", "Pier"):
        keys.press(f"[data-title='{name}'] + .pick input")
    keys.reached = 0
    keys.press("#selection details:has([name=album]) summary")
    keys.write("Three pictures")
    keys.send("#selection [value=file]")
    follow(keys, ".messages a[href='/albums/three-pictures']")
    follow(keys, "main a[href^='/shares/new']")
    assert "Album: Three pictures" in visit.find(".led").text
    fill(keys, "note", "Ana")
    fill(keys, "password", "open sesame")
    follow(keys, "main .fields button")

    address = visit.find("#address").get_attribute("value")
    assert address.startswith(f"{visit.origin}/s/")
    share = live_share(secret_of(address))
    titles = [image.title for image in Shared(share, secret_of(address)).page().rows]
    assert sorted(titles) == ["Boat", "Gull", "Pier"]
    stranger = Client()
    asked = stranger.get(f"/s/{secret_of(address)}").content.decode()
    assert 'type="password"' in asked
    assert "Three pictures" not in asked

    follow(keys, "main a[href='/shares']")
    assert secret_of(address) not in visit.browser.page_source
    assert "Ana" in visit.find(".rows li").text
    assert "works" in visit.find(".rows .badge").text
    follow(keys, ".rows [value=revoke]")
    assert "The link is revoked" in visit.find(".messages").text
    assert visit.find(".rows .badge").text == "revoked"
    assert stranger.get(f"/s/{secret_of(address)}").status_code == 404


def test_the_address_is_copied(visit, person, images):
    visit.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    visit.open(images[0].get_absolute_url())
    visit.follow("main a[href^='/shares/new']")
    visit.follow("main .fields button")
    visit.find("[data-copies=address]").click()
    visit.wait_until("document.querySelector('[data-copies=address]').textContent === 'Copied'")
    assert visit.evaluate("document.querySelector('.announcer').textContent") == "Copied"


def test_a_selection_is_shared_without_javascript(visit, person, images):
    with visit.without_javascript():
        visit.open("/")
        for box in visit.all(".pick input")[:2]:
            box.click()
        visit.find("#selection details:has([value=share]) summary").click()
        visit.follow("#selection [value=share]")
        assert visit.find("h1").text == "Share by a link"
        assert "2 images" in visit.find(".led").text
        visit.follow("main .fields button")
        address = visit.find("#address").get_attribute("value")
    shared = Shared(live_share(secret_of(address)), secret_of(address))
    assert [image.title for image in shared.page().rows] == ["Boat", "Gull"]


def test_what_is_selected_is_still_so_when_one_comes_back(visit, person, images):
    visit.open("/")
    visit.all(".pick input")[1].click()
    visit.find("#selection details:has([value=share]) summary").click()
    visit.follow("#selection [value=share]")
    visit.follow("main .fields button")
    visit.follow("main .actions a[href='/']")
    visit.wait_until("document.querySelectorAll('.pick :checked').length === 1")


def test_all_are_revoked(visit, person):
    create(person, "Kites")
    for note in ("Ana", "Ben"):
        make_share(person, "tag:kite", note=note)
    visit.open("/shares")
    visit.follow("[value=revoke_all]")
    assert "2 links" in visit.find("main").text
    visit.follow("main [value=revoke_all]")
    assert [badge.text for badge in visit.all(".rows .badge")] == ["revoked", "revoked"]
    assert not ShareLink.objects.filter(revoked_at=None).exists()
