"""At no door of the pages does an image become public with where it was taken unless somebody said so."""

import pytest

from images.catalogue.trash import trash
from images.models import Image
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.factories import add_image, make_image, make_user
from tests.files.located import LATITUDE, photo

pytestmark = pytest.mark.drill

SAID = {"keep": "public", "private": "private", "strip": "private"}


@pytest.fixture
def clara(visit, client):
    user = make_user("clara", "Contributors")
    visit.sign_in(client, user)
    return user


@pytest.fixture
def private(clara):
    return [
        add_image(photo(n), filename=f"{n}.jpg", uploaded_by=clara, visibility="private") for n in range(2)
    ]


def shown(visit) -> list[str]:
    """Return the visibility of every original, told by its file name."""
    rows = Image.objects.filter(derived_from=None).order_by("filename")
    return list(rows.values_list("visibility", flat=True))


def copies(said: str, count: int) -> bool:
    """Whether there is a public copy without the location of each of so many, where that was said."""
    stripped = Image.objects.filter(visibility="public", has_location=False, derived_from__isnull=False)
    return stripped.count() == (count if said == "strip" else 0)


def look(visit) -> None:
    """The question shows which images wait, and where they were taken."""
    assert "where" in visit.find("h1, .question h2").text
    pictures = [image for image in visit.images() if "/iiif/" in image]
    assert len(pictures) == len(visit.all(".located li"))
    assert str(LATITUDE) in visit.find(".located").text
    assert visit.find("main").text.count("keep copies of public images") == 1
    assert violations(visit.browser) == []


def answer(visit, said: str) -> None:
    visit.follow(".answers [href]" if said == "private" else f".answers [value={said}]")


@pytest.mark.parametrize("said", SAID)
def test_the_page_of_an_image_asks(visit, private, said):
    visit.open(private[0].get_absolute_url())
    assert "before it is made public, you choose" in visit.find("main").text
    visit.follow("[value=publish]")
    assert shown(visit) == ["private", "private"]
    look(visit)
    answer(visit, said)
    assert visit.browser.current_url == visit.origin + private[0].get_absolute_url()
    assert shown(visit) == [SAID[said], "private"]
    assert copies(said, 1)
    assert ("A public copy of this, without its location" in visit.find("main").text) == (said == "strip")


@pytest.mark.parametrize("said", SAID)
def test_the_gallery_asks_once_for_many(visit, clara, private, said):
    add_image(make_image(seed=9), filename="9.jpg", uploaded_by=clara, visibility="private")
    visit.open("/")
    for box in visit.all(".pick input"):
        box.click()
    visit.follow_in_fold(".selection [value=publish]")
    assert shown(visit) == ["private", "private", "public"]
    look(visit)
    answer(visit, said)
    assert shown(visit) == [SAID[said], SAID[said], "public"]
    assert copies(said, 2)


@pytest.mark.parametrize("said", SAID)
def test_the_form_for_uploads_asks_once_for_many(visit, clara, tmp_path, said):
    page = Uploader(visit, tmp_path)
    with visit.without_javascript():
        visit.open("/upload")
        page.choose({"0.jpg": photo(0), "1.jpg": photo(1), "9.jpg": make_image(seed=9)})
        visit.follow(".submit button")
    assert shown(visit) == ["private", "private", "public"]
    assert len(visit.all(".located li")) == 2
    answer(visit, said)
    assert shown(visit) == [SAID[said], SAID[said], "public"]
    assert copies(said, 2)


@pytest.mark.parametrize("said", SAID)
def test_the_upload_page_asks_once_for_many_when_all_have_arrived(visit, clara, tmp_path, said):
    page = Uploader(visit, tmp_path)
    page.choose({"0.jpg": photo(0), "1.jpg": photo(1), "9.jpg": make_image(seed=9)})
    assert not page.find(".question").is_displayed()
    page.submit()
    page.wait_for(**{"0": "asks", "1": "asks", "9": "new"})
    assert shown(visit) == ["private", "private", "public"]
    assert page.find(".question").is_displayed()
    assert [item.text for item in visit.all(".question .located li")] == ["0.jpg", "1.jpg"]
    assert len(visit.all(".question canvas")) == 2
    assert visit.find(".announcer").get_property("textContent").endswith(page.find(".question h2").text)
    assert violations(visit.browser) == []
    page.find(f".question [value={said}]").click()
    page.go_on()
    assert len(page.selected()) == (5 if said == "strip" else 3)
    assert shown(visit) == [SAID[said], SAID[said], "public"]
    assert copies(said, 2)
    assert violations(visit.browser) == []


def test_an_answer_that_does_not_arrive_is_asked_for_again(visit, clara, tmp_path):
    page = Uploader(visit, tmp_path)
    page.choose({"0.jpg": photo(0)})
    page.submit()
    page.wait_for(**{"0": "asks"})
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/api/v1/images/*"]})
    page.find(".question [value=keep]").click()
    page.wait_for(**{"0": "undecided"})
    assert "Nothing was changed. The connection or the server failed." in page.row("0.jpg").text
    assert shown(visit) == ["private"]
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    page.find(".question [value=keep]").click()
    page.go_on()
    assert shown(visit) == ["public"]
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_leaving_the_page_leaves_them_private_and_their_pages_say_so(visit, clara, tmp_path):
    page = Uploader(visit, tmp_path)
    page.choose({"0.jpg": photo(0)})
    page.submit()
    page.wait_for(**{"0": "asks"})
    visit.follow(".queue a")
    assert shown(visit) == ["private"]
    assert "before it is made public, you choose" in visit.find("main").text


def test_the_trash_gives_back_as_private_what_nobody_was_asked_of(visit, clara, settings):
    settings.IMAGELIB_LOCATIONS = "keep"
    image = add_image(photo(), uploaded_by=clara)
    settings.IMAGELIB_LOCATIONS = "ask"
    trash(image)
    visit.open("/trash")
    visit.follow(".trashed [value=restore]")
    assert shown(visit) == ["private"]
    assert "came back private" in visit.find(".messages").text


def test_the_admins_upload_asks(visit, client, tmp_path):
    visit.sign_in(client, make_user("root", is_staff=True, is_superuser=True))
    for name, data in {"0.jpg": photo(0), "1.jpg": photo(1)}.items():
        (tmp_path / name).write_bytes(data)
    visit.open("/admin/images/image/add/")
    visit.find("[name=files]").send_keys(f"{tmp_path / '0.jpg'}\n{tmp_path / '1.jpg'}")
    visit.follow(".upload [type=submit]")
    assert shown(visit) == ["private", "private"]
    assert violations(visit.browser, ("region",)) == []  # of Django's sidebar
    answer(visit, "keep")
    assert shown(visit) == ["public", "public"]
