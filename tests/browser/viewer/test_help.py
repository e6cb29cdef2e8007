"""What the viewer says of itself."""

from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import violations
from tests.browser.viewer.viewing import cell, shown


def test_a_question_mark_tells_the_keys(gallery):
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    gallery.press("?")
    sheet = gallery.find(".viewer-help")
    assert sheet.is_displayed()
    assert violations(gallery.browser) == []
    gallery.press(Keys.ARROW_RIGHT, Keys.ESCAPE)
    assert not sheet.is_displayed()
    assert shown(gallery) == "C"
    gallery.find(".viewer-keys").click()
    assert sheet.is_displayed()
    gallery.find(".viewer-help button").click()
    assert not sheet.is_displayed()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "D"


def test_z_leads_to_where_its_zoom_is(gallery):
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    gallery.press("z")
    gallery.wait_until("document.querySelector('h1').textContent === 'C'")
