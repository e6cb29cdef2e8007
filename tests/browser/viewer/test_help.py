"""What the viewer says of itself, and where its buttons are on a small screen."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import violations
from tests.browser.image.zoom import resize
from tests.browser.test_layout import SMALL_TARGETS
from tests.browser.touch import fingers, tap
from tests.browser.viewer.viewing import IS_OPEN, open_at, shown

IS_MORE = "document.querySelector('.viewer-more').matches(':popover-open')"
OUTSIDE = """
return [...document.querySelectorAll(".viewer :is(button, a, dialog, [popover])")]
  .filter(element => element.checkVisibility())
  .map(element => [element.className, element.getBoundingClientRect()])
  .filter(([, { left, right }]) => left < 0 || right > innerWidth)
  .map(([name, { left, right }]) => `${name} from ${left} to ${right}`);
"""


def test_a_question_mark_tells_the_keys(gallery):
    open_at(gallery, "C")
    gallery.press("?")
    sheet = gallery.find(".viewer-help")
    assert sheet.is_displayed()
    assert violations(gallery.browser) == []
    gallery.press(Keys.ARROW_RIGHT, Keys.ESCAPE)
    assert not sheet.is_displayed()
    assert shown(gallery) == "C"
    gallery.find(".viewer-help-open").click()
    assert sheet.is_displayed()
    gallery.find(".viewer-help header button").click()
    assert not sheet.is_displayed()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "D"


@pytest.fixture
def phone(gallery):
    """A function that makes the window one of a phone of some width."""
    yield lambda width: resize(gallery, width, 640)
    gallery.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.drill
def test_on_a_phone_a_finger_comes_to_it(gallery, phone, width, direction):
    phone(width)
    gallery.browser.execute_script("document.documentElement.dir = arguments[0]", direction)
    with fingers(gallery):
        open_at(gallery, "C")
        assert not gallery.find(".viewer-help-open").is_displayed()
        assert gallery.browser.execute_script(OUTSIDE) == []
        tap(gallery, ".viewer-more-open")
        gallery.wait_until(IS_MORE)
        assert gallery.find(".viewer-help-open").text == "Gestures and keys"
        assert gallery.browser.execute_script(OUTSIDE) == []
        assert gallery.browser.execute_script(SMALL_TARGETS) == []
        assert violations(gallery.browser) == []
        tap(gallery, ".viewer-help-open")
        gallery.wait_until("document.querySelector('.viewer-help').open")
        assert not gallery.evaluate(IS_MORE)
        assert "Two fingers" in gallery.find(".viewer-help").text
        assert gallery.browser.execute_script(OUTSIDE) == []
        assert gallery.evaluate(
            "(help => help.scrollWidth <= help.clientWidth)(document.querySelector('.viewer-help'))"
        )
        tap(gallery, ".viewer-help header button")
        gallery.wait_until("!document.querySelector('.viewer-help').open")
        assert shown(gallery) == "C"


def test_on_a_phone_the_other_buttons_are_behind_more(gallery, phone, images):
    phone(390)
    open_at(gallery, "C")
    assert not gallery.find(".viewer-download").is_displayed()
    gallery.find(".viewer-more-open").click()
    file = gallery.find(".viewer-download").get_attribute("href")
    assert file == gallery.origin + images["C"].get_file_url()
    gallery.find(".viewer-play").click()
    assert not gallery.evaluate(IS_MORE)
    assert gallery.find(".viewer-play").get_attribute("aria-pressed") == "true"
    gallery.find(".viewer-more-open").click()
    assert gallery.find(".viewer-play").get_attribute("aria-pressed") == "false"  # it was a touch
    gallery.press(Keys.ESCAPE)
    assert not gallery.evaluate(IS_MORE)
    assert gallery.evaluate(IS_OPEN)
    gallery.find(".viewer-more-open").click()
    gallery.find(".viewer-zoom").click()
    gallery.wait_until("document.querySelector('.zoom-percentage').textContent !== ''")
    assert gallery.find(".zoom-fit").is_displayed()
