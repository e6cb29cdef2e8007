"""The way after an upload in a real Chromium: to what was just added, with what was refused on top."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import tag_names
from images.models import Album, Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, sha256
from tests.files.located import photo

KITE, BOAT = (make_image("JPEG", (300, 200), seed=seed) for seed in (1, 2))


@pytest.fixture
def fails_once(monkeypatch):
    """Have the store fail once for each of the files that are given."""
    put = get_storage().put

    def begin(*files: bytes) -> None:
        failures = {sha256(file) for file in files}

        def fail_once(key, *args):
            if key in failures:
                failures.remove(key)
                raise StorageUnavailable("bucket pictures refused")
            return put(key, *args)

        monkeypatch.setattr(get_storage(), "put", fail_once)

    return begin


def try_again(page, name: str) -> None:
    page.row(name).find_element(By.CSS_SELECTOR, "[value=retry]").send_keys(Keys.ENTER)


def shown(visit) -> list[str]:
    """Return the names of the files that are listed above what was added."""
    rows = [row for row in visit.all(".queue li") if row.is_displayed()]
    return [row.find_element(By.CSS_SELECTOR, ".name").text for row in rows]


def test_what_was_added_is_shown_all_selected_and_ready(page, visit):
    add_image(make_image(seed=9), title="Before")
    page.choose({"kite.jpg": KITE, "boat.jpg": BOAT})
    page.submit()
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]
    assert all(picture.is_displayed() for picture in visit.all(".cell picture"))
    assert visit.find(".selected").text == "Selected: 2"
    assert visit.evaluate("document.activeElement.className") == "selected"
    assert all(visit.images().values())
    assert violations(visit.browser) == []


def test_by_keyboard_alone_from_the_files_to_an_album(page, visit):
    page.choose({"kite.jpg": KITE, "boat.jpg": BOAT})  # of a picker, which no script opens
    page.find("[name=visibility][value=private]").send_keys(Keys.SPACE)
    page.find(".submit button").send_keys(Keys.ENTER)
    page.go_on()
    visit.press(Keys.TAB, Keys.ENTER)
    visit.press("Coast", Keys.ENTER)
    visit.wait_until("document.querySelector('.messages')?.textContent.includes('have these tags now')")
    page.go_on()
    visit.press(Keys.TAB, Keys.TAB, Keys.ENTER)
    visit.press("Summer in Porto", Keys.ENTER)
    visit.wait_until("document.querySelector('.messages')?.textContent.includes('Summer in Porto')")
    page.go_on()
    assert len(page.selected()) == 2
    album = Album.objects.get()
    assert (album.title, album.images.count()) == ("Summer in Porto", 2)
    assert {(image.visibility, *tag_names(image)) for image in Image.objects.all()} == {("private", "Coast")}


def test_what_the_library_had_already_is_selected_too(page, clara):
    add_image(KITE, title="Kite", uploaded_by=clara)
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    page.submit()
    page.go_on()
    assert page.selected() == ["boat.jpg", "Kite"]


def test_what_was_refused_stays_on_top_with_its_reason(page, visit):
    page.choose({"kite.jpg": KITE, "notes.jpg": b"not an image", "boat.jpg": BOAT})
    page.submit()
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]
    row = page.row("notes.jpg")
    assert "not an image in a format the library takes" in row.text
    assert [other.is_displayed() for other in visit.all(".queue li")].count(True) == 1
    assert row.location["y"] < visit.find(".cells").location["y"]
    assert visit.find("h1:not(.narrow h1)").text == "Just added"
    assert not visit.find(".submit").is_displayed()
    assert violations(visit.browser) == []
    assert page.refusals() == {"415"}
    visit.browser.refresh()
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]


def test_a_refused_file_that_is_taken_after_all_joins_the_others(page, visit, fails_once):
    page.choose({"kite.jpg": KITE})
    page.submit()
    page.go_on()
    visit.open("/upload")
    fails_once(BOAT)
    page.choose({"boat.jpg": BOAT, "dune.jpg": make_image(seed=3)})
    page.submit()
    page.go_on()
    assert shown(visit) == ["boat.jpg"]
    assert "Please try again later." in page.row("boat.jpg").text
    assert page.refusals() == {"500"}
    try_again(page, "boat.jpg")
    visit.wait_until("!document.querySelector('.queue')")
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "dune.jpg"]


def test_it_joins_them_while_others_stay(page, visit, fails_once):
    fails_once(BOAT)
    page.choose({"kite.jpg": KITE, "boat.jpg": BOAT, "notes.jpg": b"not an image"})
    page.submit()
    page.go_on()
    assert shown(visit) == ["boat.jpg", "notes.jpg"]
    assert page.refusals() == {"415", "500"}
    try_again(page, "boat.jpg")
    visit.wait_until("document.querySelectorAll('.cell').length === 2")
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]
    assert visit.find(".count").text == "2 images"
    assert visit.find(".selected").text == "Selected: 2"
    assert shown(visit) == ["notes.jpg"]
    assert visit.evaluate("document.activeElement") == page.row("notes.jpg")
    assert visit.find(".announcer").get_property("textContent").split() == ["Just", "added", "2", "images"]
    assert not page.find(".go-on").is_displayed()
    assert violations(visit.browser) == []
    visit.browser.refresh()
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]


def test_it_joins_them_while_one_works_on_them(page, visit, fails_once):
    """Where the keyboard is and what was taken out of the selection stay as they are."""
    fails_once(BOAT)
    page.choose({"kite.jpg": KITE, "boat.jpg": BOAT})
    page.submit()
    page.go_on()
    assert page.refusals() == {"500"}
    visit.find(".pick input").send_keys(Keys.SPACE)
    focused = visit.evaluate("document.activeElement")
    visit.browser.execute_script("document.querySelector('.queue [value=retry]').click()")
    visit.wait_until("document.querySelectorAll('.cell').length === 2")
    assert visit.evaluate("document.activeElement") == focused
    assert page.selected() == ["boat.jpg"]
    assert visit.find(".selected").text == "Selected: 1"
    assert shown(visit) == []


def test_what_does_not_join_them_is_led_to(page, visit, fails_once):
    fails_once(BOAT)
    page.choose({"kite.jpg": KITE, "boat.jpg": BOAT, "notes.jpg": b"not an image"})
    page.submit()
    page.go_on()
    assert page.refusals() == {"415", "500"}
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/selection*"]})
    try_again(page, "boat.jpg")
    visit.wait_until("document.querySelector('.go-on').checkVisibility()")
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert shown(visit) == ["notes.jpg"]
    visit.follow(".go-on")
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_one_that_is_dropped_there_later_waits_for_upload_and_joins_them(page, visit):
    page.choose({"kite.jpg": KITE, "notes.jpg": b"not an image"})
    page.submit()
    page.go_on()
    assert page.refusals() == {"415"}
    assert not page.find(".submit").is_displayed()
    page.drag({"boat.jpg": BOAT})
    page.wait_for(kite="new", notes="refused", boat="waiting")
    page.submit()
    visit.wait_until("document.querySelectorAll('.cell').length === 2")
    assert sorted(page.selected()) == ["boat.jpg", "kite.jpg"]
    assert shown(visit) == ["notes.jpg"]
    assert not page.find(".submit").is_displayed()


def test_one_that_says_where_it_was_taken_asks_as_the_others_did(page, visit, fails_once):
    fails_once(photo())
    page.choose({"kite.jpg": KITE, "coast.jpg": photo()})
    page.submit()
    page.go_on()
    assert page.refusals() == {"500"}
    visit.browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    try_again(page, "coast.jpg")
    page.wait_for(kite="new", coast="asks")
    question = page.find(".question")
    assert question.is_displayed()
    assert visit.evaluate("document.activeElement.id") == "question-title"
    assert 0 <= visit.evaluate("document.activeElement.getBoundingClientRect().top") < 400
    assert violations(visit.browser) == []
    question.find_element(By.CSS_SELECTOR, "[value=keep]").click()
    visit.wait_until("!document.querySelector('.queue')")
    page.go_on()
    assert sorted(page.selected()) == ["coast.jpg", "kite.jpg"]
    assert set(Image.objects.values_list("visibility", flat=True)) == {"public"}


def test_nobody_is_taken_away_from_what_they_write(page, visit):
    page.choose({"kite.jpg": KITE})
    page.submit(stays=True)
    page.wait_for(kite="new")
    visit.press("A kite.")
    visit.follow(".go-on")
    page.go_on()
    assert page.selected() == ["kite.jpg"]
    assert Image.objects.get().alt_text == "A kite."


def test_nor_from_the_tags_of_what_comes_next(page, visit):
    page.choose({"kite.jpg": KITE})
    page.submit(stays=True, field="[name=tags]")
    page.wait_for(kite="new")
    visit.press("Coast")
    assert visit.evaluate("document.activeElement.value") == "Coast"
    assert page.find(".go-on").is_displayed()


@pytest.mark.drill
def test_sixty_files_at_once(page, visit):
    files = {f"{n:02}.jpg": make_image(size=(30, 20), seed=n) for n in range(60)}
    page.choose(files)
    page.submit()
    page.go_on(60)  # a second for each, on a machine that has other things to do
    assert sorted(page.selected()) == sorted(files)
    assert visit.find(".selected").text == "Selected: 60"
