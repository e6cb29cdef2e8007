"""Lighthouse, axe and the Nu HTML checker over the pages that people see first: `make audit`.

Serves a library with the sample images and an album behind the nginx that ships, asks for each page as an
administrator on a phone and at a desk, and prints a table. Ends with 1 where a page has less than LEAST,
breaks a rule of axe or has an error in its HTML.

Nothing else should run on the machine meanwhile; a page that falls short is asked again. The tools are in
.ci/audit.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests import BASE_DIR
from tests.browser.accessibility import violations
from tests.browser.screenshots import fill_album
from tests.browser.visit import FLAGS, WHEN_DECODED
from tests.servers.application import ADMIN_PASSWORD, Application
from tests.servers.machine import find_program
from tests.servers.nginx import Nginx

TOOLS = BASE_DIR / ".ci" / "audit" / "node_modules"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LEAST = {"mobile": (95, 100, 100, 100), "desktop": (100, 100, 100, 100)}
SIGNED_OUT = ("sign-in",)
TIMES = 3  # that a page short of its marks is asked again: other processes cost performance


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", metavar="PAGE", help="gallery, image, album, upload or sign-in")
    parser.add_argument("--folder", type=Path, help="where Lighthouse's reports are kept (default: nowhere)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        faults = audit(Path(scratch), folder, options.only)
    print("", *faults, sep="\n", file=sys.stderr)
    sys.exit(1 if faults else 0)


def audit(scratch: Path, folder: Path, only: str) -> list[str]:
    """Print the table; return what is wrong, a line each."""
    faults = []
    print("| Page | Device | Performance | Accessibility | Best practices | SEO |")
    print("| --- | --- | --- | --- | --- | --- |")
    with library(scratch) as origin, signed_in(origin, scratch) as browser:
        session = browser.get_cookie("sessionid")["value"]
        for name, address in pages(browser, origin).items():
            if only not in name:
                continue
            cookie = "" if name in SIGNED_OUT else f"sessionid={session}"
            for device in LEAST:
                marks, why = best(address, device, cookie, folder / f"{name}-{device}.json")
                print(f"| {name} | {device} | {' | '.join(map(str, marks))} |", flush=True)
                faults += [f"{name}, {device}: {line}" for line in why]
            faults += [f"{name}: {line}" for line in html_errors(address, cookie, scratch / f"{name}.html")]
            if name in SIGNED_OUT:
                browser.delete_all_cookies()
            browser.get(address)
            browser.execute_async_script(WHEN_DECODED)
            faults += [f"{name}: axe: {line}" for line in violations(browser)]
    return faults


@contextmanager
def library(scratch: Path) -> Iterator[str]:
    """Serve the samples as in production; return where."""
    application = Application(scratch / "data", IMAGELIB_ADMIN_PASSWORD=ADMIN_PASSWORD)
    application.launch()
    try:
        application.wait()
        nginx = Nginx(scratch, application.port, {})
        nginx.start()
        try:
            yield nginx.url
        finally:
            nginx.stop()
    finally:
        application.stop()


@contextmanager
def signed_in(origin: str, scratch: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = find_program("chromium")
    for flag in (*FLAGS, f"--user-data-dir={scratch / 'chromium'}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options, Service(find_program("chromedriver")))
    try:
        browser.get(f"{origin}/accounts/login")
        browser.find_element(By.NAME, "username").send_keys("admin")
        browser.find_element(By.NAME, "password").send_keys(ADMIN_PASSWORD)
        browser.find_element(By.NAME, "password").submit()
        yield browser
    finally:
        browser.quit()


def pages(browser: webdriver.Chrome, origin: str) -> dict[str, str]:
    """Return the pages to be looked at, last the one that is looked at signed out."""
    browser.get(origin)
    return {
        "gallery": origin,
        "image": browser.find_element(By.CSS_SELECTOR, ".cell a").get_attribute("href"),
        "album": fill_album(browser, origin),
        "upload": f"{origin}/upload",
        "sign-in": f"{origin}/accounts/login",
    }


def best(address: str, device: str, cookie: str, report: Path) -> tuple[list[int], list[str]]:
    """Return Lighthouse's marks and what costs some, from the best of a few looks."""
    looks = []
    for _ in range(TIMES):
        looks.append(lighthouse(address, device, cookie, report))
        if not looks[-1][1]:
            break
    return max(looks)


def lighthouse(address: str, device: str, cookie: str, report: Path) -> tuple[list[int], list[str]]:
    flags = " ".join(("--headless=new", "--no-sandbox", "--disable-gpu"))
    command = [
        *(str(TOOLS / ".bin" / "lighthouse"), address, "--quiet", "--output=json"),
        *(f"--output-path={report}", f"--chrome-flags={flags}", f"--only-categories={','.join(CATEGORIES)}"),
        *(["--preset=desktop"] if device == "desktop" else []),
        *([f"--extra-headers={json.dumps({'Cookie': cookie})}"] if cookie else []),
    ]
    environment = {**os.environ, "CHROME_PATH": find_program("chromium")}
    ended = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, timeout=300)
    if ended.returncode:  # a busy machine loses a trace now and then
        return [0] * len(CATEGORIES), ["Lighthouse did not come to an end"]
    told = json.loads(report.read_text())
    marks = [round(100 * (told["categories"][name]["score"] or 0)) for name in CATEGORIES]
    why = []
    for name, mark, least in zip(CATEGORIES, marks, LEAST[device], strict=True):
        if mark < least:
            costs = [
                told["audits"][each["id"]]
                for each in told["categories"][name]["auditRefs"]
                if each["weight"] and (told["audits"][each["id"]]["score"] or 0) < 0.9
            ]
            words = "; ".join(f"{one['title']} {one.get('displayValue', '')}".strip() for one in costs)
            why.append(f"{name} {mark}, not {least}: {words}")
    return marks, why


def html_errors(address: str, cookie: str, path: Path) -> list[str]:
    """Return what the Nu HTML checker finds wrong."""
    fetch = ["curl", "--silent", "--fail", "--cookie", cookie, "--output", str(path), address]
    subprocess.run(fetch, check=True, timeout=60)
    jar = TOOLS / "vnu-jar" / "build" / "dist" / "vnu.jar"
    options = ("--errors-only", "--format", "json", "--exit-zero-always")
    check = [find_program("java"), "-jar", jar, *options, path]
    ended = subprocess.run(check, capture_output=True, text=True, timeout=300)
    return [f"HTML: {each['message']}" for each in json.loads(ended.stderr)["messages"]]


if __name__ == "__main__":
    main()
