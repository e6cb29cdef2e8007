"""By the keyboard alone from page to page, each of which is held to what all pages are."""

from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import violations
from tests.browser.test_layout import SMALL_TARGETS
from tests.browser.visit import Visit

WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUSED = "document.activeElement"


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


def forget(visit: Visit) -> None:
    """Make the browser one that was never here."""
    visit.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
