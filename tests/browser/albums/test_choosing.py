"""Images of an album chosen on its page, in a real Chromium: as in the gallery, and to be taken out."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.albums import seen_entries
from images.catalogue.tags import tag_names
from images.models import Image
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user

CHOSEN = "[...document.querySelectorAll('.pick input')].map(box => Number(box.checked)).join('')"


@pytest.fixture
def album(visit, client):
    """Eight images, A to H."""
    owner = make_user("clara", "Contributors")
    images = [
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
        for name in "ABCDEFGH"
    ]
    made = create(owner, "Kites")
    file(owner, made, [image.pk for image in images])
    visit.sign_in(client, owner)
    visit.open("/albums/kites")
    return made


def titles(album) -> str:
    return "".join(entry.image.title for entry in seen_entries(album.made_by, album))


def box(visit, name: str):
    """The checkbox of an image, scrolled to, for the bar of a selection would lie over it."""
    box = visit.find(f"[data-title='{name}'] + .pick input")
    visit.browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", box)
    return box


def test_a_range_is_taken_out_and_put_back(visit, album):
    box(visit, "B").click()
    ActionChains(visit.browser).key_down(Keys.SHIFT).click(box(visit, "D")).key_up(Keys.SHIFT).perform()
    assert visit.evaluate(CHOSEN) == "01110000"
    assert violations(visit.browser) == []
    visit.follow(".selection [value=unfile]")
    assert "3 images are out of this album." in visit.find(".messages").text
    assert titles(album) == "AEFGH"
    visit.follow(".messages button")
    assert titles(album) == "ABCDEFGH"
    assert visit.browser.current_url == visit.origin + "/albums/kites"


def test_by_keyboard_alone(visit, album):
    visit.browser.execute_script("document.querySelector('.cell a').focus()")
    visit.press(Keys.TAB, Keys.SPACE, Keys.ENTER)
    assert visit.evaluate("document.activeElement.className") == "selected"
    visit.press(Keys.TAB, Keys.ENTER, "Coast", Keys.ENTER)
    visit.wait_until("document.querySelector('.messages')?.textContent.includes('1 image has these tags')")
    assert tag_names(Image.objects.get(title="A")) == ["Coast"]
    visit.wait_until(f"{CHOSEN} === '10000000'")


def test_what_is_drawn_over_is_chosen_and_a_picture_opens_the_viewer_without(visit, album):
    actions = ActionChains(visit.browser).move_to_element(box(visit, "B")).click_and_hold()
    actions.move_to_element(visit.find("[data-title='C'] img")).release().perform()
    visit.wait_until(f"{CHOSEN} === '01100000'")
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"{CHOSEN} === '00000000'")
    visit.find("[data-title='D']").click()
    assert visit.find("dialog.viewer").is_displayed()


def test_all_of_it_are_chosen_beyond_the_page(visit, album, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 3)
    visit.open("/albums/kites")
    box(visit, "A").click()
    visit.find("[name=every]").click()
    assert visit.find(".selected").text == "Selected: 8"
    visit.follow_in_fold(".selection [value=hide]")
    assert "8 images are private now." in visit.find(".messages").text
    assert set(Image.objects.values_list("visibility", flat=True)) == {"private"}


def test_those_that_arrived_later_are_chosen_too(visit, album, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 3)
    visit.open("/albums/kites")
    visit.wait_until(f"(scrollTo(0, document.body.scrollHeight), {CHOSEN}.length === 8)")
    visit.browser.execute_script("arguments[0].click()", box(visit, "H"))
    visit.follow(".selection [value=trash]")
    assert titles(album) == "ABCDEFG"
    visit.follow(".messages button")
    assert titles(album) == "ABCDEFGH"
    assert visit.browser.current_url == visit.origin + "/albums/kites"


def test_without_javascript_it_is_done_too(visit, album):
    with visit.without_javascript():
        visit.open("/albums/kites")
        box(visit, "A").click()
        box(visit, "C").click()
        visit.follow(".selection [value=unfile]")
        assert titles(album) == "BDEFGH"
        visit.follow(".messages button")
    assert titles(album) == "ABCDEFGH"
