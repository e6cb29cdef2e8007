"""What the viewer shows of an image, and until it is there; in which size, and how it is described."""

import io

import pytest
from PIL import Image as PillowImage
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors as pagination
from images.models import Image
from images.pages.pictures import address
from tests.browser.accessibility import allow_motion, violations
from tests.browser.viewer.viewing import IS_OPEN, PICTURE, cell, open_at, shown
from tests.factories import add_image, make_image


def test_it_fills_the_window_where_the_scroll_bar_was_too(gallery):
    open_at(gallery, "A")
    window = PillowImage.open(io.BytesIO(gallery.browser.get_screenshot_as_png())).convert("RGB")
    edge = window.crop((window.width - 1, 0, window.width, window.height))
    assert edge.getcolors() == [(window.height, (0, 0, 0))]


def test_it_says_what_the_image_is(gallery):
    open_at(gallery, "B")
    assert gallery.find(".viewer .badge").is_displayed()
    gallery.find(".viewer-next").click()
    assert shown(gallery) == "C"
    assert gallery.evaluate(f"{PICTURE}.alt") == "A red kite."
    assert not gallery.find(".viewer .badge").is_displayed()


@pytest.mark.parametrize(("name", "key"), [("D", Keys.ARROW_RIGHT), ("B", Keys.ARROW_LEFT)])
def test_the_images_beside_it_are_there_before_they_are_asked_for(gallery, images, name, key):
    beside = f"{gallery.origin}{address(images[name], (600, 400), 'webp')}?larger"
    gallery.browser.execute_script(
        "arguments[0].dataset.srcset = `${arguments[1]} 600w`", cell(gallery, name), beside
    )
    open_at(gallery, "C")
    gallery.wait_until(f"performance.getEntriesByName('{beside}').length === 1")
    gallery.press(key)
    assert shown(gallery) == name
    assert gallery.evaluate(f"{PICTURE}.currentSrc") == beside


def test_until_an_image_is_there_its_place_shows_what_the_cell_has(gallery):
    open_at(gallery, "A")
    place = gallery.evaluate(f"JSON.stringify({PICTURE}.getBoundingClientRect())")
    natural = gallery.evaluate(f"[{PICTURE}.naturalWidth, {PICTURE}.naturalHeight]")
    assert not gallery.all(".viewer-stage .placeholder")
    assert not gallery.find(".viewer-progress").is_displayed()
    gallery.press(Keys.ESCAPE)
    gallery.wait_until(f"!{IS_OPEN} && location.pathname === '/'")
    gallery.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    gallery.browser.execute_cdp_cmd("Fetch.enable", {"patterns": [{"urlPattern": "*?held"}]})
    held = f"{gallery.origin}{address(Image.objects.get(title='A'), (600, 400), 'webp')}?held"
    gallery.browser.execute_script(
        "arguments[0].dataset.srcset = `${arguments[1]} 600w`", cell(gallery, "A"), held
    )
    cell(gallery, "A").click()
    gallery.wait_until(
        "getComputedStyle(document.querySelector('.viewer-progress')).visibility === 'visible'"
    )
    bar = gallery.find(".viewer-progress")
    assert bar.is_displayed()
    assert bar.accessible_name == "Loading"
    moving = "getComputedStyle(document.querySelector('.viewer-progress'), '::before').animationName"
    assert gallery.evaluate(moving) == "none"  # to those who want no motion
    small = "document.querySelector('.viewer-stage .placeholder')"
    assert gallery.evaluate(f"[{small}.offsetWidth, {small}.offsetHeight]") == natural
    assert gallery.evaluate(f"{small}.naturalWidth") > 0
    assert violations(gallery.browser) == []
    gallery.browser.execute_cdp_cmd("Fetch.disable", {})
    assert shown(gallery) == "A"
    gallery.wait_until(f"!{small}")
    assert not bar.is_displayed()
    assert gallery.evaluate(f"JSON.stringify({PICTURE}.getBoundingClientRect())") == place


def test_it_counts(gallery, monkeypatch):
    counter = gallery.find(".viewer-counter")
    open_at(gallery, "B")
    assert counter.text == "2 of 5"
    gallery.press(Keys.ARROW_RIGHT)
    assert counter.text == "3 of 5"
    monkeypatch.setattr(pagination.page_at, "__defaults__", (2,))
    gallery.browser.execute_script("window.stop()")
    gallery.browser.get(gallery.origin + "/")
    open_at(gallery, "A")
    assert gallery.find(".viewer-counter").text == "1 of 5"


@pytest.mark.parametrize(
    ("width", "height", "file"), [(390, 844, 640), (1280, 800, 1280), (2560, 1400, 2000)]
)
def test_it_takes_the_size_that_fits_the_screen(visit, width, height, file):
    image = add_image(make_image(size=(2000, 1500)), title="A")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    visit.open("/")
    open_at(visit, "A")
    taken = address(image, (file, file * 3 // 4), "webp")
    assert visit.evaluate(f"{PICTURE}.currentSrc") == visit.origin + taken
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("density", [1, 2])
def test_it_shows_a_small_image_no_larger_than_it_is(gallery, density):
    size = {"width": 1280, "height": 860, "deviceScaleFactor": density, "mobile": False}
    gallery.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    open_at(gallery, "A")
    assert gallery.evaluate(f"{PICTURE}.naturalWidth") == 600
    gallery.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_animation_moves(visit):
    image = add_image(make_image("GIF", frames=2), title="A")
    visit.open("/")
    open_at(visit, "A")
    assert visit.evaluate(f"{PICTURE}.currentSrc") == visit.origin + image.get_file_url()


def test_who_wants_no_motion_gets_none(gallery):
    animation = f"getComputedStyle({PICTURE}).animationName"
    cell(gallery, "A").click()
    assert gallery.evaluate(animation) == "none"
    allow_motion(gallery.browser)
    assert gallery.evaluate(animation) == "appear"


def test_an_image_that_does_not_arrive_is_told_in_words_and_tried_again(gallery):
    failure = gallery.find(".viewer-failure")
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/iiif/*"]})
    gallery.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    cell(gallery, "A").click()
    gallery.wait_until("!document.querySelector('.viewer-failure').hidden")
    assert "did not arrive" in failure.text
    assert gallery.evaluate(f"getComputedStyle({PICTURE}).visibility") == "hidden"
    assert violations(gallery.browser) == []
    gallery.press(Keys.ARROW_RIGHT)
    gallery.wait_until("document.querySelector('.viewer strong').textContent === 'B'")
    gallery.wait_until("!document.querySelector('.viewer-failure').hidden")
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    gallery.find(".viewer-failure button").click()
    assert shown(gallery) == "B"
    gallery.wait_until("document.querySelector('.viewer-failure').hidden")
    assert gallery.evaluate("!!document.activeElement.closest('.viewer')")
    gallery.listen()
    gallery.complaints = [text for text in gallery.complaints if "ERR_BLOCKED_BY" not in text]
