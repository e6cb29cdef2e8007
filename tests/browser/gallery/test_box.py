"""The search box: suggestions while one types, by keyboard, and what screen readers are told."""

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.accessibility import violations
from tests.factories import add_image

BOX = "document.querySelector('.search input')"
OPTIONS = "[...document.querySelectorAll('.suggestions [role=option]')].map(one => one.textContent)"
IS_OPEN = f"{BOX}.ariaExpanded === 'true'"
CHOSEN = f"document.getElementById({BOX}.getAttribute('aria-activedescendant'))?.textContent ?? null"

# Answers as a test says, in the place of the library's own; what was asked is in `asked`.
ANSWERS = """
window.asked = [];
window.answers = arguments[0];
window.fetch = (url, { signal } = {}) => {
  const query = new URL(url, location).searchParams;
  asked.push([query.get("search"), Number(query.get("at"))]);
  const body = JSON.stringify({ suggestions: answers[query.get("search")] ?? [] });
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    const answer = () => resolve(new Response(body));
    if (window.held) held.push(answer);
    else answer();
  });
};
"""


def suggestion(text: str, start: int, end: int, count: int | None = None) -> dict:
    return {"text": text, "label": text, "kind": "tag", "count": count, "start": start, "end": end}


TAGS = [suggestion("tag:coast", 0, 6, 1200), suggestion("tag:cove", 0, 6, 3)]


@pytest.fixture
def box(visit):
    add_image()
    visit.open("/")
    visit.browser.execute_script(
        ANSWERS,
        {
            "tag:co": TAGS,
            "ta": [suggestion("tag:", 0, 2), suggestion("taken:", 0, 2)],
            "tag:": [suggestion("tag:kite", 0, 4)],
            "👩 tag:co x": [suggestion("tag:coast", 2, 8)],
        },
    )
    return visit.find(".search input")


def test_suggestions_come_while_one_types_and_are_told(visit, box):
    assert visit.evaluate(f"[{BOX}.role, {BOX}.ariaExpanded, {BOX}.ariaAutoComplete]") == [
        "combobox",
        "false",
        "list",
    ]
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    assert visit.evaluate(OPTIONS) == ["tag:coast 1,200", "tag:cove 3"]
    assert visit.find(".combobox [role=status]").get_attribute("textContent") == "Suggestions: 2"
    assert visit.evaluate(CHOSEN) is None
    assert visit.evaluate(f"document.getElementById({BOX}.getAttribute('aria-controls')).role") == "listbox"
    assert visit.evaluate("asked.at(-1)") == ["tag:co", 6]


def test_arrows_choose_enter_takes_and_the_form_is_not_sent(visit, box):
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    for key, chosen in (
        (Keys.ARROW_DOWN, "tag:coast 1,200"),
        (Keys.ARROW_DOWN, "tag:cove 3"),
        (Keys.ARROW_DOWN, None),
        (Keys.ARROW_UP, "tag:cove 3"),
        (Keys.ARROW_UP, "tag:coast 1,200"),
    ):
        box.send_keys(key)
        assert visit.evaluate(CHOSEN) == chosen
    box.send_keys(Keys.ENTER)
    assert not visit.evaluate(IS_OPEN)
    assert visit.evaluate(f"{BOX}.value") == "tag:coast "
    assert visit.browser.current_url == visit.origin + "/"
    assert visit.evaluate(f"document.activeElement === {BOX}")


def test_a_field_that_was_taken_suggests_its_values_at_once(visit, box):
    box.send_keys("ta")
    visit.wait_until(IS_OPEN)
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    visit.wait_until(f"{OPTIONS}.join() === 'tag:kite'")
    assert visit.evaluate(f"{BOX}.value") == "tag:"


def test_escape_closes_and_leaves_the_words(visit, box):
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    box.send_keys(Keys.ESCAPE)
    assert not visit.evaluate(IS_OPEN)
    assert visit.evaluate(f"{BOX}.value") == "tag:co"
    box.send_keys(Keys.ARROW_DOWN)  # which asks again
    visit.wait_until(IS_OPEN)
    box.send_keys(Keys.TAB)
    assert not visit.evaluate(IS_OPEN)


def test_enter_searches_while_none_is_chosen(visit, box):
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    box.send_keys(Keys.ENTER)
    visit.wait_until("location.search.startsWith('?search=tag%3Aco')")


def test_a_click_takes(visit, box):
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    visit.all(".suggestions li")[1].click()
    assert visit.evaluate(f"{BOX}.value") == "tag:cove "
    assert visit.evaluate(f"document.activeElement === {BOX}")


def test_places_are_counted_in_characters_not_in_halves_of_them(visit, box):
    visit.browser.execute_script(
        f"const box = {BOX}; box.value = '👩 tag:co x'; box.focus(); box.setSelectionRange(9, 9);"
        "box.dispatchEvent(new Event('input'))"
    )
    visit.wait_until(IS_OPEN)
    assert visit.evaluate("asked.at(-1)") == ["👩 tag:co x", 8]
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert visit.evaluate(f"[{BOX}.value, {BOX}.selectionStart]") == ["👩 tag:coast x", 12]


def test_an_older_answer_does_not_replace_the_newer(visit, box):
    visit.browser.execute_script("window.held = []")
    box.send_keys("ta")
    visit.wait_until("asked.length === 1")
    box.send_keys("g:co")
    visit.wait_until("asked.at(-1)[0] === 'tag:co'")
    visit.browser.execute_script("held.pop()(); held.splice(0).forEach(answer => answer())")
    visit.wait_until(IS_OPEN)
    assert visit.evaluate(OPTIONS) == ["tag:coast 1,200", "tag:cove 3"]


def test_an_answer_that_does_not_come_is_given_up(visit, box):
    visit.browser.execute_script(
        "window.held = []; window.setTimeout = (act, pause) => { window.last = { act, pause }; return 1; }"
    )
    box.send_keys("tag:co")
    visit.browser.execute_script("last.act()")
    visit.wait_until("held.length === 1")
    assert visit.evaluate("last.pause") == 5000
    visit.browser.execute_script("last.act()")
    visit.browser.execute_script("held.pop()()")
    assert not visit.evaluate(IS_OPEN)


def test_typing_on_begins_a_new_word_and_the_address_has_no_blank_at_its_end(visit, box):
    visit.open("/?search=photo")
    box = visit.find(".search input")
    box.send_keys("sort:title")
    visit.follow(".search button")
    assert visit.browser.current_url == visit.origin + "/?search=photo+sort%3Atitle"
    visit.follow(".search button")
    assert visit.browser.current_url == visit.origin + "/?search=photo+sort%3Atitle"


def test_behind_what_is_not_understood_there_is_no_blank(visit, box):
    visit.open("/?search=(photo")
    assert visit.evaluate(f"{BOX}.value") == "(photo"


def test_axe_finds_nothing(visit, box):
    box.send_keys("tag:co")
    visit.wait_until(IS_OPEN)
    box.send_keys(Keys.ARROW_DOWN)
    assert violations(visit.browser) == []
