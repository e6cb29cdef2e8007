"""The zoom in people's hands: wheel, mouse, fingers, buttons, keyboard; and for everyone."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import allow_motion, violations
from tests.browser.image.zoom import IS_OPEN, NEAR, PERCENTAGE, Zoom, encoded, picture, resize
from tests.browser.test_layout import SMALL_TARGETS
from tests.browser.touch import fingers, touch
from tests.factories import add_image, make_image

pytestmark = [pytest.mark.drill, pytest.mark.long]

# --- By hand --------------------------------------------------------------------------------------


def test_the_wheel_zooms_toward_the_pointer(panorama):
    fitted = panorama.fitted()
    panorama.shows(fitted)
    origin = ScrollOrigin.from_element(panorama.visit.find(".zoom canvas"), 300, 0)
    for notches, scale in ((1, fitted * 2**0.5), (2, fitted * 2), (3, fitted * 2**1.5)):
        ActionChains(panorama.visit.browser).scroll_from_origin(origin, 0, -100).perform()
        panorama.shows(scale, 2100 + 300 / fitted - 300 / scale)
        assert notches
    for _ in range(3):
        ActionChains(panorama.visit.browser).scroll_from_origin(origin, 0, 100).perform()
    panorama.shows(fitted)


def test_a_double_click_zooms_in_there_and_at_the_limit_out(panorama):
    fitted = panorama.fitted()
    there = ActionChains(panorama.visit.browser)
    there.move_to_element_with_offset(panorama.visit.find(".zoom canvas"), -200, 0).double_click().perform()
    panorama.shows(fitted * 2.5, 2100 - 200 / fitted + 200 / (fitted * 2.5))
    panorama.visit.press("0")
    panorama.shows(fitted)
    for _ in range(7):
        panorama.visit.press("+")
    panorama.visit.wait_until(f"{PERCENTAGE} === '400%'")
    ActionChains(panorama.visit.browser).double_click(panorama.visit.find(".zoom canvas")).perform()
    panorama.shows(fitted)


def test_the_mouse_drags_and_the_image_stays_in_the_window(panorama):
    canvas = panorama.visit.find(".zoom canvas")
    panorama.visit.press("1")
    panorama.shows(1)
    ActionChains(panorama.visit.browser).drag_and_drop_by_offset(canvas, 250, -40).perform()
    height = panorama.size()[1]
    panorama.shows(1, 2100 - 250, 500 + 40)
    for _ in range(4):
        ActionChains(panorama.visit.browser).drag_and_drop_by_offset(canvas, 600, -300).perform()
    panorama.shows(1, panorama.size()[0] / 2, 1000 - height / 2)


def test_fingers_pinch_drag_and_tap_twice(panorama):
    visit, fitted = panorama.visit, panorama.fitted()
    x, y = (side // 2 for side in panorama.size())
    with fingers(visit):
        touch(visit, [(x - 50, y), (x + 50, y)], [(x - 75, y), (x + 75, y)], [(x - 200, y), (x + 200, y)])
        panorama.shows(fitted * 4)
        touch(visit, [(x, y)], [(x + 20, y)], [(x + 100, y)])
        panorama.shows(fitted * 4, 2100 - 100 / (fitted * 4))
        visit.press("0")
        panorama.shows(fitted)
        touch(visit, [(x, y)])
        touch(visit, [(x, y)])
        panorama.shows(fitted * 2.5)
        assert visit.evaluate("visualViewport.scale") == 1


def test_the_buttons_and_their_limits(panorama):
    disabled = "document.querySelector('.zoom-{}').ariaDisabled"
    panorama.shows(panorama.fitted())
    assert [panorama.visit.evaluate(disabled.format(name)) for name in ("out", "in", "fit")] == [
        "true",
        "false",
        "true",
    ]
    panorama.visit.find(".zoom-in").click()
    panorama.shows(panorama.fitted() * 1.5)
    panorama.visit.find(".zoom-out").click()
    panorama.shows(panorama.fitted())
    for _ in range(7):
        panorama.visit.find(".zoom-in").click()
    panorama.visit.wait_until(f"{PERCENTAGE} === '400%'")
    assert [panorama.visit.evaluate(disabled.format(name)) for name in ("out", "in", "fit")] == [
        "false",
        "true",
        "false",
    ]
    panorama.visit.find(".zoom-fit").click()
    panorama.shows(panorama.fitted())


def test_another_size_of_the_window_keeps_the_middle(panorama):
    panorama.visit.press("1", Keys.ARROW_LEFT, Keys.ARROW_DOWN)
    panorama.shows(1, 2100 - 80, 500 + 80)
    resize(panorama.visit, 700, 500)
    panorama.shows(1, 2100 - 80, 500 + 80)
    panorama.visit.press("0")
    panorama.shows(panorama.fitted())
    resize(panorama.visit, 900, 500)
    assert panorama.size()[0] > 880  # all but a scroll bar
    panorama.shows(panorama.fitted())


# --- For everyone ---------------------------------------------------------------------------------


def test_the_keyboard_alone_opens_stays_inside_and_closes(panorama):
    visit = panorama.visit
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"!{IS_OPEN}")
    assert visit.evaluate("document.activeElement.matches('.zoom-open')")
    add_image(make_image(), title="Newer")  # where the page's own arrow key would lead
    visit.open(panorama.image.get_absolute_url())
    assert visit.all(".neighbours [rel=prev]")
    visit.browser.execute_script("document.querySelector('.zoom-open').focus()")
    visit.press(Keys.ENTER)
    visit.wait_until(IS_OPEN)
    for _ in range(8):
        visit.press(Keys.ARROW_LEFT, Keys.TAB)
        assert visit.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('.zoom')"
        )
    panorama.shows(panorama.fitted())
    visit.press("+")
    panorama.shows(panorama.fitted() * 1.5)
    visit.find(".viewer-close").click()
    visit.wait_until(f"!{IS_OPEN} && document.activeElement.matches('.zoom-open')")
    visit.press(Keys.ENTER)
    panorama.shows(panorama.fitted())
    assert visit.browser.current_url == visit.origin + panorama.image.get_absolute_url()


def test_axe_finds_nothing(visit):
    zoom = Zoom(visit, add_image(encoded(picture(4200, 1000))), picture(4200, 1000))
    visit.open(zoom.image.get_absolute_url())
    assert visit.all(".zoom-open")
    assert violations(visit.browser) == []
    visit.find(".zoom-open").click()
    zoom.shows(zoom.fitted())
    visit.wait_until("document.getAnimations().every(one => one.playState === 'finished')")
    assert violations(visit.browser) == []
    assert visit.evaluate("document.querySelector('.zoom canvas').ariaLabel") == "photo.jpg"


# Put in by a script, the button must move nothing.
TAKES_NO_PLACE = """
const button = document.querySelector(".zoom-open"), stage = button.parentElement;
const parts = [stage, ...stage.querySelectorAll("a")];
const places = () => JSON.stringify(parts.map(one => one.getBoundingClientRect()));
const after = places();
button.hidden = true;
const before = places();
button.hidden = false;
return before === after;
"""


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_layout(visit, width, direction):
    resize(visit, width, 800)
    zoom = Zoom(visit, add_image(encoded(picture(4200, 1000))), picture(4200, 1000))
    visit.open(zoom.image.get_absolute_url())
    assert visit.all(".zoom-open")
    assert visit.browser.execute_script(TAKES_NO_PLACE)
    visit.browser.execute_script("document.documentElement.dir = arguments[0]", direction)
    visit.find(".zoom-open").click()
    zoom.shows(zoom.fitted())
    visit.press("1")
    zoom.shows(1)
    assert visit.browser.execute_script(SMALL_TARGETS) == []
    assert visit.evaluate("document.querySelector('.zoom').scrollWidth") <= width
    assert visit.evaluate("document.querySelector('.zoom').scrollHeight") <= 800
    close = visit.evaluate("document.querySelector('.viewer-close').getBoundingClientRect().left")
    assert (close < width / 2) == (direction == "rtl")
    visit.press(Keys.ESCAPE)
    assert visit.evaluate("document.documentElement.scrollWidth") <= width
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_who_wants_no_motion_gets_none(panorama):
    after_a_frame = """
    const done = arguments[0], canvas = document.querySelector(".zoom canvas");
    document.querySelector(".zoom-in").click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.toDataURL())));
    """
    panorama.shows(panorama.fitted())
    assert (
        panorama.visit.evaluate("getComputedStyle(document.querySelector('.zoom')).animationName") == "none"
    )
    url = panorama.visit.browser.execute_async_script(after_a_frame)
    assert panorama.difference(panorama.drawn(url), panorama.fitted() * 1.5, 2100, 500) < 2 * NEAR
    panorama.visit.press("0")
    panorama.shows(panorama.fitted())
    allow_motion(panorama.visit.browser)
    url = panorama.visit.browser.execute_async_script(after_a_frame)
    assert panorama.difference(panorama.drawn(url), panorama.fitted() * 1.5, 2100, 500) > 2 * NEAR
    panorama.shows(panorama.fitted() * 1.5)


def test_it_is_offered_for_large_still_images_alone(visit):
    for size, frames, is_offered in (
        ((2001, 2000), 1, True),
        ((2000, 2000), 1, False),
        ((2001, 2000), 2, False),
    ):
        image = add_image(make_image("WEBP", size, frames=frames), filename="a.webp")
        visit.open(image.get_absolute_url())
        assert bool(visit.all(".zoom-open")) is is_offered


def test_without_javascript_the_picture_leads_to_the_original(visit):
    image = add_image(encoded(picture(4200, 1000)))
    with visit.without_javascript():
        visit.open(image.get_absolute_url())
        assert not visit.all(".zoom-open, .zoom")
        assert visit.find(".stage > a").get_attribute("href") == visit.origin + image.get_file_url()
        assert all(visit.images().values())


def test_a_click_on_the_picture_opens_the_zoom(panorama):
    visit = panorama.visit
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"!{IS_OPEN}")
    visit.find(".stage > a").click()
    panorama.shows(panorama.fitted())
    assert visit.browser.current_url == visit.origin + panorama.image.get_absolute_url()
