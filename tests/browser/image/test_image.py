"""The page of one image in a real Chromium: words edited in place, visibility, copying, trash and undo."""

from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.catalogue.tags import set_tags, tag_names
from images.models import Image
from images.pages.pictures import address
from tests.browser.accessibility import violations
from tests.browser.visit import PAUSE, Visit
from tests.factories import add_image, make_image, make_user


@pytest.fixture
def image(visit):
    return add_image(
        make_image(size=(600, 400)),
        filename="kite.jpg",
        title="Kite",
        uploaded_by=make_user("clara", "Contributors"),
    )


@pytest.fixture
def page(visit, client, image) -> Visit:
    """The page of `image`, as its uploader sees it."""
    visit.sign_in(client, image.uploaded_by)
    visit.open(image.get_absolute_url())
    return visit


def rewrite(page, name: str, value: str) -> None:
    field = page.find(f".edit [name={name}]")
    field.clear()
    field.send_keys(value)


def row(image) -> Image:
    return Image.objects.get(pk=image.pk)


def test_a_visitor_sees_the_image_and_no_way_to_change_it(visit, image):
    visit.open(image.get_absolute_url())
    assert list(visit.images().values()) == [600]
    assert not visit.all("main form, .edit")


def test_the_picture_has_its_place_before_it_arrives(visit, image):
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/file", "*/iiif/*"]})
    visit.open(image.get_absolute_url())
    assert visit.evaluate("document.querySelector('.stage img').offsetHeight") == 400
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_the_words_are_edited_in_place_and_saved_without_leaving(page, image):
    page.browser.execute_script("window.isHere = true")
    page.find(".edit summary").click()
    assert not page.find(".alt-text").is_displayed()
    page.wait_until("document.activeElement.name === 'title'")
    rewrite(page, "title", "Red kite")
    rewrite(page, "alt_text", "A red kite over a beach.")
    rewrite(page, "description", "Taken at dusk.")
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('.saved').textContent === 'Saved.'")
    assert page.find("h1").text == "Red kite"
    assert "Taken at dusk." in page.find(".shown").text
    assert "A red kite over a beach." in page.find(".shown").text
    assert page.find(".stage img").get_attribute("alt") == "A red kite over a beach."
    assert "A red kite over a beach." in page.find("#embed-original-html").get_attribute("value")
    assert page.browser.title == "Red kite · imagelib"
    assert page.evaluate("document.activeElement.matches('.edit summary')")
    assert page.evaluate("window.isHere")
    assert row(image).title == "Red kite"


def test_moments_are_said_in_the_persons_zone_and_a_photographs_time_stays(page, image):
    taken = datetime(2026, 7, 31, 20, 30, tzinfo=UTC)
    Image.objects.update(created_at=taken, taken_at=taken, taken_offset=-60, taken_day=taken.date())
    page.browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    page.open(image.get_absolute_url())
    times = [time.text for time in page.all(".facts time")]
    assert [time.replace("\u202f", " ") for time in times] == [
        "Jul 31, 2026, 7:30 PM",
        "Aug 1, 2026, 2:00 AM GMT+5:30",
    ]
    page.find(".edit summary").click()
    page.wait_until("document.activeElement.name === 'title'")
    page.press(Keys.ENTER)
    page.wait_until("document.querySelector('.saved').textContent === 'Saved.'")
    assert [time.text for time in page.all(".facts time")] == times
    page.browser.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_a_form_that_nobody_touched_is_left_without_a_question(page, image):
    """A browser writes times and ends of lines in its own way."""
    Image.objects.update(
        description="Two\r\nlines",
        decorative=True,
        taken_at=datetime(2026, 7, 31, 20, 30, tzinfo=UTC),
        taken_offset=-60,
    )
    set_tags(image, ["kite", "red"])
    page.open(image.get_absolute_url())
    page.find(".edit summary").click()
    assert page.find("[name=taken]").get_attribute("value") == "2026-07-31T19:30"
    asks = "return !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert not page.browser.execute_script(asks)
    page.find("[name=decorative]").click()
    assert page.browser.execute_script(asks)
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('.saved').textContent === 'Saved.'")
    assert not row(image).decorative
    assert page.find(".stage img").get_attribute("alt") == "Kite"


def test_what_is_folded_away_is_opened_where_it_is_refused(page, image):
    page.find(".edit summary").click()
    page.find(".edit form summary").click()
    rewrite(page, "licence", "all mine")
    page.find(".edit .fields button").click()
    page.wait_until("document.activeElement.ariaInvalid === 'true'")
    assert page.evaluate("document.activeElement.name") == "licence"
    assert page.find(".edit .errorlist").is_displayed()
    rewrite(page, "licence", "CC-BY-4.0")
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('[rel=license]')")
    page.listen()
    page.complaints = [text for text in page.complaints if "400 (Bad Request)" not in text]  # asked for


def test_it_is_edited_twice_in_a_row(page, image):
    for title in ("Red kite", "Blue kite"):
        page.find(".edit summary").click()
        rewrite(page, "title", title)
        page.press(Keys.ENTER)
        page.wait_until(f"document.querySelector('h1').textContent === '{title}'")
        assert row(image).title == title


def test_tags_are_suggested_line_by_line_after_each_saving(page, image):
    set_tags(add_image(make_image(seed=1)), ["Coast", "night train"])
    is_open = "!document.querySelector('.edit .suggestions').hidden"
    for typed, all_tags in (("coa", ["Coast"]), ("\nnight tr", ["Coast", "night train"])):
        page.find(".edit summary").click()
        page.find(".edit form details summary").click()
        field = page.find(".edit [name=tag_names]")
        field.send_keys(typed)
        page.wait_until(is_open)
        field.send_keys(Keys.ARROW_DOWN)
        assert violations(page.browser) == []
        field.send_keys(Keys.ENTER)
        assert field.get_attribute("value") == "".join(f"{name}\n" for name in all_tags)
        assert not page.evaluate(is_open)
        field.send_keys(Keys.ARROW_UP)  # leads to the line above
        assert page.evaluate("document.activeElement.selectionStart < document.activeElement.value.length")
        page.find(".edit .actions button").click()
        page.wait_until("!document.querySelector('.edit[open]')")
        assert tag_names(row(image)) == all_tags


def test_what_another_changed_meanwhile_is_shown_and_not_overwritten_unseen(page, image):
    Image.objects.update(title="Their kite", description="Two\nlines,\r\nas they were sent.")
    page.find(".edit summary").click()
    rewrite(page, "title", "My kite")
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('.edit .errorlist:not([hidden])')")
    assert "Their kite" in page.find(".edit .errorlist").text
    assert page.find(".edit [name=title]").get_attribute("value") == "My kite"
    assert page.find(".edit [name=description]").get_attribute("value").startswith("Two\nlines")
    assert page.evaluate("document.activeElement.name") == "title"
    assert row(image).title == "Their kite"
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('.saved').textContent === 'Saved.'")
    assert row(image).title == "My kite"
    assert row(image).description == "Two\nlines,\nas they were sent."
    page.listen()
    page.complaints = [text for text in page.complaints if "400 (Bad Request)" not in text]  # asked for


def test_what_the_library_refuses_stays_and_is_explained(page, image):
    page.find(".edit summary").click()
    page.browser.execute_script("document.querySelector('.edit [name=title]').removeAttribute('maxlength')")
    rewrite(page, "title", "x" * 201)
    rewrite(page, "description", "Not lost.")
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('.edit .errorlist:not([hidden])')")
    assert "at most 200 characters" in page.find(".edit").text
    assert page.find(".edit [name=title]").get_attribute("value") == "x" * 201
    assert page.find(".edit [name=description]").get_attribute("value") == "Not lost."
    assert page.evaluate("document.activeElement.name") == "title"
    assert row(image).title == "Kite"
    rewrite(page, "title", "Short")
    page.find(".edit .fields button").click()
    page.wait_until("document.querySelector('h1').textContent === 'Short'")
    assert row(image).description == "Not lost."
    page.listen()
    page.complaints = [text for text in page.complaints if "400 (Bad Request)" not in text]  # asked for


@pytest.mark.parametrize("failure", ["offline", "signed out"])
def test_nothing_is_lost_when_saving_fails(page, image, failure):
    page.find(".edit summary").click()
    rewrite(page, "title", "Red kite")
    if failure == "offline":
        page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/images/*"]})
    else:
        page.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    page.find(".edit .fields button").click()
    page.wait_until("!document.querySelector('.failure').hidden")
    assert "Your words are still here" in page.find(".failure").text
    assert page.find(".edit [name=title]").get_attribute("value") == "Red kite"
    assert row(image).title == "Kite"
    page.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.find(".edit summary").click()  # gives the words up, and with them the question before leaving
    page.listen()
    expected = ("ERR_BLOCKED_BY", "403 (Forbidden)")
    page.complaints = [text for text in page.complaints if not any(part in text for part in expected)]


def test_leaving_with_unsaved_words_asks_first(page, image):
    page.find(".edit summary").click()
    rewrite(page, "title", "Red kite")
    leaves = (
        "(() => { const event = new Event('beforeunload', { cancelable: true });"
        " dispatchEvent(event); return !event.defaultPrevented; })()"
    )
    assert not page.evaluate(leaves)
    page.find(".edit summary").click()
    assert page.find(".alt-text").is_displayed()
    assert page.evaluate(leaves)


def hide_publish_trash_and_undo(page, image):
    assert "Browsers and caches keep copies" in page.find("#publishing").text
    page.follow(".visibility [value=hide]")
    assert row(image).visibility == "private"
    assert all(page.images().values())
    page.follow(".visibility [value=publish]")
    assert row(image).visibility == "public"
    assert "Browsers and caches keep copies" in page.find(".messages").text
    page.follow("button.danger")
    assert row(image).deleted_at
    assert page.browser.current_url == page.origin + "/"
    page.follow(".messages button")
    assert not row(image).deleted_at
    page.follow(".messages a")
    assert page.find("h1").text == "Kite"
    assert all(page.images().values())


def test_hide_publish_trash_and_undo(page, image):
    hide_publish_trash_and_undo(page, image)


def test_without_javascript_everything_is_there_but_the_copy_buttons(page, image):
    with page.without_javascript():
        page.open(image.get_absolute_url())
        assert not page.find("[data-copies]").is_displayed()
        page.find(".edit summary").click()
        assert not page.find(".alt-text").is_displayed()
        rewrite(page, "title", "Red kite")
        page.follow(".edit .fields button")
        assert "Saved." in page.find(".messages").text
        assert page.find("h1").text == "Red kite"
        page.find(".edit summary").click()
        rewrite(page, "title", "Kite")
        page.follow(".edit .fields button")
        hide_publish_trash_and_undo(page, image)


def captioned(img: str) -> str:
    return f"<figure>{img}<figcaption>Kite</figcaption></figure>"


@pytest.mark.parametrize("secure", [True, False])
def test_copying(page, image, secure):
    page.browser.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    clipboard = "navigator.clipboard.readText().then(arguments[0])"
    if not secure:
        page.browser.execute_script(
            "window.kept = navigator.clipboard;"
            "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
        )
        clipboard = "window.kept.readText().then(arguments[0])"
    url = f"{page.origin}{image.get_file_url()}"
    small, full = (f"{page.origin}{address(image, size)}" for size in ((320, 213), (600, 400)))
    srcset = f'srcset="{small} 320w, {full} 600w" sizes="(max-width: 320px) 100vw, 320px"'
    for name, text in (
        ("link", url),
        ("1-link", small),
        ("1-html", captioned(f'<img src="{small}" {srcset} width="320" height="213" alt="">')),
        ("1-markdown", f"![]({small})\n\nKite"),
        ("original-html", captioned(f'<img src="{url}" width="600" height="400" alt="">')),
        ("original-markdown", f"![]({url})\n\nKite"),
    ):
        button = page.find(f"[data-copies=embed-{name}]")
        if not button.is_displayed():
            page.find(f"details:has([data-copies=embed-{name}]) summary").click()
        button.click()
        page.wait_until(f"document.querySelector('[data-copies=embed-{name}]').textContent === 'Copied'")
        assert page.evaluate("document.querySelector('.announcer').textContent") == "Copied"
        assert page.browser.execute_async_script(clipboard) == text


def test_one_size_at_a_time_is_open_without_any_script(page, image):
    opened = "details[name=size][open] summary"
    with page.without_javascript():
        page.open(image.get_absolute_url())
        assert [summary.text for summary in page.all(opened)] == ["600 × 400"]  # noqa: RUF001 as people write
        for summary in page.all("details[name=size] summary"):
            summary.click()
        assert [summary.text for summary in page.all(opened)] == ["Original, 600 × 400"]  # noqa: RUF001


def test_arrow_keys_lead_to_newer_and_older_unless_one_is_writing(page, image):
    newer = add_image(make_image(seed=1), title="Newer")
    page.open(image.get_absolute_url())
    body = page.find("body")
    body.send_keys(Keys.ARROW_LEFT)
    page.wait_until("document.querySelector('h1').textContent === 'Newer'")
    assert page.browser.current_url == page.origin + newer.get_absolute_url()
    page.find("body").send_keys(Keys.ARROW_RIGHT)
    page.wait_until("document.querySelector('h1').textContent === 'Kite'")
    page.find(".edit summary").click()
    page.find(".edit [name=title]").send_keys(Keys.ARROW_LEFT)
    assert page.browser.current_url == page.origin + image.get_absolute_url()


def test_the_original_is_downloaded(page, image, tmp_path):
    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior",
        {"behavior": "allow", "downloadPath": str(tmp_path), "eventsEnabled": True},
    )
    page.find("[download]").click()
    file = tmp_path / "kite.jpg"
    WebDriverWait(page.browser, 20, PAUSE).until(
        lambda _: file.exists() and file.stat().st_size == image.size
    )
    assert file.read_bytes() == image.read()


@pytest.mark.parametrize("frames", [1, 3], ids=["a picture", "an animation"])
def test_a_click_on_the_picture_opens_it_in_place(visit, frames):
    image = add_image(make_image("GIF", (300, 200), frames=frames), title="Kite", filename="kite.gif")
    visit.open(image.get_absolute_url())
    for way in ("click", Keys.ENTER):
        if way == "click":
            visit.find(".stage > a").click()
        else:
            visit.find(".stage > a").send_keys(way)
        visit.wait_until("document.querySelector('.large').open")
        visit.wait_until("document.querySelector('.large img').complete")
        assert visit.evaluate("document.querySelector('.large img').naturalWidth") == 300
        assert violations(visit.browser) == []
        visit.press(Keys.ESCAPE)
        visit.wait_until("!document.querySelector('.large').open")
        assert visit.evaluate("document.activeElement.matches('.stage > a')")
    visit.find(".stage > a").click()
    visit.find(".large .viewer-close").click()
    visit.wait_until("!document.querySelector('.large').open")
    assert visit.browser.current_url == visit.origin + image.get_absolute_url()


def test_without_javascript_the_picture_leads_to_the_file(visit):
    image = add_image(make_image(size=(300, 200)))
    with visit.without_javascript():
        visit.open(image.get_absolute_url())
        visit.follow(".stage > a")
    assert visit.browser.current_url == visit.origin + image.get_file_url()
