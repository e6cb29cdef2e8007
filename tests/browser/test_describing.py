"""The walk from image to image that lacks its words, by keyboard alone."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.models import Image
from tests.factories import add_image, make_image, make_user, said_of

SHOWN = "document.querySelector('.wording-words a').textContent === '{}.jpg'"


@pytest.fixture
def images(visit, client) -> list[Image]:
    """Four without words, the newest last, of somebody who is signed in."""
    owner = make_user("clara", "Contributors")
    visit.sign_in(client, owner)
    return [
        add_image(make_image(size=(600, 400), seed=seed), filename=f"{seed}.jpg", uploaded_by=owner)
        for seed in range(4)
    ]


def test_three_images_get_their_words_without_a_mouse(visit, images):
    visit.open("/words")
    for seed in (3, 2):
        visit.wait_until(SHOWN.format(seed))
        assert visit.evaluate("document.activeElement.name") == "alt_text"
        visit.press(f"Number {seed}.", Keys.CONTROL + Keys.ENTER)
    visit.wait_until(SHOWN.format(1))
    visit.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.TAB)
    assert visit.evaluate("document.activeElement.textContent") == "Decorative"
    visit.press(Keys.ENTER)
    visit.wait_until(SHOWN.format(0))
    assert [said_of(image, "alt_text", "decorative") for image in images] == [
        {"alt_text": "", "decorative": False},
        {"alt_text": "", "decorative": True},
        {"alt_text": "Number 2.", "decorative": False},
        {"alt_text": "Number 3.", "decorative": False},
    ]
    visit.browser.back()  # to what was said just now
    visit.wait_until(SHOWN.format(1))
    visit.browser.back()
    visit.wait_until(SHOWN.format(2))
    visit.wait_until("document.querySelector('[name=alt_text]').value === 'Number 2.'")


def test_it_works_without_a_script(visit, images):
    with visit.without_javascript():
        visit.open("/words")
        visit.press("A red kite.", Keys.TAB, "Kite", Keys.ENTER)
        visit.open("/words")
    assert said_of(images[3], "alt_text", "title") == {"alt_text": "A red kite.", "title": "Kite"}
    assert not visit.all(".errorlist")


def test_what_was_typed_is_not_left_behind_unasked(visit, images):
    visit.open("/words")
    asks = "!dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert not visit.evaluate(asks)
    visit.press("A red kite.")
    assert visit.evaluate(asks)
    visit.press(Keys.CONTROL + Keys.ENTER)
    visit.wait_until(SHOWN.format(2))
    assert said_of(images[3], "alt_text") == {"alt_text": "A red kite."}
