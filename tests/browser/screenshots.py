"""Takes pictures of every page of a library with the sample images: `make screenshots`.

Into the folder given: each page at 390 and 1280 pixels, light and dark, to be looked at. Into docs/: the one
that the README shows.
"""

import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests import BASE_DIR
from tests.browser.accessibility import prefer
from tests.browser.visit import FLAGS
from tests.servers.application import ADMIN_PASSWORD, Application
from tests.servers.machine import find_program

WIDTHS = {390: 844, 1280: 860}  # and the heights of a phone and a laptop
WHEN_DECODED = """
    const done = arguments[0];
    Promise.allSettled([...document.images].map(image => image.decode())).then(() => done());
"""
SHOWN = BASE_DIR / "docs" / "gallery.webp"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        library = Application(Path(scratch) / "data", IMAGELIB_ADMIN_PASSWORD=ADMIN_PASSWORD)
        library.launch()  # with the samples
        try:
            library.wait()
            photograph(library.url, Path(scratch), folder)
        finally:
            library.stop()
    with Image.open(folder / "gallery-1280-light.png") as picture:
        SHOWN.parent.mkdir(exist_ok=True)
        picture.convert("RGB").save(SHOWN, quality=82, method=6)


def photograph(origin: str, scratch: Path, folder: Path) -> None:
    """Sign in and take every page in every width and scheme."""
    options = webdriver.ChromeOptions()
    options.binary_location = find_program("chromium")
    for flag in (*FLAGS, "--hide-scrollbars", f"--user-data-dir={scratch / 'chromium'}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options, Service(find_program("chromedriver")))
    try:
        browser.get(f"{origin}/accounts/login")
        browser.find_element(By.NAME, "username").send_keys("admin")
        browser.find_element(By.NAME, "password").send_keys(ADMIN_PASSWORD)
        browser.find_element(By.NAME, "password").submit()
        browser.get(origin)
        image = browser.find_element(By.CSS_SELECTOR, "a[href^='/images/']").get_attribute("href")
        pages = {
            "gallery": origin,
            "image": image,
            "upload": f"{origin}/upload",
            "trash": f"{origin}/trash",
            "password": f"{origin}/accounts/password",
            "missing": f"{origin}/nowhere",
            "docs": f"{origin}/api/docs",
            "api": f"{origin}/api/v1/images",
            "admin": f"{origin}/admin/",
            "admin-images": f"{origin}/admin/images/image/",
            "admin-upload": f"{origin}/admin/images/image/add/",
        }
        for scheme in ("light", "dark"):
            prefer(browser, scheme)
            for width, height in WIDTHS.items():
                metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
                browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
                for name, address in pages.items():
                    browser.get(address)
                    browser.execute_async_script(WHEN_DECODED)
                    browser.save_screenshot(str(folder / f"{name}-{width}-{scheme}.png"))
    finally:
        browser.quit()


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/screenshots"))
