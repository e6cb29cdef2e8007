"""A person at the browser."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--force-prefers-reduced-motion",  # what fades in is not yet displayed; no test waits for it
    "--disable-features=BackForwardCache",  # to leave a page takes twice as long where it is kept for later
)
PAUSE = 0.05  # seconds between two looks whether something happened

# The library has no such file, and it is sent: a console complains of this answer as of any other 404.
NO = re.compile(r"/api/v1/images/by-hash/[0-9a-f]{64} - .* status of 404 ")

# Returns when every image of the page is there, those below the fold too.
WHEN_DECODED = """
    const done = arguments[0], images = [...document.images];
    images.forEach(image => { image.loading = "eager"; });
    Promise.allSettled(images.map(image => image.decode())).then(() => done());
"""


class Visit:
    """Opens pages of the library and keeps what console and network said."""

    def __init__(self, browser, origin: str):
        self.browser, self.origin = browser, origin
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self.transfers: dict[str, int | None] = {}  # of images: bytes on the wire, None while on their way
        self.choosers: list[int] = []  # of files: their fields, as DevTools name them

    def open(self, path: str) -> None:
        """Load a page, and every image on it, those below the fold too."""
        self.browser.get(self.origin + path)
        self.browser.execute_async_script(WHEN_DECODED)
        self.listen()

    def follow(self, selector: str) -> None:
        """Click what leads to another page, and return when that page is there."""
        self.browser.execute_script("window.isLeft = true")
        self.browser.find_element(By.CSS_SELECTOR, selector).click()
        arrived = "return !window.isLeft && document.readyState === 'complete'"
        wait = WebDriverWait(self.browser, 20, PAUSE, ignored_exceptions=[WebDriverException])
        wait.until(lambda browser: browser.execute_script(arrived))
        self.listen()

    def follow_in_fold(self, selector: str) -> None:
        """Unfold what has it, if it is folded, and follow it."""
        self.browser.execute_script("arguments[0].closest('details').open = true", self.find(selector))
        self.follow(selector)

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
            elif message["method"] == "Network.loadingFailed":  # given up for another size, say
                self.transfers.pop(told["requestId"], None)
            elif message["method"] == "Page.fileChooserOpened":
                self.choosers.append(told["backendNodeId"])
        self.complaints += [
            entry["message"]
            for entry in self.browser.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING") and not NO.search(entry["message"])
        ]

    def find(self, selector: str):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def all(self, selector: str) -> list:
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def evaluate(self, expression: str):
        """Return the value of a JavaScript expression on the page."""
        return self.browser.execute_script(f"return {expression}")

    def wait_until(self, expression: str, seconds: float = 20):
        """Return the value of a JavaScript expression as soon as it is true."""
        wait = WebDriverWait(self.browser, seconds, PAUSE)
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
