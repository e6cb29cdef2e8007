"""The album that all files of an upload go into, by a field of the page, in a real Chromium."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.catalogue.albums import seen_entries
from images.models import Album
from tests.browser.upload.test_folders import HOLD
from tests.factories import add_image, make_image
from tests.files.located import photo

FILES = {f"{n}.jpg": make_image(seed=n) for n in range(3)}


def names(album: Album) -> list[str]:
    return [entry.image.filename for entry in seen_entries(album.made_by, album)]


def test_a_new_one_is_made_once_and_private(page, clara, visit):
    hint = page.find("[name=album]").get_attribute("aria-describedby")
    assert visit.find(f"#{hint}").text.endswith("or of a new one, which will be private.")
    page.find("[name=album]").send_keys("Winter", Keys.ESCAPE)
    page.choose(FILES | {"notes.jpg": b"not an image"})
    page.submit()
    page.go_on()
    album = Album.objects.get()
    assert (album.title, album.made_by, album.visibility) == ("Winter", clara, "private")
    assert names(album) == sorted(FILES)
    assert "3 images are in the album: Winter" in visit.find(".messages").text.replace("\n", " ")
    assert page.refusals() == {"415"}


def test_none_is_made_where_all_are_refused(page):
    page.find("[name=album]").send_keys("Winter", Keys.ESCAPE)
    page.choose({"notes.jpg": b"not an image"})
    page.submit()
    page.wait_for(notes="refused")
    assert not Album.objects.exists()
    assert page.refusals() == {"415"}


def test_one_that_there_is_gets_what_the_library_had_already_too(page, clara):
    album = create(clara, "Winter")
    add_image(FILES["1.jpg"], filename="old.jpg")
    page.find("[name=album]").send_keys("winter", Keys.ESCAPE)
    page.choose(FILES)
    page.submit()
    page.go_on()
    assert names(album) == ["0.jpg", "old.jpg", "2.jpg"]
    assert Album.objects.count() == 1


def test_where_several_have_the_title_it_says_so_above_what_was_added(page, clara, visit):
    for _ in range(2):
        create(clara, "The coast")
    page.find("[name=album]").send_keys("The coast", Keys.ESCAPE)
    page.choose(FILES)
    page.submit()
    page.go_on()
    assert "Several albums have this title." in visit.find(".messages").text
    assert sorted(page.selected()) == sorted(FILES)


def test_who_leaves_before_an_answer_is_warned_that_they_are_in_none_yet(page, visit):
    leave = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"
    page.find("[name=album]").send_keys("Winter", Keys.ESCAPE)
    page.choose({"0.jpg": photo()})
    page.submit()
    page.wait_for(**{"0": "asks"})
    assert visit.evaluate(leave)
    page.find(".question [value=private]").click()
    page.go_on()
    assert names(Album.objects.get()) == ["0.jpg"]


def test_what_could_not_be_filed_is_so_with_a_file_that_is_tried_again(page, visit):
    def block(*urls: str) -> None:
        visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": urls})

    page.find("[name=album]").send_keys("Winter", Keys.ESCAPE)
    block("*/api/v1/images")
    page.choose({"0.jpg": FILES["0.jpg"]})
    page.submit()
    page.wait_for(**{"0": "failed"})
    block()
    visit.browser.execute_script(HOLD)
    page.choose({"1.jpg": FILES["1.jpg"]})
    page.submit()
    visit.wait_until("window.isHeld")
    visit.browser.execute_script("window.fail()")
    page.go_on()
    assert "It is not in its album yet." in page.row("1.jpg").text
    page.row("0.jpg").find_element(By.CSS_SELECTOR, "[value=retry]").send_keys(Keys.ENTER)
    visit.wait_until("!document.querySelector('.queue')")
    page.go_on()
    assert sorted(names(Album.objects.get())) == ["0.jpg", "1.jpg"]
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for
