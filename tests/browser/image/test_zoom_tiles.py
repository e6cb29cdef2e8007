"""Which tiles the zoom asks for, and what is seen: the original, at every scale."""

import io
import json
from itertools import pairwise

import pytest
from PIL import Image as PillowImage
from PIL import ImageChops, ImageStat
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.errors import Busy
from images.http import problems
from images.iiif.pyramid import scale_factors, tiles
from images.renditions.store import get_rendition
from tests.browser.image.zoom import NEAR, PERCENTAGE, Zoom, encoded, picture, resize
from tests.browser.visit import PAUSE
from tests.factories import add_image, make_user
from tests.servers.machine import until

# --- Which tiles ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extent",
    [(4200, 1000), (3024, 4032), (2048, 2049), (1025, 513), (512, 512), (100, 700), (5000, 1), (1, 1)],
    ids=str,
)
def test_the_tiles_are_those_that_are_kept(visit, extent):
    visit.browser.get(visit.origin + "/")
    factors, specs = visit.browser.execute_async_script(
        """
        const [width, height, done] = arguments;
        import("/static/images/zoom/tiles.js").then(({ coarsest, tilesWithin }) => {
          const factors = [];
          for (let factor = 1; factor <= coarsest({ width, height }); factor *= 2) factors.push(factor);
          const all = { left: -9, top: -9, right: width + 9, bottom: height + 9 };
          const found = factors.flatMap(factor => tilesWithin({ width, height }, factor, all));
          done([factors, found.map(({ spec }) => spec)]);
        });
        """,
        *extent,
    )
    assert factors == list(scale_factors(*extent))
    assert sorted(specs) == sorted(str(spec) for spec in tiles(*extent, "webp"))


def test_only_kept_tiles_that_are_in_view_are_asked_for(panorama):
    kept = {str(spec) for spec in tiles(4200, 1000, "webp")}
    panorama.shows(panorama.fitted())
    fitted = panorama.requested()
    assert fitted == {spec for spec in kept if "/263,63/" in spec or ",500/" in spec}
    panorama.visit.press("1")
    panorama.shows(1)
    asked = "performance.getEntriesByType('resource').filter(one => one.name.includes('/max/')).length"
    panorama.visit.wait_until(f"{asked} >= 8")  # those around the window too
    near = panorama.requested() - fitted
    assert near < {spec for spec in kept if "/max/" in spec}
    assert {int(spec.split(",")[0]) for spec in near} == {1024, 1536, 2048, 2560}
    panorama.visit.press("+", "+", Keys.ARROW_LEFT * 40, Keys.ARROW_RIGHT * 80, "-", "0")
    panorama.shows(panorama.fitted())
    assert panorama.requested() <= kept


def test_a_dense_screen_gets_a_finer_layer(look):
    zoom = look(picture(4200, 1000))
    zoom.shows(zoom.fitted())
    assert not any("/max/" in spec for spec in zoom.requested())
    resize(zoom.visit, 1280, 700, 2)
    zoom.shows(zoom.fitted())
    assert any("/max/" in spec for spec in zoom.requested())


def test_what_is_no_longer_wanted_is_given_up(panorama):
    panorama.shows(panorama.fitted())
    slow = {"offline": False, "latency": 3000, "downloadThroughput": -1, "uploadThroughput": -1}
    panorama.visit.browser.execute_cdp_cmd("Network.emulateNetworkConditions", slow)
    panorama.visit.press("1")
    panorama.visit.wait_until(f"{PERCENTAGE} === '100%'")
    panorama.visit.press("0")

    def given_up(browser) -> bool:
        messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
        return any(
            message["method"] == "Network.loadingFailed" and message["params"]["canceled"]
            for message in messages
        )

    WebDriverWait(panorama.visit.browser, 20, PAUSE).until(given_up)
    instantly = slow | {"latency": 0}
    panorama.visit.browser.execute_cdp_cmd("Network.emulateNetworkConditions", instantly)


# What the person is told, each time it changes.
WATCHES = """
window.said = [];
const told = document.querySelector(".zoom-missing");
new MutationObserver(() => said.push(told.textContent)).observe(told, { childList: true });
"""


def test_what_fails_leaves_the_coarser_tiles_and_is_asked_for_again_later(panorama):
    panorama.shows(panorama.fitted())
    panorama.visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/max/*"]})
    panorama.visit.press("1")
    panorama.shows(1)
    failures = "performance.getEntriesByType('resource').filter(one => one.name.includes('/max/')).length"
    panorama.visit.wait_until(f"{failures} >= 8")
    panorama.visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    panorama.visit.browser.execute_script("const now = performance.now(); performance.now = () => now + 6000")
    panorama.visit.press(Keys.ARROW_LEFT, Keys.ARROW_RIGHT)
    panorama.visit.wait_until("performance.getEntriesByType('resource').at(-1).responseStatus === 200")
    panorama.shows(1)
    panorama.visit.listen()
    panorama.visit.complaints = [text for text in panorama.visit.complaints if "ERR_BLOCKED_BY" not in text]


@pytest.mark.drill
def test_a_busy_library_is_asked_again_and_the_person_told(panorama, monkeypatch):
    visit, missing = panorama.visit, "document.querySelector('.zoom-missing')"
    refused = []

    def busy(image, spec):
        if len(refused) < 6:
            refused.append(spec)
            raise Busy
        return get_rendition(image, spec)

    panorama.shows(panorama.fitted())
    visit.browser.execute_script(WATCHES)
    monkeypatch.setattr(problems, "BUSY_SECONDS", 1)
    monkeypatch.setattr("images.serving.views.get_rendition", busy)
    visit.press("1")
    panorama.shows(1)
    visit.wait_until(f"{missing}.textContent === ''")
    assert len(refused) == 6
    assert visit.evaluate("window.said") == [
        "Still loading: some of its detail has not arrived yet, and is asked for again.",
        "",
    ]
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "status of 503" not in text]


# --- What is seen ---------------------------------------------------------------------------------


def test_the_pixels_are_those_of_the_original_at_every_scale(panorama):
    panorama.shows(panorama.fitted())
    for key, scale in (("1", 1), ("+", 1.5), ("+", 2.25), ("-", 1.5)):
        panorama.visit.press(key)
        panorama.shows(scale)


@pytest.mark.parametrize("presses", [0, 1, 2])
@pytest.mark.drill
def test_no_seam_is_seen(panorama, presses):
    panorama.visit.press("1", *"+" * presses)
    scale = 1.5**presses
    panorama.shows(scale)

    def steps() -> list[float]:
        drawn = panorama.canvas()
        seam = round(drawn.width / 2 + (2048 - 2100) * scale)
        columns = [drawn.crop((seam + side, 0, seam + side + 1, drawn.height)) for side in range(-2, 3)]
        return [sum(ImageStat.Stat(ImageChops.difference(*two)).mean) / 3 for two in pairwise(columns)]

    until(lambda: max(steps()) < NEAR)  # the finest tile may come last


def test_a_photo_taken_upright_is_seen_upright(look):
    """Its tiles are of the image as seen: EXIF says that it is stored lying."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    upright = picture(1800, 2400)
    zoom = look(upright, encoded(upright.transpose(PillowImage.Transpose.ROTATE_90), exif=exif))
    zoom.shows(zoom.fitted())
    zoom.visit.press("1")
    zoom.shows(1)
    assert zoom.requested() <= {str(spec) for spec in tiles(1800, 2400, "webp")}


def test_the_picture_of_the_page_is_there_before_any_tile(visit):
    zoom = Zoom(visit, add_image(encoded(picture(4200, 1000))), picture(4200, 1000))
    visit.open(zoom.image.get_absolute_url())
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/iiif/*"]})
    visit.find(".zoom-open").click()
    zoom.shows(zoom.fitted())
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]


def test_a_drawing_without_a_ground_gets_one_and_no_second_shine(look):
    """No coarser tile shines through a finer one."""
    drawing = PillowImage.new("RGBA", (2100, 2000), (255, 0, 0, 0))
    drawing.paste((255, 0, 0, 128), (1000, 900, 1100, 1100))
    file = io.BytesIO()
    drawing.save(file, "PNG")
    seen = PillowImage.new("RGBA", drawing.size, "#808080")
    seen.alpha_composite(drawing)
    zoom = look(seen.convert("RGB"), file.getvalue(), filename="drawing.png")
    zoom.shows(zoom.fitted())
    zoom.visit.press("1")
    zoom.shows(1)
    zoom.visit.wait_until("performance.getEntriesByType('resource').some(one => one.name.includes('/max/'))")
    zoom.shows(1)
    middle = zoom.canvas().resize((1, 1), box=(620, 380, 640, 400)).getpixel((0, 0))
    assert all(abs(level - wanted) < 12 for level, wanted in zip(middle, (192, 64, 64), strict=True))


def test_a_private_image(visit, client, look):
    owner = make_user("clara", "Contributors")
    visit.sign_in(client, owner)
    zoom = look(picture(4200, 1000), uploaded_by=owner, visibility="private")
    zoom.shows(zoom.fitted())


@pytest.mark.drill
def test_what_is_missing_is_said_until_it_is_there(panorama):
    visit, missing = panorama.visit, "document.querySelector('.zoom-missing')"
    panorama.shows(panorama.fitted())
    assert visit.evaluate(f"{missing}.textContent") == ""
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/iiif/*"]})
    visit.press("1")
    visit.wait_until(f"{missing}.textContent.includes('asked for again')")
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"{missing}.textContent === ''")
    visit.find(".zoom-open").click()
    visit.press("1")
    visit.wait_until(f"{missing}.textContent.includes('asked for again')")
    visit.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    panorama.shows(1)
    visit.wait_until(f"{missing}.textContent === ''")
    visit.listen()
    visit.complaints = [text for text in visit.complaints if "ERR_BLOCKED_BY" not in text]
