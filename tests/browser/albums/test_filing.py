"""An image filed in an album, in a real Chromium."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from tests.browser.accessibility import violations
from tests.factories import add_image, make_user


@pytest.mark.parametrize("scripted", [True, False])
def test_the_album_is_suggested_and_the_page_leads_there(visit, client, scripted):
    owner = make_user("clara", "Contributors")
    image = add_image(uploaded_by=owner)
    create(owner, "Summer in Porto")
    visit.sign_in(client, owner)
    if scripted:
        visit.open(image.get_absolute_url())
        field = visit.find(".filing [name=album]")
        field.send_keys("porto")
        visit.wait_until("document.querySelector('.filing [name=album]').ariaExpanded === 'true'")
        field.send_keys(Keys.ARROW_DOWN)
        assert violations(visit.browser) == []
        field.send_keys(Keys.ENTER)
        assert field.get_attribute("value") == "Summer in Porto"
        _add(visit)
    else:
        with visit.without_javascript():
            visit.open(image.get_absolute_url())
            visit.find(".filing [name=album]").send_keys("Summer in Porto")
            _add(visit)


def _add(visit) -> None:
    visit.follow(".filing [value=file]")
    assert "It is in this album now." in visit.find(".messages").text
    visit.follow(".filed a")
    assert visit.find("h1").text == "Summer in Porto"
    assert len(visit.all(".cell")) == 1
