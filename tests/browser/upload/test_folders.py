"""Folders that are dropped on the upload page or chosen: their images, and their names as tags or albums."""

import pytest
from django.contrib.sessions.models import Session
from selenium.webdriver.common.keys import Keys

from images.catalogue.album_curation import create
from images.catalogue.albums import seen_entries
from images.catalogue.tags import tag_names
from images.models import Album, Image
from tests.browser.accessibility import violations
from tests.factories import PASSWORD, make_image
from tests.files.located import photo

# The first request that files images waits until it is released, or fails.
HOLD = """
const send = window.fetch;
window.fetch = async (...said) => {
  if (said[1]?.method !== "POST") return send(...said);
  window.fetch = send;
  const hold = (release, fail) => Object.assign(window, { release, fail, isHeld: true });
  await new Promise(hold);
  return send(...said);
};
"""


@pytest.fixture
def folder(tmp_path):
    """Two images and what else lies in folders, and one more below."""
    folder = tmp_path / "Porto"
    (folder / "Day 1").mkdir(parents=True)
    for seed, name in enumerate(("a.jpg", "b.jpg", "Day 1/c.jpg")):
        (folder / name).write_bytes(make_image(seed=seed))
    for name in (".hidden.jpg", "Thumbs.db", "notes.txt", "film.mp4"):
        (folder / name).write_bytes(b"no image")
    return folder


def names(album: Album) -> list[str]:
    return [entry.image.filename for entry in seen_entries(album.made_by, album)]


def offered(page) -> str:
    page.wait_for(a="waiting", b="waiting", c="waiting")
    assert "Left out, for they are no images: 4 of the files." in page.find(".folders").text
    return page.find(".folders .names").text


def test_a_dropped_folder_offers_its_names_as_albums(page, folder, visit):
    page.drop(folder)
    assert offered(page) in ("Day 1 (1), Porto (2)", "Porto (2), Day 1 (1)")
    assert violations(visit.browser) == []
    page.find(".folders [value=albums]").send_keys(Keys.SPACE)
    page.submit()
    page.go_on()
    assert {album.title: names(album) for album in Album.objects.all()} == {
        "Porto": ["a.jpg", "b.jpg"],
        "Day 1": ["c.jpg"],
    }
    assert "2 images are in the album: Porto" in visit.find(".messages").text.replace("\n", " ")
    assert len(page.selected()) == 3
    assert {tuple(tag_names(image)) for image in Image.objects.all()} == {()}


def test_a_chosen_folder_offers_its_names_as_tags(page, folder):
    page.find("[webkitdirectory]").send_keys(str(folder))
    offered(page)
    page.find("[name=tags]").send_keys("Coast")
    page.find(".folders [value=tags]").send_keys(Keys.SPACE)
    page.submit()
    page.go_on()
    assert {image.filename: tag_names(image) for image in Image.objects.all()} == {
        "a.jpg": ["Coast", "Porto"],
        "b.jpg": ["Coast", "Porto"],
        "c.jpg": ["Coast", "Day 1", "Porto"],
    }
    assert not Album.objects.exists()


def test_unless_it_is_chosen_names_are_left_out(page, folder):
    page.drop(folder)
    offered(page)
    page.submit()
    page.go_on()
    assert {tuple(tag_names(image)) for image in Image.objects.all()} == {()}
    assert not Album.objects.exists()


def test_files_by_themselves_offer_nothing(page):
    page.choose({"a.jpg": make_image()})
    page.wait_for(a="waiting")
    assert not page.find(".folders").is_displayed()


def test_a_folder_adds_to_the_album_of_its_name_from_the_keyboard(page, folder, clara, visit):
    album = create(clara, "porto")
    page.find("[webkitdirectory]").send_keys(str(folder))
    offered(page)
    page.find(".folders [value='']").send_keys(Keys.ARROW_UP)
    page.find(".submit button").send_keys(Keys.ENTER)
    page.go_on()
    assert names(album) == ["a.jpg", "b.jpg"]


def test_a_public_copy_is_filed_in_the_place_of_a_located_image(page, tmp_path, visit):
    (tmp_path / "Porto").mkdir()
    (tmp_path / "Porto" / "a.jpg").write_bytes(photo())
    page.drop(tmp_path / "Porto")
    page.wait_for(a="waiting")
    page.find(".folders [value=albums]").send_keys(Keys.SPACE)
    page.submit()
    page.wait_for(a="asks")
    assert not Album.objects.exists()
    page.find(".question [value=strip]").click()
    page.go_on()
    (image,) = Album.objects.get().images.all()
    assert image.derived_from is not None


def test_a_session_that_ends_before_they_are_filed_asks_as_well(page, folder, visit):
    page.drop(folder)
    offered(page)
    page.find(".folders [value=albums]").send_keys(Keys.SPACE)
    visit.browser.execute_script(HOLD)
    page.submit()
    visit.wait_until("window.isHeld")
    Session.objects.all().delete()
    visit.browser.execute_script("window.release()")
    visit.wait_until("document.querySelector('dialog.session').open")
    visit.find("dialog.session [name=password]").send_keys(PASSWORD, Keys.ENTER)
    page.go_on()
    assert sorted(album.title for album in Album.objects.all()) == ["Day 1", "Porto"]
    visit.listen()
    assert all("/selection" in complaint and "403" in complaint for complaint in visit.complaints)
    visit.complaints.clear()


def test_what_could_not_be_filed_stays_and_says_so(page, folder, visit):
    page.drop(folder)
    offered(page)
    page.find(".folders [value=albums]").send_keys(Keys.SPACE)
    visit.browser.execute_script(HOLD)
    page.submit()
    visit.wait_until("window.isHeld")
    visit.browser.execute_script("window.fail()")
    page.go_on()
    assert "It is not in its album yet." in page.row("a.jpg").text
    assert [names(album) for album in Album.objects.all()] == [["c.jpg"]]
