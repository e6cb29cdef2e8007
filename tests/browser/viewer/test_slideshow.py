"""One image after the other by itself."""

from tests.browser.accessibility import violations
from tests.browser.viewer.viewing import open_at, shown

HOLD_TIME = """
    const setTimer = window.setTimeout;
    window.setTimeout = (act, after) => {
      if (after !== 5000) return setTimer(act, after);
      window.pass = act;
      return 0;
    };
"""


def test_a_slideshow_leads_through_to_the_end(gallery, images):
    playing = "document.querySelector('.viewer-play').ariaPressed"
    gallery.browser.execute_script(HOLD_TIME)
    open_at(gallery, "C")
    gallery.press("s")
    assert gallery.evaluate(playing) == "true"
    for name in "DE":
        gallery.browser.execute_script("window.pass()")
        gallery.wait_until(f"document.querySelector('.viewer strong').textContent === '{name}'")
        assert shown(gallery) == name
    assert gallery.evaluate(playing) == "true"
    gallery.browser.execute_script("window.pass()")
    gallery.wait_until(f"{playing} === 'false'")
    assert shown(gallery) == "E"


def test_a_touch_stops_it(gallery, images):
    gallery.browser.execute_script(HOLD_TIME)
    open_at(gallery, "C")
    play = gallery.find(".viewer-play")
    play.click()
    assert play.get_attribute("aria-pressed") == "true"
    assert violations(gallery.browser) == []
    gallery.find(".viewer figure").click()
    assert play.get_attribute("aria-pressed") == "false"
    play.click()
    play.click()
    assert play.get_attribute("aria-pressed") == "false"
