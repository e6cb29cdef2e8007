"""One's own account in a real Chromium: a token made, copied and revoked, by the keyboard alone and without
JavaScript; sessions ended.
"""

import json
from pathlib import Path

import pytest
from django.test import Client
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.models import KnownSession, Token
from tests.browser.visit import PAUSE
from tests.clients.api import IMAGES, client_of
from tests.factories import PASSWORD, make_user


@pytest.fixture
def person(visit, client):
    user = make_user("clara", "Contributors")
    visit.sign_in(client, user)
    return user


def status(text: str) -> int:
    return client_of().get(IMAGES, headers={"authorization": f"Token {text}"}).status_code


def make(visit, name: str) -> str:
    """Make a token that writes; return its text."""
    visit.find("[name=name]").send_keys(name)
    visit.find("[name=scope][value=write]").click()
    visit.follow("button[value=make]")
    return visit.find("#token").get_attribute("value")


def test_the_header_leads_to_it(visit, person):
    visit.open("/")
    visit.follow(".account a[href='/account']")
    assert visit.find("h1").text == "clara"
    assert visit.find(".account [aria-current]").text.endswith("clara")


def test_a_token_is_made_copied_and_revoked_by_the_keyboard_alone(visit, person):
    visit.open("/account")
    visit.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    visit.evaluate("document.querySelector('[name=name]').focus()")
    visit.press("Laptop", Keys.TAB, Keys.ARROW_DOWN, Keys.TAB)
    visit.browser.execute_script("window.isLeft = true")
    visit.press(Keys.TAB, Keys.ENTER)
    visit.wait_until("!window.isLeft && document.querySelector('#token')")
    text = visit.find("#token").get_attribute("value")
    assert status(text) == 200
    assert Token.objects.get().scope == "write"
    visit.evaluate("document.querySelector('#token').focus()")
    visit.press(Keys.TAB, Keys.ENTER)
    visit.wait_until("document.querySelector('[data-copies=token]').textContent === 'Copied'")
    assert visit.evaluate("document.querySelector('.announcer').textContent") == "Copied"
    visit.open("/account")
    assert text not in visit.browser.page_source
    visit.browser.execute_script("window.isLeft = true")
    visit.evaluate("document.querySelector('[value=revoke]').focus()")
    visit.press(Keys.ENTER)
    visit.wait_until("!window.isLeft && document.querySelector('.messages .success')")
    assert status(text) == 401


def test_the_file_for_sharex_is_downloaded_without_javascript(visit, person, tmp_path):
    allow = {"behavior": "allow", "downloadPath": str(tmp_path)}
    visit.browser.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    with visit.without_javascript():
        visit.open("/account")
        text = make(visit, "ShareX")
        visit.find("[value=sharex]").click()
        file = WebDriverWait(visit.browser, 20, PAUSE).until(lambda _: next(tmp_path.glob("*.sxcu"), None))
    assert Path(file).name == "localhost.sxcu"
    uploader = json.loads(file.read_text())
    assert uploader["Headers"] == {"Authorization": f"Token {text}"}
    assert uploader["RequestURL"] == f"{visit.origin}{IMAGES}"
    assert text not in visit.browser.current_url


def test_the_other_sessions_are_ended(visit):
    person = make_user("clara")
    there = Client(headers={"user-agent": "Firefox/140.0 (Windows)"})
    there.post("/accounts/login", {"username": "clara", "password": PASSWORD})
    visit.open("/account")
    visit.find("[name=username]").send_keys("clara")
    visit.find("[name=password]").send_keys(PASSWORD)
    visit.follow("main button")
    names = [name.text for name in visit.all("#sessions ~ ul strong")]
    assert sorted(names) == ["Chrome on Linux", "Firefox on Windows"]
    visit.follow("[value=end_others]")
    assert visit.find(".messages").text == "1 other session is ended."
    assert there.get("/account").status_code == 302
    assert KnownSession.objects.get().user == person
