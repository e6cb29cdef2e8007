"""Takes pictures of every page of a library with the sample images: `make screenshots`.

Into the folder given: each page, and each scene of the work on images, at 390, 1280 and 2560 pixels, light
and dark, to be looked at. Into docs/: the one that the README shows.
"""

import base64
import io
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from images.catalogue.cursors import PAGE_SIZE
from tests import BASE_DIR
from tests.browser.accessibility import prefer
from tests.browser.scenes import scenes
from tests.browser.visit import FLAGS, WHEN_DECODED, Visit
from tests.servers.application import ADMIN_PASSWORD, Application
from tests.servers.machine import find_program

SHARES = """
from django.contrib.auth.models import User
from images.catalogue.sharing import make_share
from images.models import Album, Image
admin, album = User.objects.get(username="admin"), Album.objects.get()
print(make_share(admin, Image.objects.filter(deleted_at=None).latest("created_at"), may_download=True)[1])
print(make_share(admin, album, may_download=True)[1])
print(make_share(admin, album, password="a walk")[1])
"""
WIDTHS = {390: 844, 1280: 860, 2560: 1300}  # and the heights of a phone, a laptop and a desk
QUESTIONS = {"upload-asks": "", "question": "[value=publish]"}  # and the button that leads there
DOCS_ARE_DRAWN = "return !document.querySelector('#swagger-ui') || document.querySelector('.opblock')"
SHOWN = BASE_DIR / "docs" / "gallery.webp"


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        library = Application(Path(scratch) / "data", IMAGELIB_ADMIN_PASSWORD=ADMIN_PASSWORD)
        library.launch()  # with the samples
        try:
            library.wait()
            with signed_in(library.url, Path(scratch)) as browser:
                photograph(browser, library, Path(scratch), folder)
        finally:
            library.stop()


def fill_album(browser: webdriver.Chrome, origin: str) -> str:
    """Make an album of some images by its pages; return its address."""
    links = browser.find_elements(By.CSS_SELECTOR, ".cell a")
    addresses = [link.get_attribute("href") for link in links[:6]]
    browser.get(f"{origin}/albums")
    browser.find_element(By.CSS_SELECTOR, ".curate summary").click()
    browser.find_element(By.NAME, "title").send_keys("Summer in Porto")
    browser.find_element(By.NAME, "title").submit()
    there = WebDriverWait(browser, 20).until  # or what is sent would be given up for the next page
    there(lambda browser: browser.current_url.endswith("summer-in-porto"))
    for address in addresses:
        browser.get(address)
        browser.find_element(By.CSS_SELECTOR, ".filing [name=album]").send_keys("summer-in-porto")
        browser.find_element(By.CSS_SELECTOR, ".filing button").click()
        there(lambda browser: browser.find_elements(By.CSS_SELECTOR, ".filed a"))
    return f"{origin}/albums/summer-in-porto"


def trash_some(browser: webdriver.Chrome, origin: str) -> None:
    """Move the last images of the gallery to the trash, all at once."""
    browser.get(origin)
    for box in browser.find_elements(By.CSS_SELECTOR, ".pick input")[-5:]:
        browser.execute_script("arguments[0].click()", box)
    browser.find_element(By.CSS_SELECTOR, ".selection [value=trash]").click()
    WebDriverWait(browser, 20).until(lambda browser: browser.find_elements(By.CSS_SELECTOR, ".messages"))


@contextmanager
def signed_in(origin: str, scratch: Path) -> Iterator[webdriver.Chrome]:
    """Yield a browser in which the admin is signed in."""
    options = webdriver.ChromeOptions()
    options.binary_location = find_program("chromium")
    for flag in (*FLAGS, "--hide-scrollbars", f"--user-data-dir={scratch / 'chromium'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})  # a Visit listens
    browser = webdriver.Chrome(options, Service(find_program("chromedriver")))
    try:
        browser.get(f"{origin}/accounts/login")
        browser.find_element(By.NAME, "username").send_keys("admin")
        browser.find_element(By.NAME, "password").send_keys(ADMIN_PASSWORD)
        browser.find_element(By.NAME, "password").submit()
        yield browser
    finally:
        browser.quit()


def sights(browser: webdriver.Chrome) -> Iterator[str]:
    """Let the browser be of each width in each scheme, and yield what a picture of it is called."""
    for scheme in ("light", "dark"):
        prefer(browser, scheme)
        for width, height in WIDTHS.items():
            is_phone = width == min(WIDTHS)
            metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": is_phone})
            yield f"{width}-{scheme}"


def photograph(browser: webdriver.Chrome, library: Application, scratch: Path, folder: Path) -> None:
    """Take every page, and then, with more images, every scene of the work on them."""
    origin = library.url
    show(browser, origin)
    browser.get(origin)
    image = browser.find_element(By.CSS_SELECTOR, "a[href^='/images/']").get_attribute("href")
    album = fill_album(browser, origin)
    tag = tag_some(browser, origin)
    trash_some(browser, origin)
    pages = {
        "gallery": origin,
        "image": image,
        "image-history": f"{image}/history",
        "albums": f"{origin}/albums",
        "album": album,
        "album-history": f"{album}/history",
        "album-arranged": f"{album}?arrange=1",
        "tags": f"{origin}/tags",
        "tag": tag,
        "tag-history": f"{tag}/history",
        "words": f"{origin}/words",
        "search": f"{origin}/search",
        "search-kept": f"{origin}/albums?search=type:jpeg",
        "searched": f"{origin}/?search=type:jpeg",
        "nothing-found": f"{origin}/?search=nowhere",
        "not-understood": f"{origin}/?search=title:nowhere",
        "upload": f"{origin}/upload",
        "selection": f"{origin}/selection?uploaded_after=2020-01-01",
        "trash": f"{origin}/trash",
        "account": f"{origin}/account",
        "password": f"{origin}/accounts/password",
        "email": f"{origin}/accounts/email",
        "invitations": f"{origin}/accounts/invitations",
        **{name: f"{origin}/s/{secret}" for name, secret in share_all(library).items()},
        "missing": f"{origin}/nowhere",
        "docs": f"{origin}/api/docs",
        "api": f"{origin}/api/v1/images",
        "admin": f"{origin}/admin/",
        "admin-albums": f"{origin}/admin/images/album/",
        "admin-images": f"{origin}/admin/images/image/",
        "admin-upload": f"{origin}/admin/images/image/add/",
        "admin-schedule": f"{origin}/admin/images/scheduledjob/",
        "admin-tasks": f"{origin}/admin/django_tasks_database/dbtaskresult/",
        "admin-inspections": f"{origin}/admin/images/inspectionproblem/",
        "admin-figures": f"{origin}/admin/figures/",
    }
    for sight in sights(browser):
        for name, address in pages.items():
            browser.get(address)
            browser.execute_async_script(WHEN_DECODED)
            WebDriverWait(browser, 20).until(lambda browser: browser.execute_script(DOCS_ARE_DRAWN))
            browser.save_screenshot(str(folder / f"{name}-{sight}.png"))
    photograph_questions(browser, origin, image, scratch, folder)  # which adds images: after the pages
    library.manage("importimages", str(save_many(scratch))).check_returncode()
    for sight in sights(browser):
        files = [scratch / f"{name}-{sight}.jpg" for name in ("kite", "pier", "gull")]
        for file in files:
            draw().save(file)
        for scene in scenes(Visit(browser, origin), album, tag, files):
            browser.save_screenshot(str(folder / f"{scene}-{sight}.png"))


def photograph_questions(browser, origin: str, image: str, scratch: Path, folder: Path) -> None:
    """Take what is asked before images are lost or published, and an image's form, all of it unfolded."""
    for sight in sights(browser):
        for button in ("purge", "empty"):
            browser.get(f"{origin}/trash")
            browser.find_element(By.CSS_SELECTOR, ".choose-all input").click()
            Visit(browser, origin).follow(f"#chosen [value={button}]")
            keep(browser, folder / f"trash-{button}-{sight}.png")
        browser.get(image)
        open_all(browser, ".edit > summary, .edit form summary")
        keep(browser, folder / f"image-edit-{sight}.png")
        for name, button in QUESTIONS.items():
            upload_located(browser, origin, scratch)
            if button:
                browser.get(browser.find_element(By.CSS_SELECTOR, ".queue a").get_attribute("href"))
                keep(browser, folder / f"image-waits-{sight}.png")
                Visit(browser, origin).follow(button)
            keep(browser, folder / f"{name}-{sight}.png")


def share_all(library: Application) -> dict[str, str]:
    """Make a share link of each kind; return their secrets."""
    made = library.manage("shell", "-v0", "-c", SHARES)
    made.check_returncode()
    return dict(zip(("shared-image", "shared-album", "shared-password"), made.stdout.split(), strict=True))


def show(browser, origin: str) -> None:
    """Take the picture of the README: the samples in an order whose first rows are full."""
    next(sight for sight in sights(browser) if sight == "1280-light")
    browser.get(f"{origin}/?ordering=title")
    browser.execute_async_script(WHEN_DECODED)
    with Image.open(io.BytesIO(browser.get_screenshot_as_png())) as picture:
        picture.convert("RGB").save(SHOWN, quality=82, method=6)


def tag_some(browser, origin: str) -> str:
    """Give the first images of the gallery a tag; return its address."""
    browser.get(origin)
    for box in browser.find_elements(By.CSS_SELECTOR, ".pick input")[:4]:
        browser.execute_script("arguments[0].click()", box)
    browser.find_element(By.CSS_SELECTOR, ".folds summary").click()
    browser.find_element(By.ID, "selected-tags").send_keys("Porto")
    browser.find_element(By.CSS_SELECTOR, ".selection [value=tag]").click()
    WebDriverWait(browser, 20).until(lambda browser: browser.find_elements(By.CSS_SELECTOR, ".messages"))
    return f"{origin}/tags/porto"


def save_many(scratch: Path) -> Path:
    """Save more pictures than a page of the gallery shows; return their folder."""
    folder = scratch / "many"
    folder.mkdir()
    for number in range(PAGE_SIZE):
        draw(random.choice(((600, 400), (400, 600), (500, 500)))).save(folder / f"wave-{number}.jpg")
    return folder


def upload_located(browser, origin: str, scratch: Path) -> None:
    """Let the upload page ask about two photographs that say where they were taken."""
    browser.get(f"{origin}/upload")
    files = [scratch / f"beach-{number}.jpg" for number in range(2)]
    for file in files:
        save_located(file)
    browser.find_element(By.NAME, "files").send_keys("\n".join(map(str, files)))
    browser.find_element(By.CSS_SELECTOR, ".submit button").click()
    asks = "return !document.querySelector('.question').hidden"
    WebDriverWait(browser, 20).until(lambda browser: browser.execute_script(asks))


def save_located(path: Path) -> None:
    """Save a picture of random colours that says where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 30.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    draw().save(path, exif=exif)


def draw(size: tuple[int, int] = (600, 400)) -> Image.Image:
    """Return a picture of random colours."""
    corners = Image.frombytes("RGB", (2, 2), random.randbytes(12))
    return corners.resize(size, Image.Resampling.BICUBIC)


def open_all(browser, selector: str) -> None:
    for summary in browser.find_elements(By.CSS_SELECTOR, selector):
        summary.click()


def keep(browser, path: Path) -> None:
    """Take all of the page, however long it is."""
    browser.execute_async_script(WHEN_DECODED)
    whole = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True})
    path.write_bytes(base64.b64decode(whole["data"]))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/screenshots"))
