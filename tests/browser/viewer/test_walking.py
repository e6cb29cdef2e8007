"""From image to image: by keyboard, by finger, through the history; without scripts, no viewer."""

from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors as pagination
from tests.browser.touch import fingers, touch
from tests.browser.viewer.viewing import IS_OPEN, cell, open_at, shown


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
    open_at(gallery, "A")
    gallery.browser.refresh()
    assert gallery.find("h1").text == "A"
    gallery.browser.back()
    gallery.wait_until("document.querySelector('h1').textContent === 'Gallery'")
    gallery.browser.forward()
    gallery.wait_until(
        "document.querySelector('h1').textContent === 'A' || document.querySelector('.viewer')?.open"
    )


def test_its_link_leads_to_that_page(gallery, images):
    open_at(gallery, "C")
    gallery.follow(".viewer-page")
    assert gallery.find("h1").text == "C"
    gallery.browser.back()
    gallery.wait_until("document.querySelector('h1').textContent === 'Gallery'")


def test_the_focus_stays_inside(gallery):
    open_at(gallery, "C")
    for _ in range(12):
        gallery.press(Keys.TAB)
        assert gallery.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('.viewer')"
        )


def swipe(visit, x: int, y: int) -> None:
    """Draw one finger over the middle of the window."""
    touch(visit, [(640, 400)], [(640 + x // 2, 400 + y // 2)], [(640 + x, 400 + y)])


def test_a_finger_swipes_through(gallery):
    cell(gallery, "B").click()
    with fingers(gallery):
        for (x, y), name in (
            ((-200, 10), "C"),
            ((-200, 0), "D"),
            ((200, 0), "C"),
            ((20, 0), "C"),
            ((60, 90), "C"),
        ):
            swipe(gallery, x, y)
            assert shown(gallery) == name


def test_right_to_left_the_left_side_leads_on(visit, images, settings):
    settings.LANGUAGES, settings.LANGUAGE_CODE = [("ar", "Arabic")], "ar"
    visit.open("/")
    with fingers(visit):
        cell(visit, "A").click()
        for move, name in (
            (lambda: visit.press(Keys.ARROW_LEFT), "C"),
            (lambda: visit.press(Keys.ARROW_RIGHT), "A"),
            (lambda: swipe(visit, 200, 0), "C"),
            (lambda: swipe(visit, -200, 0), "A"),
        ):
            move()
            assert shown(visit) == name
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


def test_without_javascript_the_image_leads_to_its_page(visit, images):
    with visit.without_javascript():
        visit.open("/")
        visit.follow("[data-title='C']")
        assert visit.find("h1").text == "C"
        assert all(visit.images().values())
