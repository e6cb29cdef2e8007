"""The walk of a person who comes home with sixty photographs. Each step takes few actions, with a mouse,
with a finger and with keys alone.
"""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.catalogue.albums import seen_entries
from images.catalogue.tags import tag_names
from images.models import Album, Favourite, Image
from tests.browser.visit import PAUSE
from tests.browser.walk.hands import Hands, Keyboard
from tests.browser.walk.photographs import A_DAY, DAYS, save_folder
from tests.browser.walk.pointers import Mouse, Touch
from tests.factories import make_user

pytestmark = pytest.mark.drill

THE_DAY = f"{DAYS[1]:%Y-%m-%d}"
IMPORTED = 90  # seconds: a deadline for sixty photographs on a busy machine, where they take five
TO_GALLERY = ".site-nav [href='/']"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("camera") / "Porto"
    save_folder(folder)
    return folder


@pytest.fixture
def editor(visit, client):
    user = make_user("edda", "Editors")
    visit.sign_in(client, user)
    return user


def box(number: int) -> str:
    """The checkbox of a cell, from 1."""
    return f".cell:nth-child({number}) .pick input"


def wait_for(visit, condition, seconds: int = 20) -> None:
    """Return when this holds."""
    WebDriverWait(visit.browser, seconds, PAUSE).until(lambda _: condition())


def is_selected(visit, number: int) -> None:
    visit.wait_until(f"document.querySelector('.selected')?.textContent === 'Selected: {number}'")


def told(visit) -> str:
    return visit.find(".messages").text


# --- Where the hands differ ---


def bring(hands: Hands, folder) -> None:
    """Choose or drop the folder and send it."""
    match hands:
        case Mouse():
            hands.drop(folder)
        case Touch():  # no phone has folders to choose
            hands.pick_files("[name=files]", sorted(folder.iterdir()))
        case Keyboard():
            hands.pick_files("[value=folder]", [folder])
    hands.visit.wait_until(f"document.querySelectorAll('.queue li').length === {A_DAY * len(DAYS)}")
    hands.press(".submit button")
    there = "location.pathname === '/selection' && document.readyState === 'complete'"
    wait_for(hands.visit, lambda: hands.visit.evaluate(there), IMPORTED)


def find(hands: Hands) -> None:
    """From what was added to the gallery, and there to the day: by its month, or by words."""
    hands.follow(TO_GALLERY)
    if isinstance(hands, Keyboard):
        hands.reach("[name=search]")
        hands.write(f"taken:{THE_DAY} sort:taken")
        hands.send(".search button")
    else:
        hands.press(".timeline summary")
        hands.follow(".timeline [href*='month=2026-07']")


def move_to_front(hands: Hands) -> None:
    """Put the third image of an album before the first."""
    if isinstance(hands, Keyboard):
        hands.follow(".arranged li:nth-child(3) [value=first]")
    else:
        hands.drag(".arranged li:nth-child(3) .thumbnail", ".arranged li:first-child .thumbnail")


def describe(hands: Hands, words: str) -> None:
    """Write what an image shows, and go on to the next one."""
    if isinstance(hands, Touch):
        hands.press("[name=alt_text]")  # a phone opens its keyboard for no less
    hands.write(words)
    if isinstance(hands, Keyboard):
        with hands.left():
            hands.key(Keys.CONTROL, Keys.ENTER)
    else:
        hands.follow(".wording [name=decorative]")


def choose(hands: Hands, first: int, last: int) -> None:
    """Choose images in a row of which none is chosen."""
    match hands:
        case Mouse():
            hands.press(box(first))
            hands.press_shifted(f".cell:nth-child({last}) a")
        case Touch():
            hands.drag(box(first), box(last))
        case Keyboard():
            hands.press(box(first))
            hands.reach(box(last))
            hands.key(Keys.SHIFT, Keys.SPACE)


def go_to_bar(hands: Hands) -> None:
    """Go on to what can be done with what is chosen, which others see."""
    if isinstance(hands, Keyboard):
        hands.key(Keys.ENTER)


def clear(hands: Hands) -> None:
    if isinstance(hands, Keyboard):
        hands.key(Keys.ESCAPE)
    else:
        hands.press(".selection [type=reset]")


def trash(hands: Hands) -> None:
    if isinstance(hands, Keyboard):
        with hands.left():
            hands.key(Keys.DELETE)
    else:
        hands.follow(".selection [value=trash]")


@pytest.mark.parametrize(
    "kind",
    [Touch, *(pytest.param(kind, marks=pytest.mark.long) for kind in (Mouse, Keyboard))],
    ids=lambda kind: kind.name,
)
def test_from_the_camera_to_an_album(visit, editor, folder, kind, record_property):
    hands = kind(visit)
    with hands.at_work():
        walk(hands, editor, folder)
    figures = ", ".join(f"{step} {actions} ({reached})" for step, (actions, reached) in hands.steps.items())
    record_property(f"actions by {hands.name} ({hands.reaching})", figures)


def walk(hands: Hands, person, folder) -> None:
    visit = hands.visit
    visit.browser.get(f"{visit.origin}/upload")

    with hands.step("import the folder"):
        bring(hands, folder)
    is_selected(visit, 60)
    assert Image.objects.filter(taken_day=THE_DAY).count() == A_DAY

    with hands.step("find the day"):
        find(hands)
    with hands.step("select its images"):
        hands.press(f"[data-day='{THE_DAY}'] .select-day")
    is_selected(visit, A_DAY)

    with hands.step("tag them"):
        hands.press(".selection details:has([name=tags]) summary")
        hands.write("Porto")
        hands.send(".selection [value=tag]")
    assert "20 images have these tags now." in told(visit)
    is_selected(visit, A_DAY)

    with hands.step("file them in a new album"):
        hands.press(".selection details:has([name=album]) summary")
        hands.write("Summer in Porto")
        hands.send(".selection [value=file]")
    album = Album.objects.get()
    assert album.title == "Summer in Porto"
    days = {entry.image.taken_day for entry in seen_entries(person, album)}
    assert (album.images.count(), days) == (A_DAY, {DAYS[1].date()})
    assert all(tag_names(image) == ["Porto"] for image in album.images.all())

    with hands.step("order the album"):
        before = [entry.image_id for entry in seen_entries(person, album)]
        hands.follow(".messages [href^='/albums/']")
        hands.follow("[href$='arrange=1']")
        move_to_front(hands)
        first = [before[2], *before[:2], *before[3:]]
        wait_for(visit, lambda: [entry.image_id for entry in seen_entries(person, album)] == first)

    with hands.step("go back to the gallery"):
        hands.follow(TO_GALLERY)
    with hands.step("go to what lacks words"):
        hands.follow("[href='/words']")
    latest = Image.objects.order_by("-created_at")
    for number in range(3):
        with hands.step(f"describe image {number + 1}"):
            describe(hands, f"A boat on the river, {number + 1}.")
    assert [image.alt_text[-2:] for image in latest[:4]] == ["1.", "2.", "3.", ""]
    with hands.step("go back once more"):
        hands.follow(TO_GALLERY)

    with hands.step("choose three"):
        choose(hands, 1, 3)
        go_to_bar(hands)
    is_selected(visit, 3)
    with hands.step("write words for the three"):
        hands.press(".selection details:has([name=title]) summary")
        hands.write("Boats on the Douro")
        hands.send(".selection [value=edit]")
    assert Image.objects.filter(title="Boats on the Douro").count() == 3
    is_selected(visit, 3)

    with hands.step("make two of them favourites"):
        hands.press(box(3))
        go_to_bar(hands)
        hands.follow(".selection [value=favourite]")
    assert Favourite.objects.filter(user=person).count() == 2
    is_selected(visit, 2)

    with hands.step("choose five"):
        clear(hands)
        is_selected(visit, 0)
        choose(hands, 1, 5)
    is_selected(visit, 5)
    with hands.step("trash them"):
        trash(hands)
    assert "5 images are in the trash." in told(visit)
    assert all(image.deleted_at for image in latest[:5])
    assert latest.filter(deleted_at=None).count() == 55
    with hands.step("undo that"):
        hands.follow(".messages button")
    assert "5 images are back in the library." in told(visit)
    assert not Image.objects.exclude(deleted_at=None).exists()

    with hands.step("trash five after all"):
        choose(hands, 1, 5)
        trash(hands)
    with hands.step("empty the trash"):
        hands.follow(".messages [href='/trash']")
        hands.follow("[value=empty]")
        hands.follow(".final [value=empty]")
    assert "The trash is empty." in visit.find("main").text
    assert Image.objects.count() == 55
