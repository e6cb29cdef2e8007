"""Files that were not taken for what is not theirs, all tried again at once, in a real Chromium."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import tag_names
from images.models import Image
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.factories import make_image, make_user

FILES = {f"{n}.jpg": make_image(seed=n) for n in range(3)}
FAILED = dict.fromkeys("012", "failed")
ALL = ".queue [value=all]"


@pytest.fixture
def page(visit, client, tmp_path):
    visit.sign_in(client, make_user("clara", "Contributors"))
    return Uploader(visit, tmp_path)


@pytest.fixture
def away(visit):
    """Let the library be away, until what is returned is called."""

    def block(*urls: str) -> None:
        visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": urls})

    block("*/api/v1/images")
    yield block
    block()
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_when_a_field_is_mended_upload_tries_them_again(page, visit):
    tags = page.find("[name=tags]")
    tags.send_keys("x" * 101)
    page.choose(FILES)
    page.submit()
    page.wait_for(**FAILED)
    assert "no more than 100 characters." in page.row("0.jpg").text
    assert page.refusals() == {"400"}
    tags.clear()
    tags.send_keys("Coast", Keys.ESCAPE)
    page.submit()
    page.go_on()
    assert [tag_names(image) for image in Image.objects.all()] == [["Coast"]] * 3


def test_files_that_were_chosen_since_go_alone(page, visit, away):
    page.choose(FILES)
    page.submit()
    page.wait_for(**FAILED)
    away()
    page.choose({"3.jpg": make_image(seed=3)})
    page.submit()
    page.wait_for(**FAILED, **{"3": "new"})


def test_one_button_tries_all_again(page, visit, away):
    page.choose(FILES)
    page.wait_for(**dict.fromkeys("012", "waiting"))
    assert not page.find(ALL).is_displayed()
    page.submit()
    page.wait_for(**FAILED)
    assert page.find(ALL).text == "Try all again"
    assert violations(visit.browser) == []
    away()
    page.find(ALL).send_keys(Keys.ENTER)
    page.go_on()
    assert sorted(page.selected()) == sorted(FILES)


def test_the_keyboard_goes_on_at_the_first_of_them(page, visit, away):
    page.choose(FILES)
    page.submit()
    page.wait_for(**FAILED)
    page.find(ALL).send_keys(Keys.ENTER)
    assert visit.evaluate("document.activeElement") == page.row("0.jpg")
    page.wait_for(**FAILED)
    assert page.find(ALL).is_displayed()


def test_it_is_above_what_was_added_too(page, visit, away):
    away("*/api/v1/images*")
    page.choose({name: FILES[name] for name in ("0.jpg", "1.jpg")})
    page.submit()
    page.wait_for(**{"0": "failed", "1": "failed"})
    away()
    page.choose({"2.jpg": FILES["2.jpg"]})
    page.submit()
    page.go_on()
    assert page.selected() == ["2.jpg"]
    page.find(ALL).click()
    visit.wait_until("!document.querySelector('.queue')")
    page.go_on()
    assert sorted(page.selected()) == sorted(FILES)


def test_a_single_one_has_its_own_and_what_is_no_image_is_not_tried_again(page, visit, away):
    page.choose({"0.jpg": FILES["0.jpg"]})
    page.submit()
    page.wait_for(**{"0": "failed"})
    away()
    page.choose({"notes.jpg": b"not an image", "empty.jpg": b""})
    page.submit()
    page.wait_for(**{"0": "failed", "notes": "refused", "empty": "refused"})
    assert not page.find(ALL).is_displayed()
    page.row("0.jpg").find_element(By.CSS_SELECTOR, "[value=remove]").send_keys(Keys.ENTER)
    page.wait_for(notes="refused", empty="refused")
    page.submit()
    assert page.find("[name=files]").get_property("validity")["valueMissing"]
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 4" not in text]
