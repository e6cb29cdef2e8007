"""A real Chromium, and a library served to it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from storage import get_storage
from tests.browser.visit import FLAGS, Visit
from tests.servers.machine import need


@contextmanager
def launched(profile: Path) -> Iterator[webdriver.Chrome]:
    """Run a Chromium with this profile for the length of the block; its console and network are logged."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    need("Chromium with chromedriver", chromium and driver, "the pages as a browser shows them")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = webdriver.Chrome(options, Service(driver))
    chrome.set_window_size(1280, 900)
    try:
        yield chrome
    finally:
        chrome.quit()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """One Chromium for the session."""
    with launched(tmp_path_factory.mktemp("chromium")) as chrome:
        yield chrome


@pytest.fixture
def other_browser(tmp_path):
    """Another Chromium, of somebody else, that has been nowhere."""
    with launched(tmp_path / "other") as chrome:
        yield chrome


@pytest.fixture
def visit(django_db_serialized_rollback, live_server, browser):
    """An anonymous visit to a library of the test's own. At its end, no complaint and no foreign request.

    The live server shares the database between threads, so the test runs without a transaction; the rollback
    brings back the groups that migrations made.
    """
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
    browser.get("about:blank")  # or the page would ask on while the database is put back
    assert visit.complaints == []
    assert visit.foreign() == []


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.drill)])
def storage(request, settings):
    """The library's bytes in a folder, and once more in a bucket of a real S3 server."""
    if request.param == "s3":
        seaweedfs = request.getfixturevalue("seaweedfs")
        settings.IMAGELIB_STORAGE = "s3"
        settings.IMAGELIB_S3 = seaweedfs.options | {"bucket_name": "browser"}
        get_storage.cache_clear()
        get_storage().prepare()
