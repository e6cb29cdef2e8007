"""The gallery in a real Chromium: it goes on by itself, and many images are chosen and changed at once."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors as pagination
from images.models import Image
from tests.factories import add_image, make_image, make_user

COUNT = "document.querySelectorAll('.cell').length"
CHOSEN = "[...document.querySelectorAll('.pick input')].map(box => Number(box.checked)).join('')"


@pytest.fixture
def small_pages(monkeypatch):
    """Pages of three images, so that few images make many pages."""
    monkeypatch.setattr(pagination, "PAGE_SIZE", 3)


@pytest.fixture
def images(visit):
    """Ten images, the newest first, named A to J; C is private."""
    owner = make_user("clara", "Contributors")
    named = [
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
        for name in "JIHGFEDCBA"
    ]
    Image.objects.filter(title="C").update(visibility="private")
    return named[::-1]


@pytest.fixture
def signed_in(visit, client, images):
    visit.sign_in(client, images[0].uploaded_by)


def tick(visit, name: str) -> None:
    click(visit, f"[data-title='{name}'] + .pick input")


def click(visit, selector: str) -> None:
    """Click what may have to be scrolled to, for the bar of a selection would lie over it."""
    visit.browser.execute_script("arguments[0].scrollIntoView({ block: 'center' })", visit.find(selector))
    visit.find(selector).click()


def tab_to(visit, selector: str) -> None:
    """Press Tab once, and return when the focus is there."""
    visit.press(Keys.TAB)
    visit.wait_until(f'document.activeElement.matches("{selector}")')


def visibilities() -> dict[str, str]:
    return dict(Image.objects.values_list("title", "visibility"))


@pytest.mark.usefixtures("storage")
def test_every_image_loads(visit, images):
    visit.open("/")
    widths = visit.images()
    assert len(widths) == 9
    assert set(widths.values()) == {600}


def test_a_placeholder_lies_beneath_each_image(visit, images):
    visit.open("/")
    beneath = """[...document.querySelectorAll(".cell picture img")].map(image => {
      const placeholder = image.parentElement.nextElementSibling;
      const [there, here] = [placeholder, image].map(one => JSON.stringify(one.getBoundingClientRect()));
      image.scrollIntoView({ block: "center" });
      const { x, y, width, height } = image.getBoundingClientRect();
      const isOnTop = document.elementFromPoint(x + width / 2, y + height / 2) === image;
      return placeholder.naturalWidth > 0 && there === here && isOnTop;
    })"""
    assert visit.evaluate(beneath) == [True] * 9


def test_it_goes_on_by_itself_to_the_end(visit, images, small_pages):
    visit.open("/")
    visit.wait_until(f"{COUNT} === 9")
    visit.wait_until("document.querySelector('.announcer').textContent === 'These are all images.'")
    titles = [link.get_attribute("data-title") for link in visit.all(".cell a")]
    assert titles == list("ABDEFGHIJ")
    assert not visit.all("[rel=next]")
    assert visit.browser.current_url == visit.origin + "/"


def test_going_on_waits_until_the_end_is_near(visit, images, small_pages):
    visit.browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 300, "height": 100, "deviceScaleFactor": 1, "mobile": False},
    )
    Image.objects.update(width=20, height=60)
    visit.open("/?ordering=created_at")
    visit.wait_until(f"{COUNT} > 3")
    for _ in range(3):
        visit.browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    visit.wait_until(f"{COUNT} === 9")
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_without_javascript_a_link_goes_on(visit, images, small_pages):
    with visit.without_javascript():
        visit.open("/")
        seen = []
        while True:
            seen += [link.get_attribute("data-title") for link in visit.all(".cell a")]
            if not visit.all("[rel=next]"):
                break
            visit.browser.get(visit.find("[rel=next]").get_attribute("href"))
    assert seen == list("ABDEFGHIJ")


def test_a_page_that_does_not_come_leaves_the_link(visit, images, small_pages):
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*cursor=*"]})
    visit.open("/")
    visit.wait_until("performance.getEntriesByType('resource').some(one => one.name.includes('cursor='))")
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    visit.find("[rel=next]").click()
    visit.wait_until(f"{COUNT} === 6")
    assert visit.evaluate("document.activeElement.dataset.title") == "E"
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_a_search_finds_what_it_says_in_its_order(visit, images):
    visit.open("/")
    visit.find("[name=search]").send_keys("photo sort:-title")
    visit.follow(".search button")
    assert [link.get_attribute("data-title") for link in visit.all(".cell a")] == list("JIHGFEDBA")
    visit.find("[name=search]").send_keys(" zeppelin")
    visit.follow(".search button")
    assert "Nothing matches" in visit.find(".empty").text


def test_visitors_choose_nothing(visit, images):
    visit.open("/")
    assert not visit.all(".pick")


def test_nothing_moves_when_the_first_image_is_chosen(visit, images, signed_in):
    visit.open("/")
    places = "[...document.querySelectorAll('.cell')].map(cell => cell.getBoundingClientRect().y).join()"
    before = visit.evaluate(places)
    assert not visit.find(".selection").is_displayed()
    tick(visit, "A")
    assert visit.find(".selection").is_displayed()
    assert visit.find(".selected").text == "Selected: 1"
    assert visit.evaluate(places) == before


def test_shift_chooses_a_range_and_takes_it_back(visit, images, signed_in):
    visit.open("/")
    tick(visit, "B")
    ActionChains(visit.browser).key_down(Keys.SHIFT).perform()
    tick(visit, "E")
    assert visit.evaluate(CHOSEN) == "0111100000"
    assert visit.find(".selected").text == "Selected: 4"
    tick(visit, "C")  # unchecks C, and from E back to it all
    ActionChains(visit.browser).key_up(Keys.SHIFT).perform()
    assert visit.evaluate(CHOSEN) == "0100000000"


def test_a_box_counts_whatever_key_is_held(visit, images, signed_in):
    visit.open("/")
    ActionChains(visit.browser).key_down(Keys.CONTROL).perform()
    tick(visit, "B")
    ActionChains(visit.browser).key_up(Keys.CONTROL).perform()
    assert visit.evaluate(CHOSEN) == "0100000000"
    assert visit.find(".selected").text == "Selected: 1"


def test_once_one_is_chosen_a_click_on_an_image_chooses_it(visit, images, signed_in):
    visit.open("/")
    tick(visit, "A")
    click(visit, "[data-title='D']")
    assert visit.evaluate(CHOSEN) == "1001000000"
    assert not visit.all("dialog[open]")
    visit.find("[type=reset]").click()
    assert visit.evaluate(CHOSEN) == "0000000000"
    click(visit, "[data-title='D']")
    assert visit.all("dialog[open]")


def test_the_keyboard_alone_chooses(visit, images, signed_in):
    """Each key waits for what the one before did, so that a failure names the step."""
    visit.open("/")
    visit.browser.execute_script("document.querySelector('.cell a').focus()")
    tab_to(visit, "[data-title='A'] + .pick input")
    visit.press(Keys.SPACE)
    visit.wait_until(f"{CHOSEN} === '1000000000'")
    for name in "BC":
        tab_to(visit, f"[data-title='{name}']")
        tab_to(visit, f"[data-title='{name}'] + .pick input")
    ActionChains(visit.browser).key_down(Keys.SHIFT).send_keys(Keys.SPACE).key_up(Keys.SHIFT).perform()
    visit.wait_until(f"{CHOSEN} === '1110000000'")
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"{CHOSEN} === '0000000000'")


def test_what_is_drawn_over_from_a_checkbox_is_chosen(visit, images, signed_in):
    visit.open("/")
    box, picture = visit.find("[data-title='B'] + .pick"), visit.find("[data-title='C'] img")
    ActionChains(visit.browser).move_to_element(box).click_and_hold().move_to_element(
        picture
    ).release().perform()
    visit.wait_until(f"{CHOSEN} === '0110000000'")
    assert visit.find(".selected").text == "Selected: 2"
    tick(visit, "A")  # the next click is one
    assert visit.evaluate(CHOSEN) == "1110000000"


def test_enter_leads_from_a_checkbox_to_what_can_be_done_and_tab_to_all_of_it(visit, images, signed_in):
    visit.open("/")
    visit.browser.execute_script("document.querySelector('.cell a').focus()")
    tab_to(visit, "[data-title='A'] + .pick input")
    visit.press(Keys.SPACE)
    visit.press(Keys.ENTER)
    visit.wait_until("document.activeElement.matches('.selected')")
    visit.press(Keys.TAB)
    visit.wait_until("document.activeElement.closest('.selection') !== null")
    before = "arguments[0].compareDocumentPosition(arguments[1]) & Node.DOCUMENT_POSITION_FOLLOWING"
    bar, cells = visit.find(".selection"), visit.find(".cells")
    assert visit.browser.execute_script(f"return {before}", bar, cells)
    below = "arguments[0].getBoundingClientRect().bottom > innerHeight - 40"
    assert visit.browser.execute_script(f"return {below}", bar)


def test_all_that_match_are_chosen_beyond_the_page(visit, images, signed_in, monkeypatch):
    monkeypatch.setattr(pagination, "PAGE_SIZE", 4)
    visit.open("/")
    tick(visit, "A")
    visit.find("[name=every]").click()
    assert visit.find(".selected").text == "Selected: 10"
    visit.follow_in_fold(".selection [value=hide]")
    assert set(visibilities().values()) == {"private"}
    assert "10 images are private now." in visit.find(".messages").text


@pytest.mark.parametrize("scripted", [True, False])
def test_many_are_hidden_and_published(visit, images, signed_in, scripted):
    if scripted:
        _hide_and_publish(visit)
    else:
        with visit.without_javascript():
            _hide_and_publish(visit)


def _hide_and_publish(visit):
    visit.open("/")
    tick(visit, "A")
    tick(visit, "B")
    visit.follow_in_fold(".selection [value=hide]")
    assert "2 images are private now." in visit.find(".messages").text
    assert {name for name, visibility in visibilities().items() if visibility == "private"} == set("ABC")
    for box in visit.all(".pick :checked"):  # they stay so where a script runs
        box.click()
    tick(visit, "C")
    visit.find(".folds details:has([value=publish]) summary").click()
    assert "Browsers and caches keep copies" in visit.find(".selection").text
    visit.follow(".selection [value=publish]")
    assert "1 image is public now." in visit.find(".messages").text
    assert visibilities()["C"] == "public"


@pytest.mark.parametrize("scripted", [True, False])
def test_many_go_to_the_trash_and_come_back(visit, images, signed_in, scripted):
    if scripted:
        _trash_and_undo(visit)
    else:
        with visit.without_javascript():
            _trash_and_undo(visit)


def _trash_and_undo(visit):
    visit.open("/?search=photo")
    tick(visit, "A")
    tick(visit, "C")
    visit.follow(".selection [value=trash]")
    assert visit.browser.current_url == visit.origin + "/?search=photo"
    assert len(visit.all(".cell")) == 8
    assert Image.objects.exclude(deleted_at=None).count() == 2
    visit.follow(".messages button")
    assert "2 images are back in the library." in visit.find(".messages").text
    assert len(visit.all(".cell")) == 10


def test_those_that_arrived_later_are_chosen_too(visit, images, signed_in, small_pages):
    visit.open("/")
    visit.browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    visit.wait_until(f"{COUNT} === 10")
    tick(visit, "A")
    visit.browser.execute_script("scrollTo(0, document.body.scrollHeight)")
    ActionChains(visit.browser).key_down(Keys.SHIFT).perform()
    tick(visit, "J")
    ActionChains(visit.browser).key_up(Keys.SHIFT).perform()
    visit.follow_in_fold(".selection [value=hide]")
    assert set(visibilities().values()) == {"private"}


def test_pictures_that_did_not_come_are_asked_for_again_a_few_times(visit):
    """As `busy` has them do, whichever way they were refused, before the script was there or later."""
    add_image(make_image(size=(600, 400)))
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*.webp", "*.jpg"]})
    visit.open("/")
    picture = "document.querySelector('.cell img')"
    visit.wait_until(f"{picture}.complete && !{picture}.naturalWidth")
    pauses = visit.browser.execute_async_script(
        """
        const done = arguments[0], pauses = [];
        const another = document.querySelector(".cell").cloneNode(true);
        window.setTimeout = (act, pause) => {
          pauses.push(pause);
          queueMicrotask(act);
          if (pauses.length === 5) requestAnimationFrame(() => requestAnimationFrame(() => done(pauses)));
        };
        document.querySelector(".grid").append(another);
        """
    )
    assert len(pauses) == 5
    assert all(5000 <= pause <= 10_000 for pause in pauses)
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    visit.browser.execute_script(f"{picture}.dispatchEvent(new Event('error'))")
    visit.wait_until(f"{picture}.naturalWidth > 0")
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]
