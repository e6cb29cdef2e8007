"""A forgotten password in Chromium, by the keyboard alone: a link by mail, and one by an administrator."""

import re

import pytest
from django.core import mail
from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import violations
from tests.browser.accounts.walking import enter, forget, is_well_made, tab_to
from tests.factories import PASSWORD, make_user
from tests.servers.machine import until

NEW = "staple battery horse"
ADDRESS = "robin@example.org"


@pytest.fixture
def robin(visit):
    return make_user("robin", "Viewers")


def test_who_gave_an_address_gets_a_link_by_mail(sized, client, robin, settings):
    settings.SENDS_EMAIL = True
    visit = sized
    visit.sign_in(client, robin)
    visit.open("/account")
    tab_to(visit, "[href='/accounts/email']")
    enter(visit, "/accounts/email")
    is_well_made(visit)
    tab_to(visit, "[name=email]")
    visit.press(ADDRESS, Keys.TAB, PASSWORD)
    enter(visit, "/account")
    assert "e-mail address was saved" in visit.find(".messages").text

    forget(visit)
    visit.open("/accounts/login")
    is_well_made(visit)
    tab_to(visit, "[href='/accounts/reset']")
    enter(visit, "/accounts/reset")
    is_well_made(visit)
    tab_to(visit, "[name=email]")
    visit.press(ADDRESS)
    enter(visit, "/accounts/login")
    is_well_made(visit)
    assert "a mail is on its way" in visit.find(".messages").text

    (address,) = re.findall(r"http\S+", until(lambda: mail.outbox)[0].body)
    set_password(visit, address)
    robin.refresh_from_db()
    assert robin.check_password(NEW)
    visit.browser.get(address)
    assert visit.find("h1").text == "This link does not work"
    is_well_made(visit)
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 404" not in text]  # asked for


def set_password(visit, address: str) -> None:
    """Follow the link, and set the new password by the keyboard."""
    visit.open(address.removeprefix(visit.origin))
    assert visit.browser.current_url.endswith("/set-password")
    is_well_made(visit)
    tab_to(visit, "[name=new_password1]")
    visit.press(NEW, Keys.TAB, NEW)
    enter(visit, "/")
    assert "Your password was set" in visit.find(".messages").text


def test_an_administrator_makes_a_link(sized, client, robin):
    visit = sized
    visit.open("/accounts/login")
    assert "an administrator" in visit.find("main").text
    is_well_made(visit)
    visit.sign_in(client, make_user("root", is_staff=True, is_superuser=True))
    visit.open(f"/admin/auth/user/{robin.pk}/change/")
    page = f"/admin/auth/user/{robin.pk}/password-link/"
    visit.follow(f"[href='{page}']")
    assert violations(visit.browser) == []
    visit.follow("#content [type=submit]")
    assert violations(visit.browser) == []
    address = visit.find("#address").get_attribute("value")
    forget(visit)
    set_password(visit, address)
    robin.refresh_from_db()
    assert robin.check_password(NEW)
