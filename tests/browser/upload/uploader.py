"""A person at the upload page: what hands do there, and what eyes see."""

import base64
import re
from pathlib import Path

from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser.visit import PAUSE

# In the page: `files` ({name: base64}) as a DataTransfer.
CARRY = """
const carried = new DataTransfer();
for (const [name, text] of Object.entries(arguments[0])) {
  const bytes = Uint8Array.from(atob(text), character => character.charCodeAt(0));
  carried.items.add(new File([bytes], name, { type: "image/jpeg" }));
}
"""


class Uploader:
    """Opens the upload page; files are saved in `folder` to be chosen from there."""

    def __init__(self, visit, folder):
        self.visit, self.browser, self.folder = visit, visit.browser, folder
        visit.open("/upload")

    def find(self, selector: str):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def choose(self, files: dict[str, bytes]) -> None:
        """Choose files in the picker."""
        self.find("[name=files]").send_keys("\n".join(self._save(files)))

    def drag(self, files: dict[str, bytes]) -> None:
        """Drag files over the page as a hand would, and let them fall."""
        self._drag(self._save(files))

    def drop(self, folder: Path) -> None:
        """Drag a folder over the page, and let it fall."""
        self._drag([str(folder)])

    def _drag(self, paths: list[str]) -> None:
        data = {"items": [], "files": paths, "dragOperationsMask": 1}
        for type_ in ("dragEnter", "dragOver", "drop"):
            event = {"type": type_, "x": 300, "y": 300, "data": data}
            self.browser.execute_cdp_cmd("Input.dispatchDragEvent", event)

    def paste(self, files: dict[str, bytes]) -> None:
        """Paste files."""
        encoded = {name: base64.b64encode(data).decode() for name, data in files.items()}
        paste = 'new ClipboardEvent("paste", { clipboardData: carried, bubbles: true })'
        self.browser.execute_script(f"{CARRY} document.body.dispatchEvent({paste})", encoded)

    def submit(self, *, stays: bool = False, field: str = ".queue textarea") -> None:
        """Send the files; to stay afterwards, from within a field: nobody is taken away from that."""
        if stays:
            self.browser.execute_script("document.querySelector(arguments[0]).focus()", field)
            self.browser.execute_script("document.querySelector('.upload').requestSubmit()")
        else:
            self.find(".submit button").click()

    def go_on(self, seconds: float = 20) -> None:
        """Return when what was added is there, selected, on a page of its own, within so many seconds."""
        there = "location.pathname === '/selection' && document.readyState === 'complete'"
        self.visit.wait_until(there, seconds)
        self.visit.wait_until("/^Selected: \\d/.test(document.querySelector('.selected')?.textContent)")

    def selected(self) -> list[str]:
        """Return the file names, as the cells are titled, of the selected images in their order."""
        boxes = "[...document.querySelectorAll('.pick :checked')]"
        return self.visit.evaluate(
            f"{boxes}.map(box => box.closest('.cell').querySelector('a').dataset.title)"
        )

    def row(self, name: str):
        """Return the row of a file."""
        rows = self.browser.find_elements(By.CSS_SELECTOR, ".queue li")
        return next(row for row in rows if self._name(row) == name)

    def states(self) -> dict[str, str]:
        """Return the state of each file by its name."""
        rows = self.browser.find_elements(By.CSS_SELECTOR, ".queue li")
        return {self._name(row): row.get_attribute("data-state") for row in rows}

    def wait_for(self, **states: str) -> None:
        """Return when the files (by name without extension) are in these states."""

        def arrived(browser) -> bool:
            return {name.partition(".")[0]: state for name, state in self.states().items()} == states

        WebDriverWait(self.browser, 20, PAUSE).until(arrived, f"{states} was expected")

    def refusals(self) -> set[str]:
        """Take the complaints that the console makes of refused uploads; return their statuses."""
        self.visit.listen()
        statuses = [re.search(r"/api/v1/images\S* - .* status of (\d+)", c) for c in self.visit.complaints]
        assert all(statuses), self.visit.complaints
        self.visit.complaints.clear()
        return {status[1] for status in statuses}

    def _name(self, row) -> str:
        """Return the name in a row, which may be hidden."""
        return row.find_element(By.CSS_SELECTOR, ".name").get_property("textContent")

    def _save(self, files: dict[str, bytes]) -> list[str]:
        for name, data in files.items():
            (self.folder / name).write_bytes(data)
        return [str(self.folder / name) for name in files]
