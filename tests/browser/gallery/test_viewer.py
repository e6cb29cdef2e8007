"""The viewer over the gallery: by keyboard, by finger, through the history; without scripts, no viewer."""

import io

import pytest
from PIL import Image as PillowImage
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors as pagination
from images.catalogue.album_curation import create
from images.catalogue.tags import set_tags
from images.models import Image
from images.pages.pictures import address
from tests.browser.accessibility import allow_motion, violations
from tests.factories import add_image, make_image, make_user

PICTURE = "document.querySelector('.viewer-stage img')"
IS_OPEN = "document.querySelector('.viewer').open"


@pytest.fixture
def images(visit):
    """Five images, the newest first, named A to E; B is private, C has an alternative text."""
    owner = make_user("clara", "Contributors")
    named = [
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
        for name in "EDCBA"
    ]
    Image.objects.filter(title="B").update(visibility="private")
    Image.objects.filter(title="C").update(alt_text="A red kite.")
    return dict(zip("ABCDE", named[::-1], strict=True))


@pytest.fixture
def gallery(visit, client, images):
    """The gallery, as the owner of all images sees it."""
    visit.sign_in(client, images["A"].uploaded_by)
    visit.open("/")
    return visit


def cell(visit, name: str):
    return visit.find(f".cell [data-title='{name}']")


def shown(visit) -> str:
    """Return the title that the viewer shows once its image has loaded."""
    visit.wait_until(f"{IS_OPEN} && {PICTURE}.complete && {PICTURE}.naturalWidth > 0")
    return visit.evaluate("document.querySelector('.viewer strong').textContent")


def test_the_keyboard_alone_opens_walks_and_closes(gallery, images):
    gallery.browser.execute_script("document.querySelector('.cell a').focus()")
    gallery.press(Keys.ENTER)
    assert shown(gallery) == "A"
    gallery.press(Keys.ARROW_LEFT)
    assert shown(gallery) == "A"
    for name in "BCDE":
        gallery.press(Keys.ARROW_RIGHT)
        assert shown(gallery) == name
        assert gallery.browser.current_url == gallery.origin + images[name].get_absolute_url()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "E"
    gallery.press(Keys.ARROW_LEFT)
    assert shown(gallery) == "D"
    gallery.press(Keys.ESCAPE)
    gallery.wait_until(f"!{IS_OPEN} && location.pathname === '/'")
    assert gallery.evaluate("document.activeElement.dataset.title") == "D"
    assert gallery.browser.title == "Gallery · imagelib"


def test_back_closes_it_however_far_one_went_and_forward_opens_it(gallery, images):
    cell(gallery, "A").click()
    gallery.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert shown(gallery) == "C"
    gallery.browser.back()
    gallery.wait_until(f"!{IS_OPEN}")
    assert gallery.browser.current_url == gallery.origin + "/"
    gallery.browser.forward()
    assert shown(gallery) == "C"
    gallery.find(".viewer-close").click()
    gallery.wait_until("location.pathname === '/'")


def test_its_address_is_the_page_of_the_image(gallery, images):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    gallery.browser.refresh()
    assert gallery.find("h1").text == "A"
    gallery.browser.back()
    gallery.wait_until("document.querySelector('h1').textContent === 'Gallery'")
    gallery.browser.forward()
    gallery.wait_until(
        "document.querySelector('h1').textContent === 'A' || document.querySelector('.viewer')?.open"
    )


def test_its_link_leads_to_that_page(gallery, images):
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    gallery.follow(".viewer-page")
    assert gallery.find("h1").text == "C"
    gallery.browser.back()
    gallery.wait_until("document.querySelector('h1').textContent === 'Gallery'")


def test_it_fills_the_window_where_the_scroll_bar_was_too(gallery):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    window = PillowImage.open(io.BytesIO(gallery.browser.get_screenshot_as_png())).convert("RGB")
    edge = window.crop((window.width - 1, 0, window.width, window.height))
    assert edge.getcolors() == [(window.height, (0, 0, 0))]


def test_it_says_what_the_image_is(gallery):
    cell(gallery, "B").click()
    assert shown(gallery) == "B"
    assert gallery.find(".viewer .badge").is_displayed()
    gallery.find(".viewer-next").click()
    assert shown(gallery) == "C"
    assert gallery.evaluate(f"{PICTURE}.alt") == "A red kite."
    assert not gallery.find(".viewer .badge").is_displayed()


def test_the_focus_stays_inside(gallery):
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    for _ in range(12):
        gallery.press(Keys.TAB)
        assert gallery.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('.viewer')"
        )


@pytest.mark.parametrize(("name", "key"), [("D", Keys.ARROW_RIGHT), ("B", Keys.ARROW_LEFT)])
def test_the_images_beside_it_are_there_before_they_are_asked_for(gallery, images, name, key):
    beside = f"{gallery.origin}{address(images[name], (600, 400), 'webp')}?larger"
    gallery.browser.execute_script(
        "arguments[0].dataset.srcset = `${arguments[1]} 600w`", cell(gallery, name), beside
    )
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    gallery.wait_until(f"performance.getEntriesByName('{beside}').length === 1")
    gallery.press(key)
    assert shown(gallery) == name
    assert gallery.evaluate(f"{PICTURE}.currentSrc") == beside


def test_until_an_image_is_there_its_place_shows_what_the_cell_has(gallery):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
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
    cell(gallery, "B").click()
    assert shown(gallery) == "B"
    assert counter.text == "2 of 5"
    gallery.press(Keys.ARROW_RIGHT)
    assert counter.text == "3 of 5"
    monkeypatch.setattr(pagination.page_at, "__defaults__", (2,))
    gallery.browser.execute_script("window.stop()")
    gallery.browser.get(gallery.origin + "/")
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    assert gallery.find(".viewer-counter").text == "1 of 5"


@pytest.mark.parametrize(
    ("width", "height", "file"), [(390, 844, 640), (1280, 800, 1280), (2560, 1400, 2000)]
)
def test_it_takes_the_size_that_fits_the_screen(visit, width, height, file):
    image = add_image(make_image(size=(2000, 1500)), title="A")
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    visit.open("/")
    cell(visit, "A").click()
    assert shown(visit) == "A"
    taken = address(image, (file, file * 3 // 4), "webp")
    assert visit.evaluate(f"{PICTURE}.currentSrc") == visit.origin + taken
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("density", [1, 2])
def test_it_shows_a_small_image_no_larger_than_it_is(gallery, density):
    size = {"width": 1280, "height": 860, "deviceScaleFactor": density, "mobile": False}
    gallery.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    assert gallery.evaluate(f"{PICTURE}.naturalWidth") == 600
    gallery.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_an_animation_moves(visit):
    image = add_image(make_image("GIF", frames=2), title="A")
    visit.open("/")
    cell(visit, "A").click()
    assert shown(visit) == "A"
    assert visit.evaluate(f"{PICTURE}.currentSrc") == visit.origin + image.get_file_url()


def swipe(visit, x: int, y: int) -> None:
    """Draw one finger over the middle of the window."""
    points = [{"x": 640, "y": 400}, {"x": 640 + x // 2, "y": 400 + y // 2}, {"x": 640 + x, "y": 400 + y}]
    for kind, touches in (
        ("touchStart", points[:1]),
        ("touchMove", points[1:2]),
        ("touchMove", points[2:]),
        ("touchEnd", []),
    ):
        visit.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_a_finger_swipes_through(gallery):
    gallery.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    cell(gallery, "B").click()
    for (x, y), name in (
        ((-200, 10), "C"),
        ((-200, 0), "D"),
        ((200, 0), "C"),
        ((20, 0), "C"),
        ((60, 90), "C"),
    ):
        swipe(gallery, x, y)
        assert shown(gallery) == name
    gallery.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


def test_right_to_left_the_left_side_leads_on(visit, images, settings):
    settings.LANGUAGES, settings.LANGUAGE_CODE = [("ar", "Arabic")], "ar"
    visit.open("/")
    visit.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    cell(visit, "A").click()
    for move, name in (
        (lambda: visit.press(Keys.ARROW_LEFT), "C"),
        (lambda: visit.press(Keys.ARROW_RIGHT), "A"),
        (lambda: swipe(visit, 200, 0), "C"),
        (lambda: swipe(visit, -200, 0), "A"),
    ):
        move()
        assert shown(visit) == name
    visit.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
    visit.follow(".viewer-page")
    visit.press(Keys.ARROW_LEFT)
    visit.wait_until("document.querySelector('h1').textContent === 'C'")


def test_it_walks_past_the_end_of_what_had_arrived(visit, client, images, monkeypatch):
    monkeypatch.setattr(pagination.page_at, "__defaults__", (2,))
    visit.browser.execute_script("window.stop()")
    visit.browser.get(visit.origin + "/")
    cell(visit, "A").click()
    for name in "CDE":
        visit.wait_until(f"document.querySelectorAll('.cell').length >= {'ACDE'.index(name) + 1}")
        visit.press(Keys.ARROW_RIGHT)
        assert shown(visit) == name


def test_another_window_is_left_to_the_browser(gallery):
    prevented = gallery.browser.execute_script(
        """
        const prevented = [];
        addEventListener("click", event => {
          prevented.push(event.defaultPrevented);
          event.preventDefault();
        });
        for (const key of ["altKey", "ctrlKey", "metaKey", "shiftKey"]) {
          const click = new MouseEvent("click", { bubbles: true, cancelable: true, [key]: true });
          document.querySelector(".cell a img").dispatchEvent(click);
        }
        return prevented;
        """
    )
    assert prevented == [False] * 4
    assert not gallery.all(".viewer[open]")


def test_who_wants_no_motion_gets_none(gallery):
    animation = f"getComputedStyle({PICTURE}).animationName"
    cell(gallery, "A").click()
    assert gallery.evaluate(animation) == "none"
    allow_motion(gallery.browser)
    assert gallery.evaluate(animation) == "appear"


def test_without_javascript_the_image_leads_to_its_page(visit, images):
    with visit.without_javascript():
        visit.open("/")
        visit.follow("[data-title='C']")
        assert visit.find("h1").text == "C"
        assert all(visit.images().values())


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


TOLD = "document.querySelector('.viewer-told').textContent"


def test_i_tells_of_each_image_beside_it(gallery, images):
    set_tags(images["B"], ["Porto"])
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
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
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
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


SAID = "document.querySelector('.viewer-said span').textContent"
TITLES = "[...document.querySelectorAll('.cell a')].map(link => link.dataset.title).join('')"


def test_what_is_moved_to_the_trash_leaves_the_grid_and_comes_back(gallery, images):
    cell(gallery, "B").click()
    assert shown(gallery) == "B"
    gallery.press(Keys.DELETE)
    gallery.wait_until(f"{SAID} === '“B” is in the trash.'")
    assert shown(gallery) == "C"
    assert gallery.evaluate(TITLES) == "ACDE"
    assert gallery.find(".viewer-counter").text == "2 of 4"
    assert gallery.browser.current_url == gallery.origin + images["C"].get_absolute_url()
    assert set(Image.objects.exclude(deleted_at=None)) == {images["B"]}
    assert violations(gallery.browser) == []
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === '“B” is back.'")
    assert shown(gallery) == "B"
    assert gallery.evaluate(TITLES) == "ABCDE"
    assert gallery.find(".viewer-counter").text == "2 of 5"
    assert not Image.objects.exclude(deleted_at=None).exists()
    gallery.press(Keys.ARROW_RIGHT)
    assert shown(gallery) == "C"


def test_the_last_one_moved_to_the_trash_leads_back_and_u_undoes_it(gallery, images):
    cell(gallery, "E").click()
    assert shown(gallery) == "E"
    gallery.find(".viewer-trash").click()
    gallery.wait_until(f"{SAID} === '“E” is in the trash.'")
    assert shown(gallery) == "D"
    gallery.press("u")
    gallery.wait_until(f"{SAID} === '“E” is back.'")
    assert gallery.evaluate(TITLES) == "ABCDE"


def test_tags_are_added_and_taken_off_again(gallery, images):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    gallery.press("t")
    gallery.wait_until("document.activeElement.id === 'viewer-tags'")
    gallery.press("Porto, by night", Keys.ENTER)
    gallery.wait_until(f"{SAID} === '“A” has these tags now.' && {TOLD}.includes('by night')")
    assert sorted(images["A"].tags.values_list("name", flat=True)) == ["Porto", "by night"]
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID}.includes('without') && !{TOLD}.includes('by night')")
    assert not images["A"].tags.exists()


def test_who_sees_it_is_changed_and_seen_in_the_grid(gallery, images):
    badges = "[...document.querySelectorAll('.cell a:has(.badge)')].map(link => link.dataset.title).join('')"
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    gallery.press("i")
    gallery.wait_until("document.querySelector('.viewer-told .visibility')")
    gallery.find(".viewer-told .visibility button").click()
    gallery.wait_until(f"{SAID}.startsWith('1 image is private now.')")
    gallery.wait_until(f"{badges} === 'AB'")
    assert gallery.find(".viewer-main .badge").is_displayed()
    assert Image.objects.get(title="A").visibility == "private"
    gallery.find(".viewer-said button").click()
    gallery.wait_until(f"{SAID} === 'Undone.' && {badges} === 'B'")
    assert Image.objects.get(title="A").visibility == "public"


def test_words_are_written_and_images_filed_there(gallery, images):
    album = create(images["A"].uploaded_by, "Summer in Porto")
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    gallery.press("a")
    gallery.wait_until("document.activeElement.closest('.filing')")
    gallery.press("Summer in Porto", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'It is in this album now.'")
    assert list(album.images.all()) == [images["A"]]
    gallery.find(".viewer-told .edit summary").click()
    title = gallery.find(".viewer-told .edit [name=title]")
    title.clear()
    title.send_keys("Aa", Keys.ENTER)
    gallery.wait_until(f"{SAID} === 'Saved.'")
    assert gallery.find(".viewer strong").text == "Aa"
    assert gallery.evaluate(TITLES) == "AaBCDE"
    assert Image.objects.filter(title="Aa").exists()


def test_it_offers_what_the_person_may_do(visit, images):
    visit.open("/")
    cell(visit, "A").click()
    assert shown(visit) == "A"
    assert not visit.all(".viewer-trash, .viewer-tagging")
    file = visit.find(".viewer-download").get_attribute("href")
    assert file == visit.origin + images["A"].get_file_url()
    visit.press("i")
    visit.wait_until(f"{TOLD}.includes('SHA-256')")
    assert not visit.all(".viewer-told form")
    assert violations(visit.browser) == []


def test_nothing_leaves_the_grid_that_could_not_be_moved(gallery, images):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/batch"]})
    gallery.press(Keys.DELETE)
    gallery.wait_until(f"{SAID} === 'The library could not be reached.'")
    assert gallery.evaluate(TITLES) == "ABCDE"
    assert not gallery.find(".viewer-said button").is_displayed()
    gallery.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    gallery.listen()
    gallery.complaints = [text for text in gallery.complaints if "ERR_BLOCKED_BY" not in text]


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
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
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
    cell(gallery, "C").click()
    assert shown(gallery) == "C"
    play = gallery.find(".viewer-play")
    play.click()
    assert play.get_attribute("aria-pressed") == "true"
    assert violations(gallery.browser) == []
    gallery.find(".viewer figure").click()
    assert play.get_attribute("aria-pressed") == "false"
    play.click()
    play.click()
    assert play.get_attribute("aria-pressed") == "false"


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


def test_words_that_are_not_saved_are_not_left_behind(gallery, images):
    cell(gallery, "A").click()
    assert shown(gallery) == "A"
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
