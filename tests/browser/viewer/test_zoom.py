"""A closer look at the image in the viewer: by keyboard, wheel, mouse, fingers, buttons; and for everyone."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from images.iiif.pyramid import tiles
from tests.browser.accessibility import allow_motion, violations
from tests.browser.image.zoom import PERCENTAGE, Zoom, encoded, picture, resize
from tests.browser.test_layout import SMALL_TARGETS
from tests.browser.touch import fingers, touch
from tests.browser.viewer.viewing import IS_OPEN, SAID, open_at, shown
from tests.factories import add_image

IS_ZOOMED = "document.querySelector('.viewer-main').hasAttribute('data-zoomed')"


def wheel(visit, x: int, *, ctrl: bool) -> None:
    """Turn the wheel by a notch, away from the person, beside the middle of the image."""
    left, top, width, height = visit.evaluate(
        "(box => [box.left, box.top, box.width, box.height])"
        "(document.querySelector('.viewer-stage').getBoundingClientRect())"
    )
    place = {"x": left + width / 2 + x, "y": top + height / 2, "deltaX": 0, "deltaY": -100}
    event = {"type": "mouseWheel", "modifiers": 2 * ctrl} | place
    visit.browser.execute_cdp_cmd("Input.dispatchMouseEvent", event)


def test_z_zooms_in_place_and_escape_leads_back_step_by_step(panorama):
    visit, scale = panorama.visit, panorama.fitted() * 2.5
    visit.press("z")
    panorama.shows(scale)
    visit.press(Keys.ARROW_RIGHT)
    panorama.shows(scale, 1050 + 80 / scale)
    assert visit.browser.current_url == visit.origin + panorama.image.get_absolute_url()
    visit.press("1")
    panorama.shows(1, 1050 + 80 / scale)
    asked = panorama.requested()
    assert any("/max/" in spec for spec in asked)
    screens = {spec for spec in asked if spec.startswith("full/")}
    assert asked - screens <= {str(spec) for spec in tiles(2100, 500, "webp")}
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"!{IS_ZOOMED}")
    assert shown(visit) == "Panorama"
    visit.press("z")
    panorama.shows(scale)
    visit.press("z")
    visit.wait_until(f"!{IS_ZOOMED}")
    visit.press(Keys.ARROW_RIGHT)
    assert shown(visit) == "Small"
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"!{IS_OPEN} && location.pathname === '/'")


def test_escape_ends_it_each_time_however_it_began(panorama):
    """A turn of the wheel is none of what lets a page prevent that a dialog closes."""
    visit = panorama.visit
    for _ in range(3):
        wheel(visit, 0, ctrl=True)
        visit.wait_until(IS_ZOOMED)
        visit.press(Keys.ESCAPE)
        visit.wait_until(f"!{IS_ZOOMED}")
        assert visit.evaluate(IS_OPEN)


def test_ctrl_and_the_wheel_zoom_toward_the_pointer_and_then_the_wheel_alone(panorama):
    visit, fitted = panorama.visit, panorama.fitted()
    wheel(visit, 300, ctrl=False)
    visit.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert not visit.evaluate(IS_ZOOMED)
    wheel(visit, 300, ctrl=True)
    panorama.shows(fitted * 2, 1050 + 300 / fitted - 300 / (fitted * 2))
    wheel(visit, 300, ctrl=False)
    panorama.shows(fitted * 2**1.5, 1050 + 300 / fitted - 300 / (fitted * 2**1.5))
    assert visit.evaluate("visualViewport.scale") == 1


def test_a_double_click_zooms_there_and_the_mouse_drags(panorama):
    visit, fitted = panorama.visit, panorama.fitted()
    stage = visit.find(".viewer-stage")
    ActionChains(visit.browser).move_to_element_with_offset(stage, -200, 0).double_click().perform()
    at = 1050 - 200 / fitted + 200 / (fitted * 2.5)
    panorama.shows(fitted * 2.5, at)
    ActionChains(visit.browser).drag_and_drop_by_offset(stage, 100, 0).perform()
    panorama.shows(fitted * 2.5, at - 100 / (fitted * 2.5))
    assert shown(visit) == "Panorama"


def test_buttons_zoom_and_no_focus_is_lost(panorama):
    visit = panorama.visit
    button = visit.find(".viewer-zoom")
    visit.browser.execute_script("document.querySelector('.viewer-next').focus()")
    visit.press("z")
    visit.wait_until("document.activeElement.matches('.viewer-zoom')")  # the other is not seen any more
    panorama.shows(panorama.fitted() * 2.5)
    assert button.get_attribute("aria-pressed") == "true"
    visit.find(".zoom-in").click()
    panorama.shows(panorama.fitted() * 2.5 * 1.5)
    visit.find(".zoom-fit").click()
    visit.wait_until(f"!{IS_ZOOMED} && document.activeElement.matches('.viewer-zoom')")
    assert button.get_attribute("aria-pressed") == "false"
    assert not visit.find(".zoom-in").is_displayed()
    button.click()
    panorama.shows(panorama.fitted() * 2.5)
    button.click()
    visit.wait_until(f"!{IS_ZOOMED}")
    assert visit.find(".viewer-next").is_displayed()


def test_fingers_pinch_and_drag_and_lead_on_when_all_is_seen_again(panorama):
    visit = panorama.visit
    phone = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    visit.wait_until("document.querySelector('canvas').clientWidth <= 390")
    fitted = panorama.fitted()
    x, y = (side // 2 for side in panorama.size())
    with fingers(visit):
        touch(visit, [(x - 20, y), (x + 20, y)], [(x - 60, y), (x + 60, y)], [(x - 160, y), (x + 160, y)])
        panorama.shows(fitted * 8)
        touch(visit, [(x, y)], [(x + 20, y)], [(x + 120, y)])
        panorama.shows(fitted * 8, 1050 - 120 / (fitted * 8))
        assert shown(visit) == "Panorama"
        touch(visit, [(x - 160, y), (x + 160, y)], [(x - 60, y), (x + 60, y)], [(x - 4, y), (x + 4, y)])
        visit.wait_until(f"!{IS_ZOOMED}")
        touch(visit, [(x, y)])
        touch(visit, [(x, y)])
        panorama.shows(fitted * 2.5)
        visit.press("0")
        visit.wait_until(f"!{IS_ZOOMED}")
        assert shown(visit) == "Panorama"
        assert visit.evaluate("visualViewport.scale") == 1
        touch(visit, [(x, y)], [(x - 60, y)], [(x - 120, y)])
        assert shown(visit) == "Small"


@pytest.mark.parametrize("name", ["Small", "Moving"])
def test_what_has_no_tiles_stays_as_it_is(panorama, name):
    visit = panorama.visit
    visit.press(Keys.ARROW_RIGHT, *([Keys.ARROW_RIGHT] if name == "Moving" else []))
    assert shown(visit) == name
    assert visit.find(".viewer-zoom").get_attribute("aria-disabled") == "true"
    visit.press("z")
    wheel(visit, 0, ctrl=True)
    ActionChains(visit.browser).double_click(visit.find(".viewer-stage")).perform()
    visit.find(".viewer-zoom").click()
    visit.browser.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert not visit.evaluate(IS_ZOOMED)
    visit.press(Keys.ARROW_LEFT)
    assert shown(visit) == ("Panorama" if name == "Small" else "Small")


def test_what_one_tile_holds_is_not_enlarged_beyond_its_pixels(visit):
    image = add_image(encoded(picture(480, 440)), title="A")
    resize(visit, 390, 844)
    visit.open("/")
    open_at(visit, "A")
    zoom = Zoom(visit, image, picture(480, 440))
    visit.press("z")
    zoom.shows(1)
    visit.press("+")
    assert visit.find(".zoom-in").get_attribute("aria-disabled") == "true"
    zoom.shows(1)
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_another_image_is_seen_whole(panorama):
    visit = panorama.visit
    visit.press("z")
    panorama.shows(panorama.fitted() * 2.5)
    visit.press(Keys.DELETE)
    visit.wait_until(f"{SAID}.includes('is in the trash')")
    assert shown(visit) == "Small"
    assert not visit.evaluate(IS_ZOOMED)
    visit.press("u")
    visit.wait_until(f"{SAID}.includes('is back')")
    assert shown(visit) == "Panorama"
    visit.press("z")
    panorama.shows(panorama.fitted() * 2.5)
    visit.find(".viewer-close").click()
    visit.wait_until(f"!{IS_OPEN} && location.pathname === '/'")
    open_at(visit, "Panorama")
    assert not visit.evaluate(IS_ZOOMED)


def test_it_ends_a_slideshow(panorama):
    visit = panorama.visit
    visit.press("s")
    wheel(visit, 0, ctrl=True)
    visit.wait_until(IS_ZOOMED)
    assert visit.find(".viewer-play").get_attribute("aria-pressed") == "false"


def test_what_is_under_way_is_given_up_with_it(panorama):
    visit = panorama.visit
    visit.browser.execute_script(
        """
        window.signals = [];
        window.fetch = (url, { signal }) => {
          signals.push(signal);
          return new Promise((_, fail) => signal.addEventListener("abort", fail));
        };
        """
    )
    visit.press("z")
    visit.wait_until("signals.length > 0")
    visit.press(Keys.ESCAPE)
    visit.wait_until("signals.every(({ aborted }) => aborted)")


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.drill
def test_the_layout(panorama, width, direction):
    visit = panorama.visit
    resize(visit, width, 640)
    visit.browser.execute_script("document.documentElement.dir = arguments[0]", direction)
    stage = "JSON.stringify(document.querySelector('.viewer-stage').getBoundingClientRect())"
    before = visit.evaluate(stage)
    visit.press("z")
    panorama.shows(panorama.fitted() * 2.5)
    assert visit.evaluate(stage) == before
    assert visit.browser.execute_script(SMALL_TARGETS) == []
    assert visit.evaluate("document.querySelector('.viewer').scrollWidth") <= width
    assert visit.evaluate("document.querySelector('.viewer').scrollHeight") <= 640
    assert violations(visit.browser) == []
    assert visit.evaluate("document.querySelector('canvas').ariaLabel") == "Panorama"


def test_who_wants_no_motion_gets_none(panorama):
    visit = panorama.visit
    after_frames = """
    const done = arguments[0], scales = [], drawImage = CanvasRenderingContext2D.prototype.drawImage;
    const watch = count => {
      if (!count) return done(new Set(scales).size);
      requestAnimationFrame(() => watch(count - 1));
    };
    CanvasRenderingContext2D.prototype.drawImage = function (...place) {
      scales.push(place[3]);
      return drawImage.apply(this, place);
    };
    document.querySelector(".viewer-zoom").click();
    watch(6);
    """
    assert visit.browser.execute_async_script(after_frames) == 1
    visit.press(Keys.ESCAPE)
    allow_motion(visit.browser)
    assert visit.browser.execute_async_script(after_frames) > 1
    visit.wait_until(f"{PERCENTAGE} === '{round(panorama.fitted() * 250)}%'")
