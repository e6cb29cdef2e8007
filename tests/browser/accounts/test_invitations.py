"""An invitation in a real Chromium: made, and taken up in a second clean browser, by the keyboard alone."""

import pytest
from django.contrib.auth.models import Group
from selenium.webdriver.common.keys import Keys

from images.accounts.invitations import invite
from images.models import Invitation
from tests.browser.accounts.walking import FOCUSED, enter, forget, is_well_made, tab_to
from tests.factories import PASSWORD, make_user


@pytest.fixture
def address(visit) -> str:
    return f"/accounts/join/{invite(make_user('ed', 'Editors'), Group.objects.get(name='Viewers'))[1]}"


def test_an_editor_invites_and_who_comes_has_an_account(sized, client):
    visit = sized
    visit.sign_in(client, make_user("ed", "Editors"))
    visit.open("/account")
    tab_to(visit, "[href='/accounts/invitations']")
    enter(visit, "/accounts/invitations")
    is_well_made(visit)
    tab_to(visit, "[name=group]")
    visit.press("Contributors")
    tab_to(visit, "[name=note]")
    visit.press("Ana")
    tab_to(visit, "[value=make]")
    enter(visit, "/accounts/invitations")
    visit.wait_until("document.querySelector('#address')")
    is_well_made(visit)
    address = visit.find("#address").get_attribute("value")
    assert address.startswith(f"{visit.origin}/accounts/join/")

    forget(visit)
    path = address.removeprefix(visit.origin)
    visit.open(path)
    is_well_made(visit)
    assert visit.evaluate(f"{FOCUSED}.name") == "username"  # it waits to be typed into
    visit.press("ana", Keys.TAB, PASSWORD, Keys.TAB, PASSWORD, Keys.TAB, "ana@example.org", Keys.TAB)
    enter(visit, "/")
    assert "Your account is made" in visit.find(".messages").text
    visit.open("/upload")
    assert visit.find("[name=files]")
    used = Invitation.objects.get()
    assert (used.used_by.username, used.used_by.email) == ("ana", "ana@example.org")

    forget(visit)
    visit.open(path)
    assert visit.find(".status-code").text == "404"
    is_well_made(visit)
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 404" not in text]  # asked for


def test_what_is_wrong_is_said_without_javascript_and_the_secret_stays_secret(visit, address):
    with visit.without_javascript():
        visit.open(address)
        for name in ("password1", "password2"):
            visit.find(f"[name={name}]").send_keys("12345678")
        visit.find("[name=username]").send_keys("ana")
        visit.follow("main button")
        assert "too common" in visit.find(".errorlist").text
        assert visit.browser.current_url == visit.origin + address
        visit.browser.find_element("css selector", ".brand").click()
        visit.wait_until("location.pathname === '/'")
        assert visit.evaluate("document.referrer") in ("", f"{visit.origin}/")
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for
