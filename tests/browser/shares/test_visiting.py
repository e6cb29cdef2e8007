"""A share link in a clean browser, by the keyboard alone, with scripts and without, on phone and desktop."""

from contextlib import nullcontext

import pytest
from django.contrib.auth.hashers import make_password
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.sharing import make_share, revoke
from images.models import Image, ShareLink
from tests.factories import add_image, brand, make_image, make_user

PASSWORD = "a long walk"


@pytest.fixture
def maker(visit):
    return make_user("clara", "Contributors")


@pytest.fixture
def images(maker):
    return [
        add_image(
            make_image(size=(900, 600), seed=seed),
            title=f"Kite {seed}",
            uploaded_by=maker,
            visibility="private",
        )
        for seed in range(3)
    ]


@pytest.fixture
def album(maker, images):
    album = create(maker, "Kites")
    file(maker, album, [image.pk for image in images])
    return album


@pytest.fixture(params=[390, pytest.param(1280, marks=pytest.mark.drill)])
def width(request, visit):
    size = {"width": request.param, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield request.param
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def forgive(visit, status: int) -> None:
    """Drop the complaint about an answer that is asked for here."""
    visit.listen()
    visit.complaints = [text for text in visit.complaints if f"status of {status}" not in text]


def enter(visit, *keys: str) -> None:
    """Press keys of which the last leads to another page, and return when that is there."""
    visit.browser.execute_script("window.isLeft = true")
    visit.press(*keys)
    visit.wait_until("!window.isLeft && document.readyState === 'complete'")


@pytest.mark.parametrize(
    "with_scripts", [True, pytest.param(False, marks=pytest.mark.drill)], ids=["with scripts", "without"]
)
def test_an_album_with_a_password(visit, maker, album, width, with_scripts):
    _, secret = make_share(maker, album, password=PASSWORD)
    with nullcontext() if with_scripts else visit.without_javascript():
        visit.open(f"/s/{secret}")
        assert "Kites" not in visit.browser.page_source
        visit.press(Keys.TAB, Keys.TAB)  # past the link to the content
        assert visit.browser.switch_to.active_element.get_attribute("name") == "password"
        enter(visit, "a short walk", Keys.ENTER)
        assert visit.find("[role=alert]").text == "This is not the password."
        visit.press(Keys.TAB, Keys.TAB)
        enter(visit, PASSWORD, Keys.ENTER)
        assert visit.find("h1").text == "Kites"
        shown = visit.images()
        assert len(shown) == 3
        assert all(shown.values())

        visit.press(Keys.TAB, Keys.TAB)
        enter(visit, Keys.ENTER)
        assert visit.find("h1").text == "Kite 0"
        assert all(visit.images().values())
        assert visit.evaluate("document.referrer") == ""
        enter(visit, *[Keys.TAB] * 3, Keys.ENTER)
        assert visit.find("h1").text == "Kites"
        revoke(ShareLink.objects.all())
        visit.browser.refresh()
        assert visit.find(".status-code").text == "404"
    forgive(visit, 403)
    forgive(visit, 404)


def test_it_is_asked_for_again_when_the_browser_knows_another(visit, maker, album):
    share, secret = make_share(maker, album, password=PASSWORD)
    visit.open(f"/s/{secret}")
    visit.find("[name=password]").send_keys(PASSWORD)
    visit.follow("main button")
    (cookie,) = visit.browser.get_cookies()
    assert (cookie["path"], cookie["httpOnly"], cookie["sameSite"]) == (f"/s/{secret}", True, "Lax")
    assert "expiry" not in cookie
    ShareLink.objects.filter(pk=share.pk).update(password=make_password("another"))
    visit.open(f"/s/{secret}")
    assert visit.all("[name=password]")


def test_one_image(visit, maker, images, width):
    _, secret = make_share(maker, images[0])
    visit.open(f"/s/{secret}")
    assert visit.find("h1").text == "Kite 0"
    (address, shown), *others = visit.images().items()
    assert shown
    assert not others
    assert f"/s/{secret}/" in address
    assert visit.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visit.browser.get_cookies() == []


@pytest.mark.parametrize("rtl", [False, True], ids=["left to right", "right to left"])
def test_on_the_narrowest_phone_nothing_is_pushed_out(visit, maker, images, rtl, monkeypatch):
    if rtl:
        monkeypatch.setattr("django.templatetags.i18n.translation.get_language_bidi", lambda: True)
    brand(name="Photographs" * 5)
    Image.objects.update(title="Kite" * 50, description="Beach" * 300, copyright="©" * 200)
    many = [image.pk for image in images]
    links = [
        make_share(maker, images[0], may_download=True),
        make_share(maker, many, may_download=True),
        make_share(maker, create(maker, "Kite" * 40, description="Beach" * 300)),
        make_share(maker, many, password=PASSWORD),
    ]
    size = {"width": 320, "height": 600, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for _, secret in links:
            visit.open(f"/s/{secret}")
            assert visit.evaluate("document.documentElement.dir") == ("rtl" if rtl else "ltr")
            assert "Photographs" in visit.find(".brand").text
            assert visit.evaluate("document.documentElement.scrollWidth") <= 320, secret
    finally:
        visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_more_come_as_one_scrolls(visit, maker, album, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 2)
    _, secret = make_share(maker, album)
    visit.open(f"/s/{secret}")
    visit.wait_until("document.querySelectorAll('.cell').length === 3")
    assert not visit.all(".more [rel=next]")
    assert ShareLink.objects.get().visits == 1
