"""The library's own face on the pages: read in whatever colour it is, and in as much room as there is."""

import pytest

from images.catalogue.tags import set_tags
from tests.browser.accessibility import violations
from tests.factories import add_image, brand, make_image, make_user

SPACE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("accent", ["#ffff00", "#000000", "#808080"])
@pytest.mark.drill
@pytest.mark.long
def test_strange_colours_are_read_light_and_dark(visit, client, accent):
    owner = make_user("clara", "Contributors")
    image = add_image(make_image(size=(300, 200)), title="Kite", uploaded_by=owner)
    set_tags(image, ["Coast"])
    footer = {"footer": "Kites & Co.\nPorto", "imprint_url": "/imprint", "privacy_url": "/privacy"}
    brand(name="Kites of Porto", logo=image, accent=accent, **footer)
    pages = ("/", "/?search=nowhere", "/tags/coast", image.get_absolute_url())
    for path in ("/accounts/login", *pages):
        visit.open(path)
        assert violations(visit.browser) == [], path
    visit.sign_in(client, owner)
    for path in (*pages, "/upload", "/albums", "/accounts/password"):
        visit.open(path)
        for fold in visit.all(".curate summary, .edit summary"):
            fold.click()
        assert violations(visit.browser) == [], path
    visit.open("/")
    visit.find("[data-title=Kite]").click()
    visit.wait_until("document.querySelector('.viewer-stage img').complete")
    visit.press("i")
    visit.wait_until("document.querySelector('.viewer-info dl')")
    visit.wait_until("document.getAnimations().every(one => one.playState === 'finished')")
    assert violations(visit.browser) == []
    visit.open("/")
    visit.find(".pick input").click()
    assert violations(visit.browser) == []
    visit.follow("[value=trash]")
    assert visit.all(".messages button")
    assert violations(visit.browser) == []


@pytest.mark.parametrize("width", [320, 390, 641, 1280])
@pytest.mark.parametrize("size", [(64, 64), (800, 40)])
def test_a_long_name_and_a_large_logo_leave_the_page_its_width(visit, width, size):
    brand(name="The Photographic Collection of the Harbour Museum, Porto, PT", footer="x" * 300)
    brand(logo=add_image(make_image("PNG", size), title="Logo"))
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        visit.open("/albums")
        assert visit.evaluate(SPACE) <= 0
        logo = visit.find(".brand img")
        assert logo.size["height"] <= 32
        assert logo.size["width"] <= (80 if width < 640 else 160)
        assert visit.find(".brand").accessible_name.startswith("The Photographic Collection")
        assert visit.find(".site-nav a").is_displayed()
    finally:
        visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_page_that_has_its_colours_loads_no_more_than_their_sheet(visit):
    visit.open("/albums")
    before = {url.removeprefix(visit.origin) for url in visit.requested}
    visit.requested.clear()
    brand(name="Kites", accent="#ff0000")
    visit.open("/albums")
    assert {url.removeprefix(visit.origin) for url in visit.requested} - before == {"/theme/ff0000.css"}
