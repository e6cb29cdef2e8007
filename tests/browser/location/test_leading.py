"""The upload page leads to its question about places, which lies below the fold."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.models import Album
from images.pages import filing
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.factories import make_image, make_user
from tests.files.located import photo

pytestmark = [pytest.mark.drill, pytest.mark.long]

FOCUSED = "document.activeElement"
QUESTION = "document.getElementById('question-title')"
TOP = f"{QUESTION}.getBoundingClientRect().top"
IN_VIEW = f"{TOP} >= 0 && {TOP} < innerHeight / 2"
PHOTOS = {f"{n}.jpg": photo(n) for n in range(3)}
ASKED = {"0": "asks", "1": "asks", "2": "asks"}


@pytest.fixture
def clara():
    return make_user("clara", "Contributors")


@pytest.fixture(params=[(390, 844), (1280, 860)], ids=["phone", "desktop"])
def page(request, visit, client, clara, tmp_path):
    width, height = request.param
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    visit.sign_in(client, clara)
    yield Uploader(visit, tmp_path)
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_is_brought_into_view_with_the_focus_once_all_have_arrived(page, visit):
    page.choose(PHOTOS)
    page.submit()
    page.wait_for(**ASKED)
    assert visit.evaluate(f"{FOCUSED} === {QUESTION}")
    assert visit.evaluate(IN_VIEW)
    assert violations(visit.browser) == []


def test_nobody_is_taken_away_from_what_they_write_and_the_bar_leads_there(page, visit):
    page.choose(PHOTOS)
    assert not page.find(".to-question").is_displayed()
    page.submit(stays=True, field="[name=tags]")
    page.wait_for(**ASKED)
    visit.press("Coast")
    assert visit.evaluate(f"{FOCUSED}.value") == "Coast"
    assert visit.evaluate(f"{TOP} > innerHeight")
    assert page.find(".tally").text == "3 of 3 done. Your answer is needed."
    assert visit.evaluate("document.querySelector('.tally').getBoundingClientRect().bottom <= innerHeight")
    assert violations(visit.browser) == []
    page.find(".to-question").click()
    assert visit.evaluate(f"{FOCUSED} === {QUESTION}")
    assert visit.evaluate(IN_VIEW)


def test_the_bar_covers_no_answer(page, visit):
    page.choose(PHOTOS)
    page.submit()
    page.wait_for(**ASKED)
    visit.wait_until("getComputedStyle(document.querySelector('.submit')).position === 'static'")
    assert not page.find(".to-question").is_displayed()
    visit.browser.execute_script("scrollTo(0, 0)")
    visit.wait_until("getComputedStyle(document.querySelector('.submit')).position === 'sticky'")
    assert page.find(".to-question").is_displayed()
    for answer in visit.all(".question button"):
        visit.browser.execute_script("scrollTo(0, 0), arguments[0].focus()", answer)
        assert answer.rect["y"] + answer.rect["height"] <= page.find(".submit").rect["y"]


@pytest.mark.parametrize("said", ["private", "strip", "keep"])
def test_what_was_answered_is_as_it_was_asked(page, visit, said):
    """What was refused stays on the next page; what was answered does not."""
    page.choose(PHOTOS | {"notes.jpg": b"not an image", "9.jpg": make_image(seed=9)})
    page.submit()
    page.wait_for(**ASKED, **{"notes": "refused", "9": "new"})
    page.find(f".question [value={said}]").click()
    page.go_on()
    assert page.refusals() == {"415"}
    assert [row.text.split()[0] for row in visit.all(".queue li") if row.is_displayed()] == ["notes.jpg"]


def test_what_else_is_not_as_it_was_asked_stays(page, visit, clara, monkeypatch):
    def deleted_meanwhile(*_, **__):
        raise Album.DoesNotExist

    monkeypatch.setattr(filing, "file", deleted_meanwhile)
    create(clara, "Coast")
    page.find("[name=album]").send_keys("Coast", Keys.ESCAPE)
    page.choose({"0.jpg": photo(0)})
    page.submit()
    page.wait_for(**{"0": "asks"})
    page.find(".question [value=private]").click()
    page.go_on()
    assert page.row("0.jpg").is_displayed()
    assert "It is not in its album yet." in page.row("0.jpg").text
    assert "nobody said to publish that" not in page.row("0.jpg").text
    visit.listen()
    assert all("/selection" in complaint and "404" in complaint for complaint in visit.complaints)
    visit.complaints.clear()
