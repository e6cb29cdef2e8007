"""An invitation in a real Chromium: made, and taken up in a second clean browser, by the keyboard alone."""

import pytest
from django.contrib.auth.models import Group
from selenium.webdriver.common.keys import Keys

from images.accounts.invitations import invite
from images.models import Invitation
from tests.browser.accessibility import violations
from tests.browser.test_layout import SMALL_TARGETS
from tests.browser.visit import Visit
from tests.factories import PASSWORD, make_user

SIZES = {"phone": (390, 844), "desktop": (1280, 860)}
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED = "document.activeElement"


@pytest.fixture(params=SIZES)
def sized(request, visit) -> Visit:
    width, height = SIZES[request.param]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": request.param == "phone"}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield visit
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.fixture
def address(visit) -> str:
    return f"/accounts/join/{invite(make_user('ed', 'Editors'), Group.objects.get(name='Viewers'))[1]}"


def tab_to(visit: Visit, selector: str) -> None:
    """Press Tab until what `selector` says has the focus."""
    for _ in range(60):
        if visit.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
        visit.press(Keys.TAB)
    raise AssertionError(f"no way by Tab to {selector}")


def enter(visit: Visit, path: str) -> None:
    """Press Enter, and return when the page at `path` is there."""
    visit.browser.execute_script("window.isLeft = true")
    visit.press(Keys.ENTER)
    visit.wait_until(
        f"!window.isLeft && location.pathname === {path!r} && document.readyState === 'complete'"
    )


def is_well_made(visit: Visit) -> None:
    assert violations(visit.browser) == []
    assert visit.browser.execute_script(SMALL_TARGETS) == []
    assert visit.browser.execute_script(WIDER) <= 0


def clean(visit: Visit) -> None:
    """Make the browser one that was never here."""
    visit.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})


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

    clean(visit)
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

    clean(visit)
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
