"""Days in the gallery: pages go on within them, a day is selected at once, the timeline leads on."""

from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors
from images.catalogue.taken import Taken
from images.models import Image, Month
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user

DAYS = """[...document.querySelectorAll('.day')].map(day =>
  day.dataset.day + ' ' + [...day.querySelectorAll('[data-title]')].map(one => one.dataset.title).join(''))"""
CHOSEN = "document.querySelectorAll('.pick :checked').length"


@pytest.fixture
def library(visit, client):
    """Three days: A alone, B to F, and G with H; a month each."""
    owner = make_user("clara", "Contributors")
    days = {"A": (4, 9), **dict.fromkeys("BCDEF", (3, 8)), **dict.fromkeys("GH", (2, 7))}
    for hour, (title, (month, day)) in enumerate(days.items()):
        image = add_image(make_image(size=(300, 200), seed=ord(title)), title=title, uploaded_by=owner)
        moment = datetime(2026, month, day, 20 - hour, tzinfo=UTC)
        image.write(*Taken.at(moment, 0, Image.TakenFrom.HAND).put(image))
    Month.objects.all().delete()
    for month, count in ((4, 1), (3, 5), (2, 2)):
        Month.objects.create(month=f"2026-{month:02}-01", public=count, all=count)
    visit.sign_in(client, owner)


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 3)


def test_pages_go_on_within_a_day(visit, library, small_pages):
    visit.open("/?ordering=-taken_at")
    visit.wait_until("document.querySelector('.announcer').textContent === 'These are all images.'")
    assert visit.evaluate(DAYS) == ["2026-04-09 A", "2026-03-08 BCDEF", "2026-02-07 GH"]


def test_a_day_is_selected_with_what_has_not_arrived_yet(visit, library, small_pages):
    visit.open("/?ordering=-taken_at&month=2026-03")
    visit.all(".select-day")[0].send_keys(Keys.ENTER)
    visit.wait_until("document.querySelector('.selected').textContent === 'Selected: 5'")
    assert visit.evaluate("document.activeElement.matches('.selected')")
    assert visit.evaluate(CHOSEN) == 5
    visit.press(Keys.TAB)
    assert visit.evaluate("document.activeElement.closest('.selection') !== null")


def test_the_timeline_jumps_to_a_month(visit, library):
    visit.open("/")
    visit.find(".timeline summary").click()
    visit.follow(".timeline li li:nth-child(2) a")
    assert visit.evaluate(DAYS) == ["2026-03-08 BCDEF", "2026-02-07 GH"]
    assert visit.find(".timeline [aria-current] time").text == "March"
    visit.follow(".newer a")
    assert visit.evaluate(DAYS)[0] == "2026-04-09 A"  # and what was there comes after it again


def test_axe_finds_nothing(visit, library):
    visit.open("/?ordering=-taken_at&month=2026-03")
    assert violations(visit.browser) == []
