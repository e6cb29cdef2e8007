"""The trash in a real Chromium: by mouse, by keyboard, without JavaScript; and the account pages."""

import pytest
from selenium.webdriver.common.keys import Keys

from images.catalogue.trash import trash
from images.models import Image
from images.pages import emptying
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user


@pytest.fixture
def trashed(visit, client) -> list[Image]:
    """Four images in the trash, which an editor looks at."""
    visit.sign_in(client, make_user("edda", "Editors"))
    images = [add_image(make_image(seed=seed), filename=f"{seed}.jpg") for seed in range(4)]
    for image in images:
        trash(image)
    visit.open("/trash")
    return images


def box(visit, image: Image):
    return visit.find(f"[type=checkbox][value='{image.pk}']")


def text(visit) -> str:
    return visit.find("main").text


def test_chosen_images_are_restored(visit, trashed):
    for image in trashed[:2]:
        box(visit, image).click()
    assert visit.find(".announcer").get_attribute("textContent") == "2 chosen"
    visit.follow("#chosen [value=restore]")
    assert "2 images are back in the library." in text(visit)
    assert set(Image.objects.filter(deleted_at=None)) == set(trashed[:2])


def test_all_are_chosen_by_keyboard_and_deleted_for_good_after_one_question(visit, trashed):
    visit.find(".choose-all input").send_keys(Keys.SPACE)
    assert all(box(visit, image).is_selected() for image in trashed)
    visit.follow("#chosen [value=purge]")
    assert "Delete 4 images for good?" in text(visit)
    assert Image.objects.count() == 4
    visit.follow(".final [value=purge]")
    assert "4 images were deleted for good." in text(visit)
    assert "The trash is empty." in text(visit)
    assert not Image.objects.exists()


def test_deleting_can_be_thought_better_of(visit, trashed):
    visit.follow(".trashed [value=purge]")
    assert "Delete this image for good?" in text(visit)
    visit.follow(".final a")
    assert visit.browser.current_url == visit.origin + "/trash"
    assert Image.objects.filter(deleted_at__isnull=False).count() == 4


def test_without_javascript_it_does_the_same(visit, trashed):
    with visit.without_javascript():
        visit.open("/trash")
        assert not visit.find(".choose-all").is_displayed()
        for image in trashed[:2]:
            box(visit, image).click()
        visit.follow("#chosen [value=purge]")
        visit.follow(".final [value=purge]")
        visit.follow(".trashed [value=restore]")
    assert Image.objects.count() == 2
    assert Image.objects.filter(deleted_at=None).count() == 1


def test_pages_show_small_pictures_of_what_is_in_the_trash_and_not_its_files(visit, trashed):
    for page in ("the list", "the question"):
        shown = visit.images()
        assert {url.removeprefix(visit.origin) for url in shown} == {
            f"/trash/{image.pk}/picture" for image in trashed
        }, page
        assert set(shown.values()) == {64}, page
        if page == "the list":
            visit.find(".choose-all input").click()
            visit.follow("#chosen [value=purge]")
    assert not [url for url in visit.requested if url.endswith("/file")]


def test_a_picture_is_clicked_to_choose_it(visit, trashed):
    visit.all(".trashed .picture")[1].click()
    assert visit.find(".announcer").get_attribute("textContent") == "1 chosen"


def test_the_trash_is_emptied_part_after_part(visit, trashed, monkeypatch):
    monkeypatch.setattr(emptying, "MOST", 1)
    visit.follow("#chosen [value=empty]")
    assert "Delete all 4 images in the trash for good?" in text(visit)
    assert len(visit.images()) == 4
    visit.find(".final [value=empty]").click()
    visit.wait_until("document.querySelector('main').textContent.includes('The trash is empty.')")
    assert "4 images were deleted for good." in text(visit)
    assert not Image.objects.exists()


def test_without_javascript_emptying_goes_on_by_a_button(visit, trashed, monkeypatch):
    monkeypatch.setattr(emptying, "MOST", 2)
    with visit.without_javascript():
        visit.open("/trash")
        visit.follow("#chosen [value=empty]")
        visit.follow(".final [value=empty]")
        assert "2 images are deleted, 2 are left." in text(visit)
        visit.follow(".final [value=empty]")
        assert "4 images were deleted for good." in text(visit)


def test_axe_finds_nothing(visit, trashed):
    visit.open("/trash")
    box(visit, trashed[0]).click()
    assert violations(visit.browser) == []
    visit.follow("#chosen [value=purge]")
    assert violations(visit.browser) == []
    visit.open("/trash")
    visit.follow("#chosen [value=empty]")
    assert violations(visit.browser) == []
    visit.open("/accounts/password")
    assert violations(visit.browser) == []
    visit.follow(".account button")
    assert "You are signed out." in text(visit)
    visit.open("/accounts/login?next=/trash")
    assert violations(visit.browser) == []
    visit.find("[name=username]").send_keys("edda")
    visit.find("[name=password]").send_keys("wrong")
    visit.follow("main button")
    assert "correct username and password" in text(visit)
    assert violations(visit.browser) == []
