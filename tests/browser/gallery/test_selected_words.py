"""The bar of a selection in a browser: tags are suggested, and Enter does what its field is for."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import set_tags, tag_names
from images.models import Image
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user


@pytest.fixture
def image(visit, client) -> Image:
    owner = make_user("clara", "Contributors")
    tagged = add_image(make_image(seed=1), title="Tagged", uploaded_by=owner)
    set_tags(tagged, ["Coast", "night train"])
    image = add_image(make_image(seed=2), title="Bare", uploaded_by=owner, visibility="private")
    visit.sign_in(client, owner)
    visit.open("/")
    visit.find("[data-title='Bare'] + .pick input").click()
    return image


def open_fold(visit, name: str) -> None:
    visit.find(f".folds details:has([name={name}]) summary").click()


def test_tags_are_suggested_one_after_the_other_and_enter_adds_them(visit, image):
    open_fold(visit, "tags")
    field = visit.find(".selection [name=tags]")
    for typed in ("coa", "night tr"):
        field.send_keys(typed)
        visit.wait_until("document.querySelector('.selection [name=tags]').ariaExpanded === 'true'")
        field.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert field.get_attribute("value") == "Coast, night train, "
    visit.browser.execute_script("window.isLeft = true")
    field.send_keys(Keys.ENTER)
    visit.wait_until("!window.isLeft && document.querySelector('.messages')")
    assert "1 image has these tags now." in visit.find(".messages").text
    image.refresh_from_db()
    assert tag_names(image) == ["Coast", "night train"]
    assert image.visibility == "private"


def test_without_javascript_enter_in_a_field_does_nothing_and_a_button_does(visit, image):
    with visit.without_javascript():
        visit.open("/")
        visit.find("[data-title='Bare'] + .pick input").click()
        open_fold(visit, "tags")
        visit.find(".selection [name=tags]").send_keys("Coast", Keys.ENTER)
        visit.follow(".selection [value=tag]")
    image.refresh_from_db()
    assert (tag_names(image), image.visibility) == (["Coast"], "private")


def test_axe_finds_nothing(visit, image):
    for name in ("tags", "days"):
        open_fold(visit, name)
        assert violations(visit.browser) == []
