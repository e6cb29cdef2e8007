"""An album put in order, in a real Chromium, by dragging, by keyboard alone and without JavaScript."""

import pytest
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.interaction import POINTER_MOUSE, POINTER_TOUCH
from selenium.webdriver.common.actions.pointer_input import PointerInput
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.catalogue.album_curation import create
from images.catalogue.album_entries import file, unfile
from images.catalogue.albums import seen_entries
from images.models import Image
from tests.browser.accessibility import violations
from tests.browser.visit import PAUSE
from tests.factories import add_image, make_image, make_user


@pytest.mark.parametrize("scripted", [True, False])
def test_the_same_key_again_moves_the_image_further(visit, client, scripted):
    owner = make_user("clara", "Contributors")
    images = [add_image(make_image(seed=seed), title=f"{seed}", uploaded_by=owner) for seed in range(4)]
    album = create(owner, "Kites")
    file(owner, album, [image.pk for image in images])
    visit.sign_in(client, owner)
    if scripted:
        _arrange(visit, images[3].pk)
    else:
        with visit.without_javascript():
            _arrange(visit, images[3].pk)
    assert "".join(entry.image.title for entry in seen_entries(owner, album)) == "0312"


@pytest.fixture
def album(visit, client):
    owner = make_user("clara", "Contributors")
    images = [add_image(make_image(seed=seed), title=f"{seed}", uploaded_by=owner) for seed in range(4)]
    made = create(owner, "Kites")
    file(owner, made, [image.pk for image in images])
    visit.sign_in(client, owner)
    return made


def titles(album) -> str:
    return "".join(entry.image.title for entry in seen_entries(album.made_by, album))


def shown(visit) -> str:
    return "".join(row.text for row in visit.all(".arranged strong"))


def drag(visit, kind: str, number: int, by: int) -> None:
    """Take the picture of a row, from 1, and let it go so many rows further down, past the middle."""
    rows = visit.all(".arranged li")
    picture = rows[number - 1].find_element("css selector", ".thumbnail")
    far = by * rows[0].size["height"] + (10 if by > 0 else -10)
    actions = ActionBuilder(visit.browser, mouse=PointerInput(kind, kind))
    pointer = actions.pointer_action
    pointer.move_to(picture).pointer_down().move_by(0, far // 2).move_by(0, far - far // 2).pointer_up()
    actions.perform()


@pytest.mark.parametrize("kind", [POINTER_MOUSE, POINTER_TOUCH])
def test_a_picture_is_dragged_to_its_place(visit, album, kind):
    visit.open("/albums/kites?arrange=1")
    for number, by, becomes in ((4, -3, "3012"), (1, 1, "0312"), (1, 3, "3120"), (2, 1, "3210")):
        drag(visit, kind, number, by)
        assert shown(visit) == becomes
    visit.wait_until("document.querySelector('.announcer').textContent === '1 is at place 3 of these.'")
    WebDriverWait(visit.browser, 20, PAUSE).until(lambda _: titles(album) == "3210")
    assert violations(visit.browser) == []


def test_where_it_cannot_be_moved_the_order_is_looked_at_again(visit, album):
    visit.open("/albums/kites?arrange=1")
    unfile(album.made_by, album, [Image.objects.get(title="0").pk])  # by another
    visit.evaluate("window.isHere = true")
    drag(visit, POINTER_MOUSE, 4, -3)
    visit.wait_until("!window.isHere")
    visit.listen()
    visit.complaints.clear()  # what the library refused
    assert shown(visit) == "123"


def test_more_rows_come_beneath_and_are_dragged_among_all(visit, album, monkeypatch):
    monkeypatch.setattr("images.catalogue.cursors.PAGE_SIZE", 3)
    visit.open("/albums/kites?arrange=1")
    visit.find(".more a").click()
    visit.wait_until("document.querySelectorAll('.arranged li').length === 4")
    drag(visit, POINTER_MOUSE, 4, -3)
    assert shown(visit) == "3012"
    WebDriverWait(visit.browser, 20, PAUSE).until(lambda _: titles(album) == "3012")


def _arrange(visit, pk) -> None:
    visit.open("/albums/kites?arrange=1")
    visit.evaluate(f"document.getElementById('before-{pk}').focus()")
    for place in (3, 2):  # from 1
        visit.press(Keys.ENTER)
        visit.wait_until(f"document.querySelector('.arranged li:nth-child({place})#image-{pk}')")
        visit.wait_until(f"document.activeElement.id === 'before-{pk}'")
