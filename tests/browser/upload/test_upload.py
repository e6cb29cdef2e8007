"""The upload page in a real Chromium, on a folder and on a real S3 server."""

import re
import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.catalogue.tags import tag_names
from images.http import limits
from images.models import Image
from storage import get_storage
from storage.errors import StorageUnavailable
from tests.browser.accessibility import violations
from tests.browser.upload.uploader import Uploader
from tests.browser.visit import PAUSE
from tests.factories import add_image, make_image, make_user, sha256

PHOTOS = {
    "kite.jpg": make_image("JPEG", (300, 200), seed=1),
    "boat.png": make_image("PNG", (200, 300), seed=2),
    "dune.webp": make_image("WEBP", (240, 240), seed=3),
    "gull.gif": make_image("GIF", (120, 80), seed=4),
    "foam.avif": make_image("AVIF", (320, 200), seed=5),
}


@pytest.fixture
def page(visit, client, tmp_path):
    """The upload page, opened by a contributor; what it left behind is quiet again afterwards."""
    visit.sign_in(client, make_user("clara", "Contributors"))
    return Uploader(visit, tmp_path)


def test_all_files_of_the_queue_get_the_tags(page):
    page.find("[name=tags]").send_keys("Coast, night train")
    page.choose({"kite.jpg": PHOTOS["kite.jpg"]})
    page.submit(stays=True)
    page.wait_for(kite="new")
    assert tag_names(Image.objects.get()) == ["Coast", "night train"]


def test_of_a_known_file_without_them_it_says_that_its_tags_were_not_changed(page):
    boat = add_image(PHOTOS["boat.png"], tags=["Harbour"])
    add_image(PHOTOS["gull.gif"], tags=["Coast", "Gull"])
    page.find("[name=tags]").send_keys("Coast", Keys.ESCAPE)
    page.choose({name: PHOTOS[name] for name in ("kite.jpg", "boat.png", "gull.gif")})
    page.submit()
    page.go_on()
    assert "Already in the library. Its tags were not changed." in page.row("boat.png").text
    assert [page.row(name).is_displayed() for name in ("kite.jpg", "gull.gif")] == [False, False]
    assert tag_names(boat) == ["Harbour"]


def assert_all_arrived(page) -> None:
    page.wait_for(kite="new", boat="new", dune="new", gull="new", foam="new")
    for name, data in PHOTOS.items():
        image = Image.objects.get(hash=sha256(data))
        assert (image.filename, image.uploaded_by.username) == (name, "clara")
        assert get_storage().get(image.hash) == data
        link = page.row(name).find_element(By.LINK_TEXT, "Open")
        assert link.get_attribute("href") == page.visit.origin + image.get_absolute_url()
        assert link.accessible_name == f"Open: {name}"
    assert page.find(".tally").text == "5 of 5 done."
    widths = page.browser.execute_script(
        "return [...document.querySelectorAll('.queue img')].map(image => image.naturalWidth)"
    )
    assert widths == [300, 200, 240, 120, 320]


@pytest.mark.usefixtures("storage")
def test_five_files_are_dropped(page):
    page.drag(PHOTOS)
    page.wait_for(kite="waiting", boat="waiting", dune="waiting", gull="waiting", foam="waiting")
    assert not Image.objects.exists()  # nothing is published by letting go of a mouse button
    page.submit(stays=True)
    assert_all_arrived(page)


@pytest.mark.usefixtures("storage")
def test_five_files_are_chosen(page):
    page.choose(PHOTOS)
    page.submit(stays=True)
    assert_all_arrived(page)


def test_an_image_is_pasted(page):
    page.paste({"image.png": PHOTOS["boat.png"]})
    page.submit(stays=True)
    page.wait_for(image="new")
    assert Image.objects.get().hash == sha256(PHOTOS["boat.png"])


@pytest.mark.usefixtures("storage")
def test_each_file_is_told_what_became_of_it(page):
    add_image(PHOTOS["kite.jpg"], title="Kite", uploaded_by=make_user("edda"))
    add_image(PHOTOS["boat.png"], visibility="private")
    page.choose(PHOTOS | {"notes.jpg": b"not an image", "half.jpg": PHOTOS["kite.jpg"][:-300]})
    page.find("[name=visibility][value=private]").click()
    page.submit()
    page.wait_for(
        kite="known-public", boat="known", dune="new", gull="new", foam="new", notes="refused", half="refused"
    )
    page.go_on()
    assert "It is public, as it was, and not as you asked." in page.row("kite.jpg").text
    assert "You asked" not in page.row("boat.png").text
    assert "Alternative text" not in page.row("kite.jpg").text  # not clara's to describe
    assert "not an image in a format the library takes" in page.row("notes.jpg").text
    assert "Try again" in page.row("notes.jpg").text
    assert page.find(".tally").get_property("textContent") == "7 of 7 done. Not taken: 2."
    assert Image.objects.get(hash=sha256(PHOTOS["dune.webp"])).visibility == "private"
    assert page.refusals() == {"415", "422"}


def test_a_file_too_large_is_refused_before_it_is_sent(visit, client, settings, tmp_path):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 1000
    visit.sign_in(client, make_user("clara", "Contributors"))
    page = Uploader(visit, tmp_path)
    page.choose({"kite.png": make_image("PNG", (300, 200))})
    page.wait_for(kite="refused")
    assert "The file is larger than" in page.row("kite.png").text
    assert not [url for url in visit.requested if "/api/" in url]


def test_a_failed_file_is_tried_again(page, monkeypatch):
    put, failures = get_storage().put, iter([StorageUnavailable("bucket pictures refused")])

    def fail_once(*args):
        for failure in failures:
            raise failure
        return put(*args)

    monkeypatch.setattr(get_storage(), "put", fail_once)
    page.choose({"kite.jpg": PHOTOS["kite.jpg"]})
    page.submit()
    page.wait_for(kite="failed")
    row = page.row("kite.jpg")
    assert "Please try again later." in row.text
    assert page.refusals() == {"500"}
    retry = row.find_element(By.CSS_SELECTOR, "[value=retry]")
    press = "arguments[0].focus(); arguments[0].click(); return document.activeElement"
    assert page.browser.execute_script(press, retry) == row  # where the button was
    page.go_on()
    assert Image.objects.get().hash == sha256(PHOTOS["kite.jpg"])


def test_progress_is_shown_and_two_files_go_at_a_time(page, monkeypatch):
    put, arrived, released = get_storage().put, threading.Semaphore(0), threading.Event()

    def hold(*args):
        arrived.release()
        released.wait(20)
        return put(*args)

    monkeypatch.setattr(get_storage(), "put", hold)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    page.browser.execute_script(
        """
        window.shown = [];
        new MutationObserver(changes => changes.forEach(({ target }) => shown.push(target.value)))
          .observe(document.querySelector(".queue ul"), { subtree: true, attributeFilter: ["value"] });
        """
    )
    large = {f"{n}.png": make_image("PNG", (600, 400), seed=n) for n in range(3)}
    page.choose(large)
    page.submit(stays=True)
    try:
        for _ in range(2):
            assert arrived.acquire(timeout=20)
        page.wait_for(**{"0": "checking", "1": "checking", "2": "queued"})
        assert page.browser.execute_script("return shown.some(value => 0 < value && value < 1)")
        leave = "const leave = new Event('beforeunload', {cancelable: true}); return !dispatchEvent(leave)"
        assert page.browser.execute_script(leave)  # a warning
    finally:
        released.set()
        page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    page.wait_for(**{"0": "new", "1": "new", "2": "new"})
    assert not page.browser.execute_script(leave)


@pytest.mark.drill
def test_what_is_too_much_for_now_waits_and_goes_on_by_itself(page, settings, monkeypatch):
    settings.IMAGELIB_UPLOADS_PER_HOUR = 2
    monkeypatch.setattr(limits, "HOUR", 8)
    page.browser.execute_script(
        """
        const announcer = document.querySelector(".announcer");
        window.heard = [];
        new MutationObserver(() => heard.push(announcer.textContent))
          .observe(announcer, { childList: true, characterData: true, subtree: true });
        """
    )
    page.choose(PHOTOS)
    page.submit(stays=True)
    note, wait = page.find(".held"), WebDriverWait(page.browser, 20, PAUSE)
    wait.until(lambda _: note.is_displayed())
    said = note.text
    assert re.fullmatch(r".* takes no more .* goes on by itself at \d+:\d\d\sM\.".replace("M", "[AP]M"), said)
    wait.until(lambda browser: said in browser.execute_script("return heard"))
    # One that was taken may be answered after the one that was not.
    wait.until(lambda _: sorted(page.states().values()) == ["new", "new", "queued", "queued", "queued"])
    assert Image.objects.count() == 2
    page.wait_for(kite="new", boat="new", dune="new", gull="new", foam="new")
    assert not note.is_displayed()
    assert page.refusals() == {"429"}


def test_alt_text_is_given_before_while_and_after(page):
    page.choose({name: PHOTOS[name] for name in ("kite.jpg", "boat.png")})
    page.row("kite.jpg").find_element(By.TAG_NAME, "textarea").send_keys("A red kite.")
    page.submit(stays=True)
    page.wait_for(kite="new", boat="new")
    words = page.row("boat.png").find_element(By.TAG_NAME, "textarea")
    words.send_keys("A boat.", Keys.TAB)
    saved = page.row("boat.png").find_element(By.CSS_SELECTOR, ".saved")
    WebDriverWait(page.browser, 20, PAUSE).until(lambda _: saved.text == "Saved.")
    assert set(Image.objects.values_list("filename", "alt_text")) == {
        ("kite.jpg", "A red kite."),
        ("boat.png", "A boat."),
    }


def test_words_that_cannot_be_saved_stay_and_say_so(page):
    page.choose({"kite.jpg": PHOTOS["kite.jpg"]})
    page.submit(stays=True)
    page.wait_for(kite="new")
    Image.objects.all().delete()
    page.row("kite.jpg").find_element(By.TAG_NAME, "textarea").send_keys("A kite.", Keys.TAB)
    saved = page.row("kite.jpg").find_element(By.CSS_SELECTOR, ".saved")
    WebDriverWait(page.browser, 20, PAUSE).until(lambda _: saved.text == "Not saved. Not found.")
    assert page.refusals() == {"404"}


def test_a_file_is_called_back_on_its_way(page):
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 20_000}
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    page.choose({"kite.png": make_image("PNG", (600, 400))})
    page.submit(stays=True)
    page.wait_for(kite="sending")
    cancel = page.row("kite.png").find_element(By.CSS_SELECTOR, "[value=cancel]")
    page.browser.execute_script("arguments[0].scrollIntoView()", cancel)
    cancel.click()
    page.wait_for(kite="waiting")
    fast = slow | {"uploadThroughput": -1}
    page.browser.execute_cdp_cmd("Network.emulateNetworkConditions", fast)
    page.submit(stays=True)
    page.wait_for(kite="new")
    assert Image.objects.count() == 1


def test_a_file_is_removed_by_keyboard_and_the_focus_stays_near(page):
    page.choose({name: PHOTOS[name] for name in ("kite.jpg", "boat.png")})
    page.row("kite.jpg").find_element(By.CSS_SELECTOR, "[value=remove]").send_keys(Keys.ENTER)
    page.wait_for(boat="waiting")
    assert page.browser.switch_to.active_element == page.row("boat.png")


def test_without_files_the_browser_asks_for_some(page):
    page.submit()
    assert page.browser.switch_to.active_element == page.find("[name=files]")
    assert page.find("[name=files]").get_property("validity")["valueMissing"]


def test_what_became_of_the_files_is_announced(page):
    page.browser.execute_script(
        """
        window.said = [];
        const announcer = document.querySelector(".announcer");
        new MutationObserver(() => said.push(announcer.textContent)).observe(announcer, { childList: true });
        """
    )
    page.choose({"kite.jpg": PHOTOS["kite.jpg"]})
    page.submit(stays=True)
    page.wait_for(kite="new")
    said = page.browser.execute_script("return said")
    assert "kite.jpg: Added to the library." in said
    assert page.find(".announcer").aria_role == "status"


@pytest.mark.usefixtures("storage")
def test_without_javascript_the_form_does_it(page):
    with page.visit.without_javascript():
        page.visit.open("/upload")
        assert not page.find(".drop-hint").is_displayed()
        page.choose(PHOTOS | {"notes.jpg": b"not an image"})
        page.visit.follow(".submit button")
    assert Image.objects.count() == 5
    outcomes = page.find(".outcomes").text
    assert outcomes.count("Added to the library.") == 5
    assert "not an image in a format the library takes" in outcomes


def test_axe_finds_nothing(visit, client, tmp_path):
    visit.sign_in(client, make_user("clara", "Contributors"))
    page = Uploader(visit, tmp_path)
    assert violations(visit.browser) == []
    page.choose(PHOTOS | {"notes.jpg": b"not an image"})
    assert violations(visit.browser) == []
    page.submit(stays=True)
    page.wait_for(kite="new", boat="new", dune="new", gull="new", foam="new", notes="refused")
    assert violations(visit.browser) == []
    assert page.refusals() == {"415"}
