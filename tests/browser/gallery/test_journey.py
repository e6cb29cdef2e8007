"""One journey by keyboard alone: from a word that is typed to a day that is tagged."""

from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import set_tags, tag_names
from images.catalogue.taken import Taken
from images.models import Image
from tests.factories import add_image, make_image, make_user

TITLES = "[...document.querySelectorAll('[data-title]')].map(one => one.dataset.title).join('')"
FOCUSED = "document.activeElement"
MAX_TABS = 60


@pytest.fixture
def library(visit, client):
    """Images of a coast in July 2026, A and B, and in March, C to E, two of one day; F is of elsewhere."""
    owner = make_user("clara", "Contributors")
    days = {"A": (7, 4), "B": (7, 1), "C": (3, 8), "D": (3, 8), "E": (3, 2), "F": (7, 2)}
    for hour, (title, (month, day)) in enumerate(days.items()):
        image = add_image(make_image(size=(300, 200), seed=ord(title)), title=title, uploaded_by=owner)
        moment = datetime(2026, month, day, 20 - hour, tzinfo=UTC)
        image.write(*Taken.at(moment, 0, Image.TakenFrom.HAND).put(image))
        set_tags(image, ["Mountain"] if title == "F" else ["Coast"])
    visit.sign_in(client, owner)


def tab_to(visit, selector: str) -> None:
    """Press Tab until what has the focus is what `selector` finds."""
    for _ in range(MAX_TABS):
        if visit.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
        visit.press(Keys.TAB)
    raise AssertionError(f"no Tab leads to {selector}")


def enter(visit) -> None:
    """Press Enter on what leads to another page, and return when that is there."""
    visit.browser.execute_script("window.isLeft = true")
    visit.press(Keys.ENTER)
    visit.wait_until("!window.isLeft && document.readyState === 'complete'")


@pytest.mark.drill
def test_find_a_day_and_tag_it(visit, library):
    visit.open("/")
    tab_to(visit, "[name=search]")
    visit.press("tag:co")
    visit.wait_until("document.querySelector('.search input').ariaExpanded === 'true'")
    visit.press(Keys.ARROW_DOWN, Keys.ENTER)
    assert visit.evaluate(f"{FOCUSED}.value") == "tag:Coast "

    visit.press("taken:2026-07")
    enter(visit)
    assert visit.evaluate(TITLES) == "BA"

    tab_to(visit, ".timeline summary")
    visit.press(Keys.ENTER)
    tab_to(visit, "[href$='month=2026-03']")
    enter(visit)
    assert visit.evaluate(TITLES) == "CDE"
    assert visit.find(".search input").get_attribute("value") == "tag:Coast sort:-taken "

    tab_to(visit, ".select-day")
    visit.press(Keys.ENTER)
    visit.wait_until("document.querySelector('.selected').textContent === 'Selected: 2'")
    tab_to(visit, ".folds summary")
    visit.press(Keys.ENTER)
    tab_to(visit, ".selection [name=tags]")
    visit.press("Storm")
    enter(visit)
    assert "2 images have these tags now." in visit.find(".messages").text
    tagged = Image.objects.filter(tags__key="storm").order_by("title")
    assert [image.title for image in tagged] == ["C", "D"]
    assert tag_names(tagged[0]) == ["Coast", "Storm"]
