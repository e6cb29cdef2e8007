"""The page of a tag in a real Chromium."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.tags import set_tags, tag_names
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user


@pytest.mark.parametrize("scripted", [True, False])
def test_the_tag_that_another_becomes_is_suggested(visit, client, scripted):
    images = [add_image(make_image(seed=seed)) for seed in range(2)]
    for image, name in zip(images, ("Coast", "Küste"), strict=True):
        set_tags(image, [name])
    visit.sign_in(client, make_user("ed", "Editors"))
    if scripted:
        visit.open("/tags/kuste")
        _merge(visit, "coa", is_suggested=True)
    else:
        with visit.without_javascript():
            visit.open("/tags/kuste")
            _merge(visit, "coast", is_suggested=False)
    assert "Its images have this tag now." in visit.find(".messages").text
    assert [tag_names(image) for image in images] == [["Coast"], ["Coast"]]


def _merge(visit, typed: str, *, is_suggested: bool) -> None:
    visit.find(".curate summary").click()
    field = visit.find("[name=into]")
    field.send_keys(typed)
    if is_suggested:
        visit.wait_until("document.querySelector('[name=into]').ariaExpanded === 'true'")
        field.send_keys(Keys.ARROW_DOWN)
        assert violations(visit.browser) == []
        field.send_keys(Keys.ENTER)
        assert field.get_attribute("value") == "Coast"
    visit.follow("[value=merge]")
