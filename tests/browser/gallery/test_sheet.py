"""The sheet of filters: a dialog whose choices take effect when chosen, and a page without JavaScript."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.models import Tag
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image

IS_OPEN = "document.querySelector('dialog.filters').open && !!document.querySelector('dialog.filters .sheet')"


@pytest.fixture
def library(visit):
    add_image(make_image("PNG", size=(60, 90)), title="Kite")
    add_image(make_image(size=(90, 60)), title="Boat")
    Tag.objects.create(name="Coast", key="coast", slug="coast", public=2, all=2)


def titles(visit) -> list[str]:
    return [link.get_attribute("data-title") for link in visit.all(".cell a")]


def test_a_choice_takes_effect_when_chosen_and_back_works(visit, library):
    visit.open("/")
    visit.find(".sheet-open").click()
    visit.wait_until(IS_OPEN)
    visit.browser.execute_script("[...document.querySelectorAll('.sheet a')].at(0).id = 'jpeg'")
    assert visit.find("#jpeg").text == "JPEG"
    visit.follow("#jpeg")
    assert visit.find(".search input").get_attribute("value") == "type:jpeg "
    visit.browser.back()
    visit.wait_until("location.search === ''")


def test_the_keyboard_alone_opens_chooses_and_closes(visit, library):
    visit.open("/")
    visit.browser.execute_script("document.querySelector('.search input').focus()")
    visit.press(Keys.TAB, Keys.TAB, Keys.ENTER)
    visit.wait_until(IS_OPEN)
    assert visit.evaluate("document.activeElement.closest('dialog') !== null")
    visit.press(Keys.ESCAPE)
    assert not visit.evaluate("document.querySelector('dialog.filters').open")
    assert visit.evaluate("document.activeElement.matches('.sheet-open')")


def test_without_javascript_it_is_a_page(visit, library):
    with visit.without_javascript():
        visit.open("/?type=png")
        visit.follow(".sheet-open")
        assert [one.text for one in visit.all(".choices [aria-current]")] == ["PNG", "Newest first"]
        visit.find("[name=first]").send_keys("07012026")
        visit.follow(".sheet button")
        assert visit.find(".search input").get_attribute("value") == "type:png taken:2026-07-01.."


def test_a_sheet_that_does_not_come_is_gone_to(visit, library):
    visit.open("/")
    visit.browser.execute_script("window.fetch = async () => { throw new Error(); };")
    visit.follow(".sheet-open")
    assert visit.browser.current_url == visit.origin + "/search"


def test_axe_finds_nothing(visit, library):
    visit.open("/?type=png")
    visit.find(".sheet-open").click()
    visit.wait_until(IS_OPEN)
    assert violations(visit.browser) == []
    for page in (
        "/search",
        "/search?words=1&first=2026-07-02&last=2026-07-01",
        "/?search=kite+colour:red",
        "/?min_width=x",
    ):
        visit.open(page)
        assert violations(visit.browser) == [], page
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for
