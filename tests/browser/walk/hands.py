"""What a person does to get something done, with a mouse, a finger or keys alone; it is counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.visit import PAUSE, Visit

MOST_ACTIONS = 3  # that a step takes: clicks, taps, drags, keys, files picked, and what is typed at a time
MOST_REACHED = 50  # Tabs, swipes or turns of the wheel to what these are done to
ARRIVED = "return !window.isLeft && document.readyState === 'complete'"


class Hands:
    """A person at the pages. `steps` says of each step how many actions it took, and how often one had to
    reach for what they were done to.
    """

    name: str
    reaching: str
    width, height = 1280, 860
    is_mobile = False

    def __init__(self, visit: Visit):
        self.visit, self.browser = visit, visit.browser
        self.steps: dict[str, tuple[int, int]] = {}
        self.actions = self.reached = 0

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Have the screen of such a person, and their picker of files."""
        screen = {"width": self.width, "height": self.height, "deviceScaleFactor": 1}
        self.command("Emulation.setDeviceMetricsOverride", **screen, mobile=self.is_mobile)
        self.command("Emulation.setTouchEmulationEnabled", enabled=self.is_mobile)
        self.command("Page.setInterceptFileChooserDialog", enabled=True)
        try:
            yield
        finally:
            self.command("Page.setInterceptFileChooserDialog", enabled=False)
            self.command("Emulation.setTouchEmulationEnabled", enabled=False)
            self.command("Emulation.clearDeviceMetricsOverride")

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Something that a person wants to have done, in few actions."""
        self.actions = self.reached = 0
        yield
        assert self.actions <= MOST_ACTIONS, f"{name} by {self.name}: {self.actions} actions"
        assert self.reached <= MOST_REACHED, f"{name} by {self.name}: {self.reached} {self.reaching}"
        self.steps[name] = self.actions, self.reached

    # --- What is done ---

    def press(self, selector: str) -> None:
        """Click, tap, or press the key of what is there."""
        raise NotImplementedError

    def write(self, text: str) -> None:
        """Type, where the page has the keyboard."""
        self.actions += 1
        self.browser.switch_to.active_element.send_keys(text)

    def send(self, button: str) -> None:
        """Send what was written; the page that follows is there."""
        with self.left():
            self.press(button)

    def follow(self, selector: str) -> None:
        """Press what leads to another page, and return when that is there."""
        with self.left():
            self.press(selector)

    def pick_files(self, opener: str, paths: list[Path]) -> None:
        """Press what opens a picker, and choose there."""
        self.press(opener)
        WebDriverWait(self.browser, 20, PAUSE).until(self._is_asked, "no picker opened")
        self.actions += 1
        field = self.visit.choosers.pop()
        self.command("DOM.setFileInputFiles", files=[str(path) for path in paths], backendNodeId=field)

    # --- How ---

    @contextmanager
    def left(self) -> Iterator[None]:
        """Return when another page is there."""
        self.browser.execute_script("window.isLeft = true")
        yield
        wait = WebDriverWait(self.browser, 20, PAUSE, ignored_exceptions=[WebDriverException])
        wait.until(lambda browser: browser.execute_script(ARRIVED))

    def command(self, method: str, **said) -> None:
        self.browser.execute_cdp_cmd(method, said)

    def _is_asked(self, browser) -> bool:
        self.visit.listen()
        return bool(self.visit.choosers)


class Keyboard(Hands):
    """Keys alone."""

    name, reaching = "keyboard", "Tabs"

    def press(self, selector: str) -> None:
        self.reach(selector)
        self.key(Keys.SPACE if self._is_at("[type=checkbox], [type=radio]") else Keys.ENTER)

    def send(self, button: str) -> None:
        with self.left():
            self.key(Keys.ENTER)

    def key(self, *keys: str) -> None:
        """Press a key, others held down before it."""
        self.actions += 1
        chain = ActionChains(self.browser)
        for held in keys[:-1]:
            chain.key_down(held)
        chain.send_keys(keys[-1])
        for held in keys[:-1]:
            chain.key_up(held)
        chain.perform()

    def reach(self, selector: str) -> None:
        """Tab to what is there, forwards or back."""
        self.visit.wait_until(f"document.querySelector({selector!r})")
        ahead = f"""(document.activeElement.compareDocumentPosition(document.querySelector({selector!r}))
          & (Node.DOCUMENT_POSITION_FOLLOWING | Node.DOCUMENT_POSITION_CONTAINED_BY)) > 0"""
        is_ahead = self.visit.evaluate(ahead)
        while not self._is_at(selector):
            self.reached += 1
            assert self.reached <= MOST_REACHED, f"no Tab leads to {selector}"
            chain = ActionChains(self.browser)
            if is_ahead:
                chain.send_keys(Keys.TAB).perform()
            else:
                chain.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()

    def _is_at(self, selector: str) -> bool:
        return self.visit.evaluate(f"document.activeElement.matches({selector!r})")
