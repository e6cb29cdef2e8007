"""Files that the library has already are not sent, in a real Chromium; what is shown of them is the same."""

import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.api import by_hash
from images.catalogue.trash import trash
from images.models import Album, Image
from storage import get_storage
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.clients.api import IMAGES
from tests.factories import add_image, make_image, make_user, noise
from tests.files.located import photo

KITE, BOAT = (make_image(size=(300, 200), seed=seed) for seed in (1, 2))

NO_TLS = "Object.defineProperty(crypto, 'subtle', { value: undefined })"
NO_WORKER = "Worker.prototype.postMessage = function () { this.onerror(new ErrorEvent('error')); }"
NO_MEMORY = "Worker.prototype.postMessage = function () { this.onmessage({ data: '' }); }"


def sent(visit) -> int:
    """Return how many files were sent."""
    visit.listen()
    return visit.requested.count(f"{visit.origin}{IMAGES}")


def asked(visit) -> int:
    """Return of how many files it was asked whether they are there."""
    visit.listen()
    return len([url for url in visit.requested if "/by-hash/" in url])


def submit(page) -> None:
    """Send the files, and stay: the field of a row goes away where it is not one's own to describe."""
    page.submit(stays=True, field="[name=tags]")


@pytest.fixture
def blocked(visit):
    """Let the library not answer at these addresses, until called with none."""

    def block(*urls: str) -> None:
        visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": urls})

    yield block
    block()
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]  # asked for


def test_five_megabytes_that_are_there_are_not_sent(page, visit):
    large = noise((1300, 1300))
    assert len(large) > 5_000_000
    image = add_image(large, title="Noise")
    page.choose({"again.png": large, "kite.jpg": KITE})
    submit(page)
    page.wait_for(again="known", kite="new")
    assert (asked(visit), sent(visit)) == (2, 1)
    row = page.row("again.png")
    assert "Already in the library." in row.text
    link = row.find_element(By.LINK_TEXT, "Open").get_attribute("href")
    assert link == visit.origin + image.get_absolute_url()
    assert page.find(".tally").text == "2 of 2 done."


def known_files(clara) -> dict[str, bytes]:
    """Return files that the library has, of each kind that the page says something else about."""
    files = {f"{n}.jpg": make_image(seed=n) for n in range(5)} | {"5.jpg": photo(9)}
    add_image(files["0.jpg"], uploaded_by=make_user("edda"))
    add_image(files["1.jpg"], visibility="private", uploaded_by=clara)
    add_image(files["2.jpg"], tags=["Coast"])
    add_image(files["3.jpg"], alt_text="A boat.", uploaded_by=clara)
    add_image(files["4.jpg"], uploaded_by=clara)
    add_image(files["5.jpg"], location="strip")
    return files


@pytest.mark.drill
def test_what_is_shown_is_the_same_sent_or_not(clara, visit, tmp_path):
    files, shown = known_files(clara), []
    for script, most in (("", 0), (NO_TLS, len(files))):
        visit.requested.clear()
        page = Uploader(visit, tmp_path)
        visit.browser.execute_script(script)
        page.find("[name=tags]").send_keys("Coast", Keys.ESCAPE)
        page.choose(files)
        written = page.row("4.jpg").find_element(By.TAG_NAME, "textarea")
        written.send_keys("A dune.")
        submit(page)
        page.wait_for(**dict.fromkeys("02345", "known"), **{"1": "known-private"})
        assert sent(visit) == most
        fields = "[...document.querySelectorAll('.queue textarea')].map(field => field.value)"
        rows = [page.row(name).text for name in files]
        links = [page.row(name).find_element(By.LINK_TEXT, "Open").get_attribute("href") for name in files]
        shown.append((rows, visit.evaluate(fields), links, page.find(".tally").text))
        Image.objects.filter(alt_text="A dune.").update(alt_text="")
    assert shown[0] == shown[1]
    rows = shown[0][0]
    assert "It is private, as it was, and not as you asked." in rows[1]
    assert ["Its tags were not changed." in row for row in rows] == [True, True, False, True, True, True]
    assert "The library has this file already, without its metadata." in rows[5]
    assert violations(visit.browser) == []


def test_what_is_there_goes_into_the_album_unsent(page, clara, visit):
    add_image(KITE, filename="kite.jpg")
    page.find("[name=album]").send_keys("Winter", Keys.ESCAPE)
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    page.submit()
    page.go_on()
    assert sorted(Album.objects.get().images.values_list("filename", flat=True)) == ["boat.jpg", "kite.jpg"]
    assert sent(visit) == 1


@pytest.mark.parametrize("script", [NO_TLS, NO_WORKER, NO_MEMORY], ids=["no-tls", "no-worker", "no-memory"])
def test_a_file_without_a_digest_is_sent(page, visit, script):
    add_image(KITE)
    visit.browser.execute_script(script)
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    submit(page)
    page.wait_for(again="known", boat="new")
    assert (asked(visit), sent(visit)) == (0, 2)


def test_from_the_trash_it_is_brought_back(page, clara, visit):
    image = add_image(KITE, uploaded_by=clara)
    trash(image)
    page.choose({"kite.jpg": KITE})
    submit(page)
    page.wait_for(kite="known")
    assert not Image.objects.get().deleted_at
    assert sent(visit) == 1


def test_from_another_s_trash_it_is_refused_as_ever(page, editor, visit):
    trash(add_image(KITE, uploaded_by=editor))
    page.choose({"kite.jpg": KITE})
    submit(page)
    page.wait_for(kite="failed")
    assert "in the trash. An editor can restore it." in page.row("kite.jpg").text
    assert page.refusals() == {"409"}


def test_one_whose_object_is_lost_is_sent_and_mends_it(page, visit):
    image = add_image(KITE)
    get_storage().delete(image.storage_key)
    page.choose({"kite.jpg": KITE})
    submit(page)
    page.wait_for(kite="known")
    assert (sent(visit), image.read()) == (1, KITE)


def test_where_nobody_answers_whether_it_is_there_it_is_sent(page, visit, blocked):
    add_image(KITE)
    blocked("*/by-hash/*")
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    submit(page)
    page.wait_for(again="known", boat="new")


def test_one_that_goes_between_two_answers_is_sent(page, visit, blocked):
    image = add_image(KITE)
    blocked(f"*{IMAGES}/{image.pk}")
    page.choose({"again.jpg": KITE})
    submit(page)
    page.wait_for(again="known")
    assert Image.objects.count() == 1


def test_with_the_library_away_it_fails_and_is_not_sent_once_it_is_back(page, clara, visit, blocked):
    add_image(KITE, uploaded_by=clara)
    blocked(f"*{IMAGES}*")
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    page.submit()
    page.wait_for(again="failed", boat="failed")
    assert "The connection or the server failed." in page.row("again.jpg").text
    blocked()
    visit.listen()
    visit.requested.clear()
    page.find(".queue [value=all]").send_keys(Keys.ENTER)
    page.go_on()
    assert len(page.selected()) == 2
    assert sent(visit) == 1


def test_a_failing_store_is_no_answer(page, visit, monkeypatch):
    add_image(KITE)
    monkeypatch.setattr(by_hash, "is_at_hand", lambda image: 1 / 0)
    page.choose({"again.jpg": KITE})
    submit(page)
    page.wait_for(again="known")
    assert page.refusals() == {"500"}


def test_one_that_is_called_back_meanwhile_is_neither_sent_nor_taken_twice(page, visit, monkeypatch):
    is_asked, released, is_at_hand = threading.Semaphore(0), threading.Event(), by_hash.is_at_hand

    def hold(image):
        is_asked.release()
        released.wait(20)
        return is_at_hand(image)

    monkeypatch.setattr(by_hash, "is_at_hand", hold)
    add_image(KITE)
    page.choose({"again.jpg": KITE, "boat.jpg": BOAT})
    submit(page)
    try:
        assert is_asked.acquire(timeout=20)
        page.wait_for(again="looking", boat="new")
        assert "Asks whether the library has it." in page.row("again.jpg").text
        page.row("again.jpg").find_element(By.CSS_SELECTOR, "[value=cancel]").send_keys(Keys.ENTER)
        page.wait_for(again="waiting", boat="new")
        submit(page)
    finally:
        released.set()
    page.wait_for(again="known", boat="new")
    assert sent(visit) == 1
    assert page.find(".tally").text == "2 of 2 done."


def test_one_that_is_gone_since_it_was_chosen_fails_as_ever(page, visit, tmp_path):
    page.choose({"kite.jpg": KITE})
    page.wait_for(kite="waiting")
    (tmp_path / "kite.jpg").unlink()
    page.submit()
    page.wait_for(kite="failed")
    assert asked(visit) == 0
    visit.complaints = [text for text in visit.complaints if "ERR_FILE_NOT_FOUND" not in text]


def test_files_are_read_one_after_the_other(page, visit):
    visit.browser.execute_script(
        """
        window.most = window.now = 0;
        window.Worker = class extends Worker {
          postMessage(file) { most = Math.max(most, ++now); super.postMessage(file); }
          terminate() { now -= 1; super.terminate(); }
        };
        """
    )
    page.choose({f"{n}.jpg": make_image(seed=n) for n in range(4)})
    submit(page)
    page.wait_for(**dict.fromkeys("0123", "new"))
    assert visit.evaluate("[most, now]") == [1, 0]
