"""Downloads from the pages, as Chromium saves them: checked as whoever unpacks them would."""

import zipfile
from contextlib import contextmanager

import bagit
import pytest

from images.catalogue import cursors
from images.catalogue.album_curation import create
from images.catalogue.album_entries import file
from images.concurrency.turns import Turns
from images.models import Image
from images.serving import archives
from tests.browser.accessibility import violations
from tests.factories import add_image, make_image, make_user
from tests.servers.machine import until


@pytest.fixture
def images() -> dict[str, Image]:
    return {
        name: add_image(make_image(size=(600, 400), seed=ord(name)), title=name, tags=["coast"])
        for name in "CBA"
    }


@pytest.fixture
def clara():
    return make_user("clara", "Contributors")


@pytest.fixture
def saved(visit, tmp_path):
    """Where Chromium saves downloads; called, it returns the bag that was saved there."""
    folder = tmp_path / "downloads"
    folder.mkdir()
    allow = {"behavior": "allow", "downloadPath": str(folder)}
    visit.browser.execute_cdp_cmd("Browser.setDownloadBehavior", allow)

    def saved_bag() -> bagit.Bag:
        (archive,) = until(lambda: [path for path in folder.iterdir() if path.suffix == ".zip"])
        unpacked = tmp_path / f"unpacked-{len(list(tmp_path.iterdir()))}"
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(unpacked)
        archive.unlink()
        (only,) = unpacked.iterdir()
        bag = bagit.Bag(str(only))
        bag.validate()
        return bag

    yield saved_bag
    visit.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "deny"})


def hashes(bag: bagit.Bag) -> list[str]:
    return sorted(entry["sha256"] for entry in bag.payload_entries().values())


def of(images, names: str) -> list[str]:
    return sorted(images[name].hash for name in names)


def tick(visit, name: str) -> None:
    visit.find(f"[data-title='{name}'] + .pick input").click()


@contextmanager
def with_javascript():
    yield


def test_who_may_change_nothing_chooses_what_to_download(visit, client, images, clara):
    add_image(make_image(seed=1), title="own", uploaded_by=clara)
    buttons = "[...document.querySelectorAll('.selection .actions [name=action]')]"
    shown = f"{buttons}.filter(button => button.checkVisibility()).map(button => button.value).join(' ')"
    for user, name, expected in (
        (make_user("vera", "Viewers"), "A", "download favourite"),
        (clara, "A", "download favourite"),
        (clara, "own", "download favourite trash"),
    ):
        visit.sign_in(client, user)
        visit.open("/")
        tick(visit, name)
        assert visit.evaluate(shown) == expected
        folds = [fold.text for fold in visit.all(".folds summary") if fold.is_displayed()]
        assert ("Words" in folds) == ("Seen by" in folds) == ("trash" in expected)
        assert violations(visit.browser) == []


@pytest.mark.parametrize("is_scripted", [True, False], ids=["with a script", "without"])
def test_of_a_selection(visit, client, images, clara, saved, is_scripted):
    visit.sign_in(client, clara)
    with with_javascript() if is_scripted else visit.without_javascript():
        visit.open("/")
        tick(visit, "A")
        tick(visit, "C")
        visit.find(".selection [value=download]").click()
        assert hashes(saved()) == of(images, "AC")
        assert len(visit.all(".pick :checked")) == 2  # the page stays as it is
        visit.open("/")
        assert visit.all(".pick :checked") == []


def test_of_all_that_match_of_an_album_and_of_a_tag(visit, client, images, clara, saved, monkeypatch):
    monkeypatch.setattr(cursors, "PAGE_SIZE", 2)
    album = create(clara, title="Low tide")
    file(clara, album, [images[name].pk for name in "BCA"])
    visit.sign_in(client, clara)
    for address in ("/?search=tag:coast", album.get_absolute_url(), "/tags/coast"):
        visit.open(address)
        visit.find(".pick input").click()
        visit.find(".every input").click()
        visit.find(".selection [value=download]").click()
        assert hashes(saved()) == of(images, "ABC")


def test_a_visitor_takes_an_album_a_tag_or_what_a_search_finds(visit, images, clara, saved):
    album = create(clara, title="Low tide", visibility="public")
    file(clara, album, [images[name].pk for name in "BC"])
    add_image(make_image(seed=1), title="secret", tags=["coast"], visibility="private")
    for address, names in (
        (album.get_absolute_url(), "BC"),
        ("/tags/coast", "ABC"),
        ("/?search=A+or+C", "AC"),
    ):
        visit.open(address)
        assert violations(visit.browser) == []
        link = visit.find("a.download")
        assert "nofollow" in link.get_attribute("rel")
        link.click()
        assert hashes(saved()) == of(images, names)
    visit.open("/")
    assert visit.all("a.download") == []  # all there is, nobody asked for
    visit.open("/?search=nowhere")
    assert visit.all("a.download") == []


def test_where_it_is_busy_a_page_says_so(visit, images, clara, saved, monkeypatch):
    monkeypatch.setattr(archives, "turns_of_strangers", Turns(0))
    visit.open("/tags/coast")
    visit.follow("a.download")
    assert "Other downloads are under way" in visit.find("main").text
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 503" not in text]
