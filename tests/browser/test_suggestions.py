"""The lists of suggestions while they are open: whole, in the window, above all else, large enough to hit."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import set_tags
from images.models import Image, Tag
from tests.factories import add_image, make_image, make_user

NAMES = ("tide", "tower", "Tag " * 24, "t" * 100, "طائرة", "train", "tram", "tree", "trail", "twilight")

WINDOWS = {  # width, height, pixels of the screen for one of theirs
    "laptop": (1280, 900, 1),
    "laptop at 200 %": (640, 450, 2),
    "phone": (390, 844, 1),
    "small phone": (320, 568, 1),
}

# What is wrong with the one list that is open, in words. Every option is scrolled to before it is looked at.
WRONG = """
const list = document.querySelector(".suggestions:not([hidden])");
const field = list.parentElement.querySelector("input, textarea");
const { clientWidth, clientHeight, scrollWidth } = document.documentElement;
const wrong = [];
const check = (isRight, ...words) => { if (!isRight) wrong.push(words.join(" ")); };
const box = element => element.getBoundingClientRect();
const isWithin = (inner, outer) => inner.left >= outer.left - 0.5 && inner.right <= outer.right + 0.5
  && inner.top >= outer.top - 0.5 && inner.bottom <= outer.bottom + 0.5;
const said = rect => ["left", "top", "right", "bottom"].map(side => Math.round(rect[side])).join(" ");
const frame = { left: 0, top: 0, right: clientWidth, bottom: clientHeight };
const linesOf = element => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return [...range.getClientRects()];
};
const isOnTop = (element, { left, right, top, bottom }) => [left + 8, right - 8].every(
  x => [top + 8, bottom - 8].every(y => element.contains(document.elementFromPoint(x, y))));

check(scrollWidth <= clientWidth, "The page scrolls sideways:", scrollWidth, "of", clientWidth);
check(isWithin(box(list), frame), "The list is outside the window:", said(box(list)), "of", said(frame));
const [ours, theirs] = [list, document.body].map(element => getComputedStyle(element));
check(ours.font === theirs.font, "Its type is not the page's:", ours.font);
check(list.scrollWidth <= list.clientWidth, "The list scrolls sideways.");
check(box(list).top >= box(field).bottom || box(list).bottom <= box(field).top, "The list covers its field.");
check(isWithin(box(field), frame), "The field is outside the window:", said(box(field)), "of", said(frame));
for (const option of list.children) {
  const text = option.textContent.slice(0, 20);
  option.scrollIntoView({ block: "nearest" });
  const rect = box(option);
  check(isWithin(rect, box(list)), "Not within its list:", text);
  check(rect.height >= 43.9, "Too low:", text, rect.height);
  check(isOnTop(option, rect), "Covered:", text);
  check(linesOf(option).every(line => isWithin(line, rect)), "Its text is cut:", text);
  for (const figure of option.querySelectorAll(":scope > span")) {
    check(new Set(linesOf(figure).map(({ top }) => top)).size === 1, "Its figure is broken:", text);
  }
}
return wrong;
"""


@pytest.fixture
def image(visit, client) -> Image:
    """An image, of an editor who is signed in, with tags short and long, one of them counted in thousands."""
    editor = make_user("ed", "Editors")
    image = add_image(make_image(size=(300, 200)), title="Harbour", uploaded_by=editor)
    set_tags(image, list(NAMES))
    Tag.objects.filter(name=NAMES[2].strip()).update(public=1_234_567, all=1_234_567)
    visit.sign_in(client, editor)
    return image


def wrong_with(visit, field: str, typed: str) -> list[str]:
    """Return what is wrong with the list of this field, in every window and either direction."""
    wrong, called = [], visit.find(field).accessible_name
    for name, (width, height, ratio) in WINDOWS.items():
        size = {"width": width, "height": height, "deviceScaleFactor": ratio, "mobile": False}
        visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for direction in ("ltr", "rtl"):
            visit.browser.execute_script("document.documentElement.dir = arguments[0]", direction)
            visit.find(field).send_keys(typed)
            visit.wait_until("document.querySelector('.suggestions:not([hidden])')")
            words = visit.browser.execute_script(WRONG)
            if (now := visit.find(field).accessible_name) != called:
                words.append(f"Its field is called {now!r}.")
            wrong += [f"{field} on a {name}, {direction}: {sentence}" for sentence in words]
            visit.press(Keys.BACKSPACE * len(typed))
            visit.browser.execute_script("document.activeElement.blur()")  # so that it is scrolled to again
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    return wrong


@pytest.mark.drill
@pytest.mark.long
def test_open_lists_are_seen_whole(visit, image):
    """`places`: the page, what is clicked to get to the field, the field, what is typed."""
    places = (
        ("/", (), ".search input", "t"),
        ("/", (".sheet-open",), "dialog [name=tag]", "t"),
        ("/", (".pick input", ".folds summary"), ".selection [name=tags]", "t"),
        ("/search", (), ".search input", "t"),
        ("/search", (), ".sheet [name=tag]", "t"),
        (image.get_absolute_url(), (".edit summary", ".edit form summary"), "[name=tag_names]", "\nt"),
        ("/upload", (), "[name=tags]", "t"),
        ("/tags/tide", (".curate summary",), "[name=into]", "t"),
    )
    wrong = []
    for path, clicks, field, typed in places:
        visit.open(path)
        for selector in clicks:
            visit.find(selector).click()
        visit.wait_until(f"document.querySelector('{field}')")  # the sheet is fetched
        wrong += wrong_with(visit, field, typed)
        visit.browser.execute_script("document.querySelectorAll('form').forEach(form => form.reset())")
    assert not wrong, "\n".join(wrong)
