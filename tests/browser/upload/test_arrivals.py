"""The way after an upload in a real Chromium: to what was just added, with what was refused on top."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import tag_names
from images.models import Album, Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.factories import add_image, make_image, make_user

KITE, BOAT = (make_image("JPEG", (300, 200), seed=seed) for seed in (1, 2))


@pytest.fixture
def clara(visit, client):
    user = make_user("clara", "Contributors")
    visit.sign_in(client, user)
    return user


@pytest.fixture
def page(clara, visit, tmp_path):
    return Uploader(visit, tmp_path)


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


def test_a_refused_file_that_is_taken_after_all_joins_the_others(page, visit, monkeypatch):
    put, failures = get_storage().put, [StorageUnavailable("bucket pictures refused")]

    def fail_once(key, *args):
        if failures and "/" not in key:
            raise failures.pop()
        return put(key, *args)

    page.choose({"kite.jpg": KITE})
    page.submit()
    page.go_on()
    visit.open("/upload")
    monkeypatch.setattr(get_storage(), "put", fail_once)
    page.choose({"boat.jpg": BOAT, "dune.jpg": make_image(seed=3)})
    page.submit()
    page.go_on()
    (failed,) = [row for row in visit.all(".queue li") if row.is_displayed()]
    assert "Please try again later." in failed.text
    assert page.refusals() == {"500"}
    failed.find_element(By.CSS_SELECTOR, "[value=retry]").send_keys(Keys.ENTER)
    visit.wait_until("!document.querySelector('.queue')")
    page.go_on()
    assert sorted(page.selected()) == ["boat.jpg", "dune.jpg"]


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
    page.go_on()
    assert sorted(page.selected()) == sorted(files)
    assert visit.find(".selected").text == "Selected: 60"
