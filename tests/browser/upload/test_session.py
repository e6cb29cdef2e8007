"""A session that ends during an upload, in a real Chromium: one signs in in place, and the files go on."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.models import Image
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.browser.visit import PAUSE
from tests.clients.api import IMAGES
from tests.factories import PASSWORD, make_image, make_user

FILES = {f"{n}.jpg": make_image(size=(60, 40), seed=n) for n in range(5)}


@pytest.fixture
def page(visit, client, tmp_path):
    """The upload page with files, whose session has ended by now."""
    visit.sign_in(client, make_user("clara", "Contributors"))
    page = Uploader(visit, tmp_path)
    page.find("[name=visibility][value=private]").click()
    page.choose(FILES)
    Session.objects.all().delete()
    return page


@pytest.fixture
def asked(page, visit):
    """The dialog, which asks for sign-in."""
    page.submit()
    visit.wait_until("document.querySelector('dialog.session').open")
    return page.find("dialog.session")


def assert_all_went_on(page) -> None:
    page.go_on()
    assert sorted(page.selected()) == sorted(FILES)
    told = set(Image.objects.values_list("uploaded_by__username", "visibility"))
    assert told == {("clara", "private")}
    assert page.refusals() == {"401"}


def test_it_asks_in_place_and_goes_on(page, asked, visit):
    page.wait_for(**{"0": "signed-out", "1": "signed-out", "2": "queued", "3": "queued", "4": "queued"})
    assert asked.find_element(By.NAME, "username").get_property("value") == "clara"
    assert visit.evaluate("document.activeElement.name") == "password"
    assert violations(visit.browser) == []
    visit.listen()
    assert f"{visit.origin}{IMAGES}" not in visit.requested  # no file was sent for nothing
    visit.press(PASSWORD, Keys.ENTER)
    assert_all_went_on(page)


def test_a_wrong_password_is_said_and_asked_again(page, asked, visit):
    visit.press("wrong", Keys.ENTER)
    visit.wait_until("document.querySelector('dialog.session .error').textContent")
    assert "correct username and password" in asked.find_element(By.CSS_SELECTOR, ".error").text
    assert violations(visit.browser) == []
    assert visit.evaluate("document.activeElement.name") == "password"
    visit.press(PASSWORD, Keys.ENTER)
    assert_all_went_on(page)


def test_in_another_tab_one_signs_in_as_well(page, asked, visit, client):
    asked.find_element(By.CSS_SELECTOR, "[value=again]").click()
    visit.wait_until("document.querySelector('dialog.session .error').textContent")
    assert "Nobody has signed in yet." in asked.text
    here = visit.browser.current_window_handle
    visit.browser.switch_to.new_window("tab")
    visit.open("/accounts/login")
    visit.find("[name=username]").send_keys("clara")
    visit.find("[name=password]").send_keys(PASSWORD, Keys.ENTER)
    WebDriverWait(visit.browser, 20, PAUSE).until(lambda browser: "/login" not in browser.current_url)
    visit.browser.close()
    visit.browser.switch_to.window(here)
    # Browsers that tell the page that it is seen again need no click.
    page.browser.execute_script("document.querySelector('dialog.session [value=again]')?.click()")
    assert_all_went_on(page)


def test_a_session_of_another_tab_is_taken_unasked(page, visit, client):
    """Its token is another one: the first request is refused for that."""
    cookie = {"name": "csrftoken", "value": "x" * 32, "url": visit.origin}
    visit.browser.execute_cdp_cmd("Network.setCookie", cookie)
    visit.sign_in(client, get_user_model().objects.get(username="clara"))
    page.submit()
    page.go_on()
    assert sorted(page.selected()) == sorted(FILES)
    assert page.refusals() == {"403"}


def test_later_is_an_answer_too(page, asked, visit):
    visit.press(Keys.ESCAPE)
    note = page.find(".queue .signed-out")
    assert note.is_displayed()
    row = page.row("0.jpg")
    row.find_element(By.CSS_SELECTOR, "[value=cancel]").send_keys(Keys.ENTER)
    assert page.states()["0.jpg"] == "waiting"
    note.find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    visit.press(PASSWORD, Keys.ENTER)
    page.wait_for(**{"0": "waiting", "1": "new", "2": "new", "3": "new", "4": "new"})
    page.submit()
    assert_all_went_on(page)


def test_words_written_without_a_session_are_saved_after_all(visit, client, tmp_path):
    visit.sign_in(client, make_user("clara", "Contributors"))
    page = Uploader(visit, tmp_path)
    page.choose({"0.jpg": FILES["0.jpg"]})
    page.submit(stays=True)
    page.wait_for(**{"0": "new"})
    Session.objects.all().delete()
    visit.press("A kite.", Keys.TAB)
    visit.wait_until("document.querySelector('dialog.session').open")
    visit.find("dialog.session [name=password]").send_keys(PASSWORD, Keys.ENTER)
    visit.wait_until("document.querySelector('.queue .saved').textContent === 'Saved.'")
    assert Image.objects.get().alt_text == "A kite."
    assert page.refusals() == {"401"}
