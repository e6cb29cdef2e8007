"""What is chosen stays chosen after something was done to it, and what is to be said is written at once."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue import cursors
from images.models import Favourite, Image
from tests.factories import add_image, make_image, make_user

CHOSEN = """[...document.querySelectorAll('.pick :checked')]
  .map(box => box.closest('.cell').querySelector('a').dataset.title).join('')"""
COUNT = "document.querySelectorAll('.cell').length"
FOCUSED = "document.activeElement"


@pytest.fixture
def images(visit, client) -> None:
    """Eight, named A to H, the newest first."""
    owner = make_user("clara", "Contributors")
    for name in "HGFEDCBA":
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
    visit.sign_in(client, owner)
    visit.open("/")


def tick(visit, *names: str) -> None:
    for name in names:
        box = visit.find(f"[data-title='{name}'] + .pick input")
        visit.browser.execute_script("arguments[0].click()", box)


def test_it_stays_for_the_next_action(visit, images):
    tick(visit, "B", "D")
    visit.follow_in_fold(".selection [value=hide]")
    visit.wait_until(f"{CHOSEN} === 'BD'")
    assert visit.find(".selected").text == "Selected: 2"
    assert visit.evaluate(f"{FOCUSED}.className") == "selected"
    visit.follow_in_fold(".selection [value=publish]")
    visit.wait_until(f"{CHOSEN} === 'BD'")
    assert set(Image.objects.values_list("visibility", flat=True)) == {"public"}


def test_it_stays_where_that_is_undone(visit, images):
    tick(visit, "B", "D")
    visit.follow_in_fold(".selection [value=hide]")
    visit.wait_until(f"{CHOSEN} === 'BD'")
    visit.follow(".messages button")
    visit.wait_until(f"{CHOSEN} === 'BD'")
    assert "Undone: Visibility (2 images)." in visit.find(".messages").text
    assert set(Image.objects.values_list("visibility", flat=True)) == {"public"}


def test_it_stays_where_nothing_was_changed(visit, images):
    tick(visit, "B", "D")
    visit.find(".folds summary").click()
    visit.follow(".selection [value=tag]")
    assert "Nothing was changed. Name at least one tag." in visit.find(".messages").text
    visit.wait_until(f"{CHOSEN} === 'BD'")


def test_what_had_arrived_later_stays_too(visit, images, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 3)
    visit.open("/")
    visit.wait_until(f"(scrollTo(0, document.body.scrollHeight), {COUNT} === 8)")
    tick(visit, "A", "H")
    visit.follow_in_fold(".selection [value=hide]")
    visit.wait_until(f"{CHOSEN} === 'AH'")


def test_the_heart_of_a_selection_takes_back_what_it_gave(visit, images):
    pressed = "document.querySelector('.selection .heart').ariaPressed"
    tick(visit, "B", "D")
    assert visit.evaluate(pressed) == "false"
    visit.find(".selection .heart").click()
    visit.wait_until(f"{CHOSEN} === 'BD' && {pressed} === 'true'")
    assert Favourite.objects.count() == 2
    tick(visit, "A")
    assert visit.evaluate(pressed) == "false"  # not all of them
    tick(visit, "A")
    visit.find(".selection .heart").click()
    visit.wait_until(f"{CHOSEN} === 'BD' && {pressed} === 'false'")
    assert not Favourite.objects.exists()


def test_what_is_gone_is_not_looked_for(visit, images):
    # A window's name outlives its page.
    visit.browser.execute_script("name = ''; Storage.prototype.setItem = () => { name = 'kept'; }")
    tick(visit, "B")
    visit.follow(".selection [value=trash]")
    assert visit.evaluate(CHOSEN) == ""
    assert not visit.find(".selection").is_displayed()
    assert visit.evaluate("name") == ""


def test_it_stays_on_this_page_and_once(visit, images):
    tick(visit, "B")
    visit.follow_in_fold(".selection [value=hide]")
    visit.wait_until(f"{CHOSEN} === 'B'")
    visit.open("/?search=photo")
    assert visit.evaluate(CHOSEN) == ""
    visit.open("/")
    assert visit.evaluate(CHOSEN) == ""


def test_all_that_match_do_not_stay(visit, images, monkeypatch):
    """By now they may be others."""
    monkeypatch.setattr(cursors, "PAGE_SIZE", 3)
    visit.open("/")
    tick(visit, "A")
    visit.find("[name=every]").click()
    visit.follow_in_fold(".selection [value=hide]")
    assert "8 images are private now." in visit.find(".messages").text
    assert visit.evaluate(CHOSEN) == ""


def test_a_fold_that_opens_leads_to_its_field(visit, images):
    tick(visit, "A")
    for fold, field in (("tags", "tags"), ("album", "album"), ("title", "title"), ("days", "days")):
        visit.find(f".folds details:has([name={fold}]) summary").click()
        assert visit.evaluate(f"{FOCUSED}.name") == field
        assert len(visit.all(".folds [open]")) == 1
    visit.find(".folds [open] summary").click()
    assert not visit.all(".folds [open]")


@pytest.mark.parametrize("field", ["tags", "album", "title", "days"])
@pytest.mark.drill
def test_escape_leaves_a_field_first_and_then_what_is_chosen(visit, images, field):
    tick(visit, "A", "B")
    visit.find(f".folds details:has([name={field}]) summary").click()
    visit.press("1", Keys.ESCAPE)
    assert visit.evaluate(CHOSEN) == "AB"
    assert visit.evaluate(f"document.querySelector('.folds [name={field}]').value") == "1"
    assert visit.evaluate(f"{FOCUSED}.matches('[open] summary')")
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"{CHOSEN} === ''")


def test_escape_in_the_field_of_searches_leaves_what_is_chosen(visit, images):
    tick(visit, "A")
    visit.find("[name=search]").send_keys("x", Keys.ESCAPE)
    assert visit.evaluate(CHOSEN) == "A"


def test_delete_moves_what_is_chosen_to_the_trash(visit, images):
    visit.press(Keys.DELETE)  # with nothing chosen
    tick(visit, "A", "B")
    visit.find(".folds summary").click()
    visit.press("xy", Keys.LEFT, Keys.DELETE)  # within a text
    assert visit.evaluate(f"{FOCUSED}.value") == "x"
    visit.find("[data-title='B'] + .pick input").send_keys(Keys.DELETE)
    visit.wait_until(
        "document.querySelector('.messages')?.textContent.includes('2 images are in the trash.')"
    )
    assert Image.objects.exclude(deleted_at=None).count() == 2
