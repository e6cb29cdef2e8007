"""The library's face is set in the admin."""

import pytest
from django.contrib.auth import get_user_model

from images.models import Library
from tests.browser.accessibility import violations
from tests.factories import add_image, brand, make_image

PAGE = "/admin/images/library/"


@pytest.fixture
def admin(visit, client):
    visit.sign_in(client, get_user_model().objects.create_superuser("root"))
    return visit


def test_the_logo_is_chosen_in_the_list_and_the_colour_seen_while_it_is_typed(admin):
    image = add_image(make_image("PNG", (64, 64)), title="Our logo")
    admin.open(PAGE)
    assert not admin.find(".accents").is_displayed()
    admin.find("[name=accent]").send_keys("#FFFF00")
    admin.wait_until("getComputedStyle(document.querySelector('.light a')).color === 'rgb(111, 111, 0)'")
    admin.wait_until("getComputedStyle(document.querySelector('.dark a')).color === 'rgb(255, 255, 0)'")
    admin.find("[name=name]").send_keys("Kites")
    here = admin.browser.current_window_handle
    admin.find("#lookup_id_logo").click()
    admin.wait_until("window.relatedWindows.length === 1")
    (popup,) = set(admin.browser.window_handles) - {here}
    admin.browser.switch_to.window(popup)
    admin.wait_until("document.readyState === 'complete' && document.querySelector('.field-name a')")
    admin.find(".field-name a").click()
    admin.browser.switch_to.window(here)
    assert admin.wait_until("document.querySelector('[name=logo]').value") == str(image.pk)
    admin.follow("[name=_save]")
    assert Library.objects.values_list("name", "logo", "accent").get() == ("Kites", image.pk, "#ffff00")
    assert violations(admin.browser) == []
    admin.open("/")
    assert admin.browser.title == "Gallery · Kites"
    assert admin.evaluate("document.querySelector('.brand img').naturalWidth") == 32
    assert admin.evaluate("getComputedStyle(document.querySelector('main form button')).backgroundColor") == (
        "rgb(111, 111, 0)"
    )


def test_a_colour_half_typed_is_not_shown(admin):
    brand(accent="#ff0000")
    admin.open(PAGE)
    assert admin.find(".accents").is_displayed()
    admin.find("[name=accent]").send_keys("\b")
    assert not admin.find(".accents").is_displayed()
