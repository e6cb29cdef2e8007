"""From three photographs to somebody else's disk, and back: through the nginx that ships, by keys alone."""

import io
import json
import zipfile

import bagit
import pytest

from images.imaging.sandbox import inspect_image
from tests.browser.visit import Visit
from tests.browser.walk.hands import Keyboard
from tests.factories import make_image, sha256
from tests.files.located import photo
from tests.resilience.robustness import MULTIPART, multipart
from tests.servers.application import ADMIN_PASSWORD, Application, running
from tests.servers.machine import until
from tests.servers.nginx import running_nginx

pytestmark = [pytest.mark.drill, pytest.mark.long]

SCREENS = {"desktop": (1280, 860, False), "phone": (390, 844, True)}
PASSWORD = "along the coast"
NAMES = ("Boat", "Gull", "Pier")


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed-over")
    options = {"IMAGELIB_ADMIN_PASSWORD": ADMIN_PASSWORD, "IMAGELIB_TRUSTED_PROXIES": "1"}
    private = {"IMAGELIB_DEFAULT_VISIBILITY": "private"}
    with running(Application(folder / "library", **options, **private)) as application:
        yield application


@pytest.fixture(scope="module")
def token(application) -> dict[str, str]:
    return {"Authorization": f"Token {application.manage('createtoken', 'admin').stdout.split()[-1]}"}


@pytest.fixture(scope="module")
def photographs(application, token) -> list[bytes]:
    """Three that are private, of which one says where it was taken."""
    files = [make_image(size=(900, 600), seed=1), make_image(size=(600, 900), seed=2), photo()]
    for name, data in zip(NAMES, files, strict=True):
        body = multipart(f"{name}.jpg", data)
        assert application.request("POST", "/api/v1/images", body, token | MULTIPART)[0] == 201
    return files


@pytest.fixture(scope="module")
def front(application, tmp_path_factory):
    with running_nginx(tmp_path_factory.mktemp("front"), application.port) as nginx:
        yield nginx


@pytest.fixture(params=SCREENS)
def two(request, front, browser, other_browser):
    """Who hands over and who is handed over to, each with keys alone and a browser of their own."""
    pair = []
    for chromium in (browser, other_browser):
        chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
        hands = Keyboard(Visit(chromium, front.url))
        hands.width, hands.height, hands.is_mobile = SCREENS[request.param]
        pair.append(hands)
    with pair[0].at_work(), pair[1].at_work():
        yield pair
    for hands in pair:
        hands.browser.get("about:blank")


def go(keys: Keyboard, selector: str) -> None:
    keys.reached = 0
    keys.follow(selector)


def fill(keys: Keyboard, selector: str, text: str) -> None:
    keys.reached = 0
    keys.reach(selector)
    keys.write(text)


def press(keys: Keyboard, selector: str) -> None:
    keys.reached = 0
    keys.press(selector)


def test_handed_over_and_taken_back(request, two, front, photographs, tmp_path):
    maker, visitor = two
    title = f"Coast {request.node.callspec.id}"
    maker.visit.open("/accounts/login")
    fill(maker, "[name=username]", "admin")
    fill(maker, "[name=password]", ADMIN_PASSWORD)
    maker.send("main button")

    for name in NAMES:
        press(maker, f"[data-title='{name}.jpg'] + .pick input")
    press(maker, "#selection details:has([name=album]) summary")
    maker.write(title)
    maker.send("#selection [value=file]")
    go(maker, ".messages a[href^='/albums/']")
    go(maker, "main a[href^='/shares/new']")
    fill(maker, "main [name=note]", "Ana")
    fill(maker, "main [name=password]", PASSWORD)
    press(maker, "main [name=may_download]")
    go(maker, "main .fields button")
    address = maker.visit.find("#address").get_attribute("value")
    assert address.startswith(f"{front.url}/s/")
    path = address.removeprefix(front.url)

    visitor.visit.open(path)
    fill(visitor, "[name=password]", PASSWORD)
    visitor.send("main button")
    assert visitor.visit.find("h1").text == title
    assert all(visitor.visit.images().values())
    assert len(visitor.visit.images()) == 3

    allow = {"behavior": "allow", "downloadPath": str(tmp_path)}
    visitor.browser.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    press(visitor, "main a[href$='/download']")
    (archive,) = until(lambda: list(tmp_path.glob("*.zip")))
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "unpacked")
    bag = bagit.Bag(str(tmp_path / "unpacked" / title))
    bag.validate()
    manifest = {name.rpartition("/")[2]: said["sha256"] for name, said in bag.payload_entries().items()}
    boat, gull, pier = photographs
    assert manifest["Boat.jpg"] == sha256(boat)
    assert manifest["Gull.jpg"] == sha256(gull)
    assert manifest["Pier.jpg"] != sha256(pier)  # nobody said that it may tell where it was taken
    data = (tmp_path / "unpacked" / title / "data" / "Pier.jpg").read_bytes()
    assert sha256(data) == manifest["Pier.jpg"]
    assert not inspect_image(io.BytesIO(data)).has_location

    go(visitor, ".cell a")
    pictures = visitor.visit.images()
    go(maker, "main a[href='/shares']")
    assert "Ana" in maker.visit.find(".rows li").text
    go(maker, ".rows [value=revoke]")
    for taken_back in (*pictures, visitor.browser.current_url, address, f"{address}/download"):
        visitor.browser.get(taken_back)  # with the cookie, and what its cache has
        assert "404" in visitor.visit.find("body").text
    assert json.loads(front.request("GET", f"{path}/download")[2])["code"] == "not_found"
    assert path.removeprefix("/s/") not in front.log
