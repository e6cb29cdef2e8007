"""The page of an image whose picture does not come, as when the store is down: it says so in words."""

import pytest

from tests.browser.accessibility import violations
from tests.browser.visit import Visit
from tests.factories import add_image, make_image

PICTURE = "document.querySelector('.stage picture img')"
FAILURE = "document.querySelector('.stage-failure')"


@pytest.fixture
def page(visit) -> Visit:
    """The page of an image that the network does not bring; how it was blocked is no complaint."""
    image = add_image(make_image(size=(600, 400)), title="Kite")
    visit.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/iiif/*"]})
    visit.open(image.get_absolute_url())
    yield visit
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]


def test_it_is_told_in_words_and_tried_again(page):
    page.wait_until(f"!{FAILURE}.hidden")
    assert "did not arrive" in page.find(".stage-failure").text
    assert page.evaluate(f"getComputedStyle({PICTURE}).opacity") == "0"
    assert violations(page.browser) == []
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.find(".stage-failure button").click()
    page.wait_until(f"{PICTURE}.naturalWidth && {FAILURE}.hidden")
    assert page.evaluate(f"getComputedStyle({PICTURE}).opacity") == "1"
    assert page.evaluate("document.activeElement.matches('.stage > a')")


def test_it_is_told_as_long_as_it_does_not_come(page):
    page.wait_until(f"!{FAILURE}.hidden")
    page.find(".stage-failure button").click()
    page.wait_until(f"{PICTURE}.complete")
    assert page.find(".stage-failure").is_displayed()
    assert page.evaluate("document.activeElement.matches('.stage-failure button')")


def test_a_picture_that_came_is_told_of_by_no_words(visit):
    visit.open(add_image(make_image(size=(600, 400))).get_absolute_url())
    assert not visit.find(".stage-failure").is_displayed()
