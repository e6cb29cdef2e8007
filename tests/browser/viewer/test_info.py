"""The panel beside the image: what is known of it, and what is written there."""

from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import set_tags
from tests.browser.accessibility import violations
from tests.browser.viewer.viewing import IS_OPEN, SAID, TOLD, open_at, shown


def test_i_tells_of_each_image_beside_it(gallery, images):
    set_tags(images["B"], ["Porto"])
    open_at(gallery, "A")
    button = gallery.find(".viewer-about")
    gallery.press("i")
    gallery.wait_until(f"{TOLD}.includes('SHA-256')")
    assert button.get_attribute("aria-expanded") == "true"
    assert "Porto" not in gallery.find(".viewer-info").text
    assert violations(gallery.browser) == []
    gallery.press(Keys.ARROW_RIGHT)
    gallery.wait_until(f"{TOLD}.includes('Porto')")
    page = gallery.origin + images["B"].get_absolute_url()
    assert gallery.find(".viewer-info-page").get_attribute("href") == page
    assert gallery.find(".viewer-told [href$=history]").get_attribute("href") == f"{page}/history"
    ids = "[...document.querySelectorAll('[id]')].map(one => one.id)"
    assert gallery.evaluate(f"new Set({ids}).size === {ids}.length")
    gallery.find(".viewer-info-close").click()
    assert not gallery.find(".viewer-info").is_displayed()
    assert gallery.evaluate("document.activeElement.className") == "viewer-about"


def test_what_is_not_told_is_said_to_be_missing(gallery):
    open_at(gallery, "A")
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/images/*"]})
    gallery.find(".viewer-about").click()
    gallery.wait_until("!document.querySelector('.viewer-untold').hidden")
    assert violations(gallery.browser) == []
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    gallery.press("i", "i")
    gallery.wait_until(f"{TOLD}.includes('SHA-256')")
    assert not gallery.find(".viewer-untold").is_displayed()
    gallery.listen()
    gallery.complaints = [text for text in gallery.complaints if "ERR_BLOCKED_BY" not in text]


def test_words_that_are_not_saved_are_not_left_behind(gallery, images):
    open_at(gallery, "A")
    gallery.press("i")
    gallery.wait_until("document.querySelector('.viewer-told .edit')")
    gallery.find(".viewer-told .edit summary").click()
    gallery.find(".viewer-told .edit [name=title]").send_keys("a")
    for leave in (".viewer-next", ".viewer-close", ".viewer-trash"):
        gallery.find(leave).click()
        assert gallery.evaluate(SAID) == "Your words are not saved yet: save them, or cancel."
        assert shown(gallery) == "A"
    gallery.find(".viewer-told .edit summary").click()
    gallery.find(".viewer-next").click()
    assert shown(gallery) == "B"
    gallery.find(".viewer-close").click()
    gallery.wait_until(f"!{IS_OPEN} && location.pathname === '/'")
