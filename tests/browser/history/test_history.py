"""What was changed of an image, unfolded on its page."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.curation import act, tagging
from images.models import Image
from tests.factories import add_image, make_user, said_of


@pytest.fixture
def image(visit, client) -> Image:
    clara = make_user("clara", "Contributors")
    image = add_image(uploaded_by=clara, title="Old", tags=["Porto"])
    visit.sign_in(client, clara)
    act(clara, tagging(remove=["Porto"]), [image.pk])
    act(clara, tagging(add=["Sea"]), [image.pk])
    return image


def test_it_is_unfolded_by_keyboard_and_a_step_undone(visit, image):
    visit.open(image.get_absolute_url())
    visit.evaluate("document.querySelector('.history summary').focus()")
    visit.press(Keys.ENTER)
    visit.wait_until("document.querySelectorAll('.steps li').length == 2")
    assert not visit.all(".history > p")
    visit.follow(".steps li:last-of-type button")
    assert said_of(image, "tags") == {"tags": ["Porto", "Sea"]}
    assert visit.browser.current_url.endswith(image.get_absolute_url())
    visit.follow(".messages button")
    assert said_of(image, "tags") == {"tags": ["Sea"]}
    assert (visit.complaints, visit.foreign()) == ([], [])


def test_without_scripts_it_is_a_page_of_its_own(visit, image):
    with visit.without_javascript():
        visit.open(image.get_absolute_url())
        visit.find(".history summary").click()
        visit.follow(".history a")
        assert visit.browser.current_url.endswith("/history")
        visit.follow(".steps button")
        assert visit.browser.current_url.endswith("/history")
    assert said_of(image, "tags") == {"tags": []}
