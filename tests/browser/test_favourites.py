"""Hearts: by mouse, by keyboard, in the viewer and on the image's page; with no script, by a form."""

import pytest
from django.contrib.auth import get_user_model
from selenium.webdriver.common.keys import Keys

from images.catalogue.favourites import favour
from images.models import Favourite, Image
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user

CELL = ".cell:has([data-title='{}'])"


@pytest.fixture
def images(visit, client) -> dict[str, Image]:
    """Three, the newest first, that are of nobody; somebody signed in sees the gallery."""
    added = [add_image(make_image(size=(600, 400), seed=ord(name)), title=name) for name in "CBA"]
    visit.sign_in(client, make_user("clara"))
    visit.open("/")
    return dict(zip("ABC", added[::-1], strict=True))


def wait_for(visit, *titles: str) -> None:
    """Return once these, and no others, are favourites, on the page as in the library."""
    hearts = "[...document.querySelectorAll('.cells .favourite')]"
    pressed = f"{hearts}.filter(heart => heart.ariaPressed === 'true').map(heart => heart.closest('.cell')"
    shown = f"{pressed}.querySelector('a').dataset.title).join('') === '{''.join(titles)}'"
    visit.wait_until(shown)
    visit.wait_until(f"{shown} && document.querySelector('.announcer').textContent !== ''")
    found = Favourite.objects.order_by("-image__created_at").values_list("image__title", flat=True)
    assert list(found) == list(titles)
    visit.browser.execute_script("document.querySelector('.announcer').textContent = ''")


def test_where_nothing_hovers_a_cell_has_one_only_where_it_says_something(visit, images):
    assert visit.evaluate("matchMedia('(hover: none)').matches")  # Chromium without a screen has no mouse
    favour(get_user_model().objects.get(), [images["B"]])
    visit.open("/")
    there = [heart.is_displayed() for heart in visit.all(".cell .favourite")]
    assert there == [False, True, False]
    assert violations(visit.browser) == []
    visit.find(f"{CELL.format('B')} .favourite").click()
    wait_for(visit)


def test_f_is_of_the_cell_that_has_the_focus(visit, images):
    visit.browser.execute_script("document.querySelectorAll('.cell a')[2].focus()")
    visit.press("f")
    wait_for(visit, "C")
    visit.press("f")
    wait_for(visit)


def test_f_and_the_heart_of_the_viewer_are_of_the_image_that_it_shows(visit, images):
    visit.find(".cell a").click()
    visit.wait_until("document.querySelector('.viewer').open")
    visit.press("f")
    wait_for(visit, "A")
    visit.press(Keys.ARROW_RIGHT)
    heart = visit.find(".viewer-favourite")
    assert heart.get_attribute("aria-pressed") == "false"
    heart.click()
    wait_for(visit, "A", "B")
    assert heart.get_attribute("aria-pressed") == "true"
    assert violations(visit.browser) == []
    visit.press(Keys.ARROW_LEFT)
    visit.wait_until("document.querySelector('.viewer-favourite').ariaPressed === 'true'")
    visit.press("f")
    wait_for(visit, "B")


def test_so_it_is_on_the_page_of_an_image(visit, images):
    visit.open(images["A"].get_absolute_url())
    pressed = "document.querySelector('.tools .favourite').ariaPressed === '{}'"
    visit.press("f")
    visit.wait_until(pressed.format("true"))
    visit.find(".tools .favourite").click()
    visit.wait_until(pressed.format("false") + " && document.querySelector('.announcer').textContent")
    visit.press("f")
    visit.wait_until("document.querySelector('.announcer').textContent.includes('one of')")
    visit.open(images["A"].get_absolute_url())
    assert visit.evaluate(pressed.format("true"))
    assert violations(visit.browser) == []


def test_where_the_session_ended_the_page_says_so(visit, images):
    visit.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    visit.browser.execute_script("window.isLeft = true")
    visit.browser.execute_script("document.querySelector('.favourite').click()")
    visit.wait_until("!window.isLeft && document.querySelector('.status-code')")
    assert not Favourite.objects.exists()
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 40" not in text]  # 401, then 403


def test_without_a_script_a_heart_is_a_button(visit, images):
    with visit.without_javascript():
        visit.open(images["B"].get_absolute_url())
        visit.follow(".tools .favourite")
        visit.open("/")
        visit.follow(f"{CELL.format('B')} .favourite")
        assert visit.browser.current_url == f"{visit.origin}/"
        assert not Favourite.objects.exists()
