"""A real Chromium, and a library served to it."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from storage import get_storage
from tests.servers import need

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--force-prefers-reduced-motion",  # what fades in is not yet displayed; no test waits for it
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One Chromium for the session, with a profile of its own; its console and network are logged."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    need("Chromium with chromedriver", chromium and driver, "the pages as a browser shows them")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options, Service(driver))
    chrome.set_window_size(1280, 900)
    yield chrome
    chrome.quit()


class Visit:
    """A person at the browser: opens pages of the library and keeps what console and network said."""

    def __init__(self, browser, origin: str):
        self.browser, self.origin = browser, origin
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self.transfers: dict[str, int | None] = {}  # of images: bytes on the wire, None while on their way

    def open(self, path: str) -> None:
        """Load a page, and every image on it, those below the fold too."""
        self.browser.get(self.origin + path)
        self.browser.execute_async_script(
            """
            const done = arguments[0], images = [...document.images];
            images.forEach(image => { image.loading = "eager"; });
            Promise.allSettled(images.map(image => image.decode())).then(() => done());
            """
        )
        self.listen()

    def follow(self, selector: str) -> None:
        """Click what leads to another page, and return when that page is there."""
        self.browser.execute_script("window.isLeft = true")
        self.browser.find_element(By.CSS_SELECTOR, selector).click()
        arrived = "return !window.isLeft && document.readyState === 'complete'"
        wait = WebDriverWait(self.browser, 20, ignored_exceptions=[WebDriverException])
        wait.until(lambda browser: browser.execute_script(arrived))
        self.listen()

    def listen(self) -> None:
        """Take over what the logs hold by now."""
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            told = message["params"]
            if message["method"] == "Network.requestWillBeSent":
                self.requested.append(told["request"]["url"])
                if told.get("type") == "Image":
                    self.transfers[told["requestId"]] = None
            elif message["method"] == "Network.loadingFinished" and told["requestId"] in self.transfers:
                self.transfers[told["requestId"]] = int(told["encodedDataLength"])
        self.complaints += [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")
        ]

    def find(self, selector: str):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def evaluate(self, expression: str):
        """Return the value of a JavaScript expression on the page."""
        return self.browser.execute_script(f"return {expression}")

    def wait_until(self, expression: str):
        """Return the value of a JavaScript expression as soon as it is true."""
        wait = WebDriverWait(self.browser, 20)
        return wait.until(lambda browser: self.evaluate(expression), f"never: {expression}")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, wherever the focus is then."""
        for key in keys:
            self.browser.switch_to.active_element.send_keys(key)

    @contextmanager
    def without_javascript(self) -> Iterator[None]:
        """Run no script of the pages opened within."""
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
        yield
        self.browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    def images(self) -> dict[str, int]:
        """Return by address the width of every file that images of the page show, 0 if it did not load.

        A `naturalWidth` is what `sizes` makes of it. Placeholders are left out.
        """
        return self.browser.execute_async_script(
            """
            const images = [...document.querySelectorAll("img:not(.placeholder)")];
            const widthOf = image => createImageBitmap(image).then(({ width }) => width, () => 0);
            Promise.all(images.map(async image => [image.currentSrc, await widthOf(image)]))
              .then(pairs => arguments[0](Object.fromEntries(pairs)));
            """
        )

    def foreign(self) -> list[str]:
        """Return the requests that went anywhere but to the library."""
        here = urlsplit(self.origin).netloc
        return [
            url
            for url in self.requested
            if urlsplit(url).scheme not in ("data", "blob", "about") and urlsplit(url).netloc != here
        ]

    def sign_in(self, client, user) -> None:
        """Give the browser a session of `user`, made by Django's test client."""
        client.force_login(user)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": self.origin}
        self.browser.execute_cdp_cmd("Network.setCookie", session)


@pytest.fixture
def visit(django_db_serialized_rollback, live_server, browser):
    """An anonymous visit to a library of the test's own. At its end, no complaint and no foreign request.

    The live server shares the database between threads, so the test runs without a transaction; the rollback
    brings back the groups that migrations made.
    """
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    visit = Visit(browser, live_server.url)
    visit.listen()
    visit.requested.clear()
    visit.complaints.clear()
    visit.transfers.clear()
    yield visit
    visit.listen()
    assert visit.complaints == []
    assert visit.foreign() == []


@pytest.fixture(params=["folder", "s3"])
def storage(request, settings):
    """The library's bytes in a folder, and once more in a bucket of a real S3 server."""
    if request.param == "s3":
        seaweedfs = request.getfixturevalue("seaweedfs")
        settings.IMAGELIB_STORAGE = "s3"
        settings.IMAGELIB_S3 = seaweedfs.options | {"bucket_name": "browser"}
        get_storage.cache_clear()
        get_storage().prepare()
