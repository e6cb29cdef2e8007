"""Nothing shifts, nothing is pushed out, everything can be hit: at every width, in either direction."""

import pytest

from images.catalogue import cursors
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.catalogue.sharing import make_share, shares_of
from images.catalogue.tags import set_tags
from images.catalogue.trash import trash
from images.models import Image
from tests.factories import add_image, make_image, make_user

SHAPES = ((300, 200), (200, 300), (240, 240), (800, 90), (60, 400), (16, 9))
ARABIC = "طائرة ورقية حمراء فوق الشاطئ"

MOVED = """
const done = arguments[0];
const moved = [];
new PerformanceObserver(list => {
  for (const { sources } of list.getEntries()) {
    for (const { node, previousRect, currentRect } of sources) {
      moved.push([node?.outerHTML?.slice(0, 100), JSON.stringify(previousRect), JSON.stringify(currentRect)]);
    }
  }
}).observe({ type: "layout-shift", buffered: true });
requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
"""

# What of a list's rows is elsewhere while what comes after it is on its way: it is taken away, from the end.
PUSHED = """
const parts = [...document.querySelectorAll("main :is(.rows, .led) :is(img, button, a.button)")];
const place = part => (({ left, top }) => `${left.toFixed()},${top.toFixed()}`)(part.getBoundingClientRect());
const places = new Map(parts.map(part => [part, place(part)]));
const rest = document.createRange();
return parts.reverse().map(part => {
  rest.setStartAfter(part);
  rest.setEnd(document.body, document.body.childNodes.length);
  rest.deleteContents();
  return [part.outerHTML.slice(0, 100), places.get(part), place(part)];
}).filter(([, whole, cut]) => whole !== cut);
"""

# What can be clicked, less than 44 pixels high or 20 wide. Links within a sentence may be (WCAG 2.2, 2.5.8).
SMALL_TARGETS = """
return [...document.querySelectorAll("a, button, input, select, textarea, summary, label:has(input)")]
  .filter(element => element.checkVisibility() && !element.closest("label:has(input) > :not(label)"))
  .filter(element => !element.matches(".skip, [type=hidden], p:not(.actions, .more) > a"))
  .map(element => [element.outerHTML.slice(0, 100), element.getBoundingClientRect()])
  .filter(([, { width, height }]) => height < 43.9 || width < 20)
  .map(([html, { width, height }]) => `${html} ${width}x${height}`);
"""


@pytest.fixture
def images(visit):
    """Images of many shapes; one with a very long title without a space, one in Arabic, one private."""
    owner = make_user("clara", "Contributors")
    images = [
        add_image(make_image(size=size, seed=seed), title=f"Kite {seed}", uploaded_by=owner)
        for seed, size in enumerate(SHAPES)
    ]
    long, arabic, private = images[:3]
    Image.objects.filter(pk=long.pk).update(
        title="Kite" * 50, description="Beach" * 500, alt_text="Sea" * 200
    )
    Image.objects.filter(pk=arabic.pk).update(title=ARABIC, description=ARABIC)
    Image.objects.filter(pk=private.pk).update(visibility="private")
    set_tags(long, ["Kite", "x" * 100])
    for title in ("Kites", "Kite" * 50, ARABIC):
        file(owner, create(owner, title, description=title), [image.pk for image in images])
    create(owner, "Nothing yet")
    for seed, title in enumerate(("Kite" * 50, ARABIC, "Kite")):
        trash(add_image(make_image(size=SHAPES[seed], seed=90 + seed), title=title, uploaded_by=owner))
    return images


def shared_pages(images: list[Image]) -> list[str]:
    """Return what visitors of share links see: a grid, one image, and the question for a password."""
    maker, many = images[0].uploaded_by, [image.pk for image in images]
    _, one = make_share(maker, images[0], may_download=True)
    _, grid = make_share(maker, many, may_download=True)
    _, locked = make_share(maker, many, password="a walk")
    return [f"/s/{one}", f"/s/{grid}", f"/s/{locked}"]


@pytest.fixture
def pages(visit, client, images) -> list[str]:
    owner = images[0].uploaded_by
    for of in (images[0], owner.albums.get(title=ARABIC), [images[0].pk], "kite" * 100):
        make_share(owner, of, note="Kite" * 50)
    visit.sign_in(client, owner)
    return [
        "/",
        *(image.get_absolute_url() for image in images[:3]),
        "/?ordering=-taken_at",
        "/albums",
        "/albums/kites",
        f"/albums/{'kite' * 50}?arrange=1",
        "/tags",
        "/tags/kite",
        "/search",
        "/words",
        "/?search=kite+colour:red",
        "/upload",
        "/selection?uploaded_after=2020-01-01",
        "/trash",
        "/account",
        "/shares",
        *(f"/shares/{share.pk}" for share in shares_of(owner)),
        f"/shares/new?image={images[0].pk}",
        "/accounts/password",
        "/accounts/email",
        *shared_pages(images),
        "/nowhere",
    ]


SELDOM = [pytest.mark.drill, pytest.mark.long]


@pytest.fixture(params=[390, 1280, *(pytest.param(width, marks=SELDOM) for width in (360, 768, 2560))])
def width(request, visit):
    size = {"width": request.param, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield request.param
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def forgive(visit) -> None:
    """Drop the complaint about the page that is not there."""
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 404" not in text]


def open_folds(visit) -> None:
    for fold in visit.all(".edit form details:not([open]) summary"):
        fold.click()


def test_every_page_keeps_to_the_rules(visit, pages, width):
    """Nothing shifts while it arrives, nothing is pushed out, every target is large enough, folded or open;
    and each is as wide as the others and its header as high: else all of it moves from page to page.
    """
    widths, heights = {}, {}
    for page in pages:
        visit.open(page)
        if page != "/upload":  # its script opens the drop zone
            assert visit.browser.execute_async_script(MOVED) == [], page
        widths[page] = visit.evaluate("document.body.getBoundingClientRect().width")
        if not page.startswith("/s/"):  # whose header has the name alone, and from where nothing leads here
            heights[page] = visit.evaluate("document.querySelector('.site-header').offsetHeight")
        if page == "/":
            visit.find(".pick input").click()
        nothing_is_cut_or_small(visit, page)
        for summary in visit.all(":is(.edit, .curate, .own details) > summary"):
            summary.click()
            open_folds(visit)
            nothing_is_cut_or_small(visit, page)
            summary.click()
    forgive(visit)
    assert len(set(widths.values())) == 1, widths
    assert len(set(heights.values())) == 1, heights


def test_rows_stay_where_they_are_while_a_slow_page_arrives(visit, pages, width):
    """The browser draws what has arrived; the rule above sees it where a page happens to come in parts."""
    for page in pages:
        if page.startswith(("/shares", "/albums", "/tags", "/account")):
            visit.open(page)
            assert visit.browser.execute_script(PUSHED) == [], page


def nothing_is_cut_or_small(visit, page: str) -> None:
    assert visit.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page
    assert visit.browser.execute_script(SMALL_TARGETS) == [], page


def test_the_viewer_keeps_to_the_window(visit, images, width):
    visit.open("/")
    for link in visit.all(".cell a"):
        visit.browser.execute_script("arguments[0].click()", link)
        visit.wait_until("document.querySelector('.viewer-stage img').complete")
        assert visit.evaluate("document.querySelector('.viewer').scrollWidth") <= width
        assert visit.evaluate("document.querySelector('.viewer').scrollHeight") <= 900
        visit.find(".viewer-close").click()
        visit.wait_until("location.pathname === '/'")


def test_words_run_in_their_own_direction(visit, pages):
    visit.open(pages[2])
    for selector in ("h1", ".description"):
        assert visit.evaluate(f"getComputedStyle(document.querySelector('{selector}')).direction") == "rtl"
    assert visit.evaluate("getComputedStyle(document.querySelector('.facts')).direction") == "ltr"
    visit.find(".edit summary").click()
    assert visit.evaluate("getComputedStyle(document.querySelector('[name=title]')).direction") == "rtl"
    visit.find(".edit summary").click()


def test_the_focus_is_seen(visit, pages):
    visit.open("/")
    for selector in (".brand", ".search input", ".search button", ".cell a", ".pick input"):
        outline = visit.browser.execute_script(
            "const element = document.querySelector(arguments[0]); element.focus({ focusVisible: true });"
            "return getComputedStyle(element).outlineWidth",
            selector,
        )
        assert outline == "3px", selector


@pytest.fixture
def phone(visit):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield 844
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_a_phone_shows_images_and_not_what_is_around_them(visit, pages, phone, monkeypatch):
    """Header and search take less than a quarter of the first screen, and so does the bar of a selection."""
    for page in ("/", "/?search=kite"):
        visit.open(page)
        assert visit.evaluate("document.querySelector('.cell').getBoundingClientRect().top") < 0.23 * phone
    monkeypatch.setattr(cursors, "PAGE_SIZE", 4)  # so that the bar offers all that match, too
    for page in ("/", "/albums/kites"):
        visit.open(page)
        visit.find(".pick input").click()
        assert visit.find(".every").is_displayed()
        assert visit.evaluate("document.querySelector('.selection').offsetHeight") < 0.22 * phone, page
        nothing_is_cut_or_small(visit, page)
        visit.find(".every").click()
        assert visit.evaluate("document.querySelector('.selection').offsetHeight") < 0.22 * phone, page


def test_on_a_phone_what_leads_on_from_an_album_takes_two_rows(visit, pages, phone):
    visit.open("/albums/kites")
    assert visit.evaluate("document.querySelector('main > .actions').offsetHeight") < 3 * 44


def test_the_folds_of_a_selection_stay_in_one_row(visit, pages, width):
    """What one of them holds is below the row; on a phone it leaves a third of the images."""
    visit.open("/")
    visit.find(".pick input").click()
    for fold in visit.all(".folds summary"):
        fold.click()
        assert len({round(summary.rect["y"]) for summary in visit.all(".folds summary")}) == 1
        assert visit.find(".folds [open] :is(input, button)").rect["y"] > fold.rect["y"] + fold.rect["height"]
        assert visit.evaluate("document.querySelector('.selection').offsetHeight") < 0.67 * 900
        nothing_is_cut_or_small(visit, "/")
        fold.click()


def test_what_is_done_to_an_image_lies_beside_its_picture(visit, images, client, phone):
    visit.sign_in(client, images[0].uploaded_by)
    for image in images[:3]:
        visit.open(image.get_absolute_url())
        below = visit.evaluate("document.querySelector('.stage').getBoundingClientRect().bottom")
        for button in ("[value=trash]", ".edit summary", "[download]"):
            bottom = visit.evaluate(f"document.querySelector('{button}').getBoundingClientRect().bottom")
            assert bottom - below < 0.4 * phone, (image, button)


def test_on_a_phone_the_account_opens_from_a_button(visit, pages, phone):
    visit.open("/")
    assert not visit.find("#account").is_displayed()
    visit.find(".account-open").click()
    assert visit.find("#account form button").is_displayed()
    assert visit.evaluate("document.documentElement.scrollWidth") <= 390
    with visit.without_javascript():
        visit.open("/")
        visit.find(".account-open").click()
        visit.follow("#account form button")
    assert "You are signed out." in visit.find("main").text


def test_of_copies_in_caches_is_told_once_on_a_screen(visit, images, client):
    visit.sign_in(client, images[0].uploaded_by)
    said = "document.querySelector('main').innerText.split('keep copies of public images').length - 1"
    private = images[2]
    visit.open(private.get_absolute_url())
    assert visit.evaluate(said) == 1
    visit.follow("[value=publish]")
    assert visit.evaluate(said) == 1
    visit.open("/")
    visit.all(".pick input")[0].click()
    visit.find(".folds details:has([value=publish]) summary").click()
    assert visit.evaluate(said) == 1
    visit.follow_in_fold(".selection [value=publish]")
    visit.wait_until("document.querySelector('.pick :checked')")
    assert visit.evaluate(said) == 1
