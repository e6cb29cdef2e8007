"""Curation in a real Chromium: upload, list, change, start page, under the content security policy."""

import pytest
from selenium.webdriver.support.select import Select

from images.catalogue.trash import trash
from images.models import Image
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user, sha256

LIST, ADD = "/admin/images/image/", "/admin/images/image/add/"

# Django's own templates, not ours to change: the button that folds the sidebar is in no landmark; a person's
# date and time have one label for two fields, their password points to a description that is not there, and
# the hints on choosing groups are labels of nothing.
SIDEBAR, PERSON = ("region",), ("label", "aria-valid-attr-value", "aria-allowed-attr")


@pytest.fixture
def curator(visit, client):
    """A member of the staff who may do everything, and three images, one of them in the trash."""
    user = make_user("root", is_staff=True, is_superuser=True)
    visit.sign_in(client, user)
    for seed in range(3):
        image = add_image(make_image(size=(300, 200), seed=seed), filename=f"{seed}.jpg", uploaded_by=user)
    trash(image)
    return user


def text(visit) -> str:
    return visit.find("#content").text


def thumbnails(visit) -> list:
    return visit.all(".field-thumbnail img")


def choose(visit, folder, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    visit.find("[name=files]").send_keys("\n".join(str(folder / name) for name in files))


def test_images_are_uploaded_with_a_preview_and_the_messages_of_the_pages(visit, curator, tmp_path):
    visit.open(LIST)
    visit.follow(f".object-tools a[href='{ADD}']")
    photo = make_image("PNG", (300, 200), seed=50)
    choose(
        visit, tmp_path, {"kite.png": photo, "notes.jpg": b"no image", "0.jpg": make_image(size=(300, 200))}
    )
    visit.browser.execute_async_script(
        "Promise.allSettled([...document.images].map(image => image.decode())).then(arguments[0])"
    )
    previews = visit.all(".previews li")
    assert [preview.text for preview in previews] == ["kite.png", "notes.jpg", "0.jpg"]
    assert sorted(visit.images().values()) == [300, 300]

    visit.find("[name=visibility][value=private]").click()
    visit.follow(".upload [type=submit]")
    assert "Added to the library." in text(visit)
    assert "It is public, as it was, and not as you asked." in text(visit)
    assert "not an image in a format the library takes" in text(visit)
    assert Image.objects.get(hash=sha256(photo)).visibility == "private"
    assert all(visit.images().values())


def act(visit, image: Image, action: str) -> Image:
    visit.find(f"input[value='{image.pk}']").click()
    Select(visit.find("[name=action]")).select_by_value(action)
    visit.follow("#changelist-form button[name=index]")
    return Image.objects.get(pk=image.pk)


def test_images_are_hidden_trashed_and_restored(visit, curator):
    image = Image.objects.filter(deleted_at=None).first()
    visit.open(LIST)
    assert act(visit, image, "make_private").visibility == "private"
    assert act(visit, image, "move_to_trash").deleted_at
    visit.open(LIST + "?trash=only")
    assert not thumbnails(visit)
    assert act(visit, image, "restore").deleted_at is None


def test_words_are_changed(visit, curator):
    visit.open(LIST)
    visit.follow(".field-thumbnail a")
    assert all(visit.images().values())
    visit.find("[name=alt_text]").send_keys("A red kite.")
    visit.follow("[name=_save]")
    assert Image.objects.filter(alt_text="A red kite.").exists()


def test_the_start_page_leads_to_what_has_no_alternative_text(visit, curator):
    visit.open("/admin/")
    assert "0 % have an alternative text or are decorative" in text(visit).replace("\xa0", " ")
    visit.follow(".figures a[href*='alt_text__isempty=1']")
    assert len(thumbnails(visit)) == 2


def test_axe_finds_nothing_and_the_console_is_quiet(visit, curator, tmp_path):
    image = Image.objects.filter(deleted_at=None).first()
    pages = {
        **dict.fromkeys(("/admin/", LIST, LIST + "?trash=only", f"{LIST}{image.pk}/change/", ADD), SIDEBAR),
        **dict.fromkeys(("/admin/password_change/", "/admin/auth/group/", "/admin/knox/authtoken/"), SIDEBAR),
        f"/admin/auth/user/{curator.pk}/change/": SIDEBAR + PERSON,
    }
    for page, without in pages.items():
        visit.open(page)
        assert all(visit.images().values()), page
        assert violations(visit.browser, without) == [], page
    visit.open(ADD)
    choose(visit, tmp_path, {"kite.jpg": make_image(seed=9), "notes.jpg": b"no image"})
    visit.follow(".upload [type=submit]")
    assert violations(visit.browser, SIDEBAR) == []
