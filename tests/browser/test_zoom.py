"""Deep zoom on the page of an image: the original is what is seen, and only kept tiles are asked for."""

import base64
import functools
import io
import json
import random
from dataclasses import dataclass

import pytest
from PIL import Image as PillowImage
from PIL import ImageChops, ImageStat
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from images.models import Image
from images.pyramid import scale_factors, tiles
from tests.browser.accessibility import allow_motion, prefer, violations
from tests.browser.conftest import Visit
from tests.browser.test_layout import SMALL_TARGETS
from tests.support import add_image, make_image, make_user

IS_OPEN = "document.querySelector('.zoom').open"
PERCENTAGE = "document.querySelector('.zoom-percentage').textContent"
BLOB = 40  # pixels of the pictures below to one of chance
NEAR = 7  # levels of 255 on average that compression may cost; two pixels aside are more


@functools.cache
def picture(width: int, height: int) -> PillowImage.Image:
    """Return soft blobs of colour, everywhere others."""
    small = (width // BLOB, height // BLOB)
    colors = random.Random(width).randbytes(3 * small[0] * small[1])
    return PillowImage.frombytes("RGB", small, colors).resize((width, height), PillowImage.Resampling.BICUBIC)


def encoded(picture: PillowImage.Image, **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, **options)
    return file.getvalue()


@dataclass
class Zoom:
    """The open zoom of `image`, whose pixels are those of `original`."""

    visit: Visit
    image: Image
    original: PillowImage.Image
    since: int = 0  # how many requests the page itself made

    def canvas(self) -> PillowImage.Image:
        """Return what is drawn, on black."""
        return self.drawn(self.visit.evaluate("document.querySelector('.zoom canvas').toDataURL()"))

    def drawn(self, url: str) -> PillowImage.Image:
        drawn = PillowImage.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
        ground = PillowImage.new("RGB", drawn.size)
        ground.paste(drawn, mask=drawn.getchannel("A"))
        return ground

    def size(self) -> tuple[int, int]:
        """Return the size of the canvas in CSS pixels."""
        return tuple(
            self.visit.evaluate(
                "(c => [c.clientWidth, c.clientHeight])(document.querySelector('.zoom canvas'))"
            )
        )

    def fitted(self) -> float:
        """Return the scale at which the image fits."""
        return min(side / most for side, most in zip(self.size(), self.original.size, strict=True))

    def difference(self, drawn: PillowImage.Image, scale: float, x: float, y: float) -> float:
        """Return by how many levels what is drawn differs, on average, from the original around x, y."""
        density = scale * drawn.width / self.size()[0]
        across, along = drawn.width / 2 / density, drawn.height / 2 / density
        box = (x - across, y - along, x + across, y + along)
        bicubic = PillowImage.Resampling.BICUBIC
        expected = self.original.transform(drawn.size, PillowImage.Transform.EXTENT, box, bicubic)
        return sum(ImageStat.Stat(ImageChops.difference(drawn, expected)).mean) / 3

    def shows(self, scale: float, x: float | None = None, y: float | None = None) -> None:
        """Wait until the canvas is the original around x, y (its middle when not given) at `scale`."""
        x, y = (side / 2 if n is None else n for n, side in zip((x, y), self.original.size, strict=True))
        waiting = WebDriverWait(self.visit.browser, 20)
        seen = []
        waiting.until(
            lambda _: seen.append(self.difference(self.canvas(), scale, x, y)) or seen[-1] < NEAR,
            f"not around {x}, {y} at {scale}",
        )
        self.visit.wait_until(f"{PERCENTAGE} === '{round(scale * 100)}%'")

    def requested(self) -> set[str]:
        """Return the tiles that were asked for, without the base URI."""
        self.visit.listen()
        base = self.visit.origin + self.image.get_service_url() + "/"
        return {url.removeprefix(base) for url in self.visit.requested[self.since :] if url.startswith(base)}

    def hide_the_page(self) -> None:
        """Take the page's own picture away, so that nothing but tiles is drawn."""
        gif = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
        self.visit.browser.execute_async_script(
            "const link = document.querySelector('.stage > a');"
            "const { alt, width, height } = link.querySelector('img');"
            "const bare = Object.assign(new Image(width, height), { alt, src: arguments[0] });"
            "link.replaceChildren(bare); bare.decode().then(arguments[1]);",
            gif,
        )
        self.visit.listen()
        self.since = len(self.visit.requested)


@pytest.fixture
def look(visit):
    """Open the page of a new image, and the zoom."""

    def look(original: PillowImage.Image, data: bytes | None = None, **fields) -> Zoom:
        zoom = Zoom(visit, add_image(data or encoded(original), **fields), original)
        visit.open(zoom.image.get_absolute_url())
        zoom.hide_the_page()
        visit.find(".zoom-open").click()
        return zoom

    yield look
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    visit.browser.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})


@pytest.fixture
def panorama(look) -> Zoom:
    return look(picture(4200, 1000))


def resize(visit, width: int, height: int, density: float = 1) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


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
        import("/static/images/tiles.js").then(({ coarsest, tilesWithin }) => {
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
    near = panorama.requested() - fitted
    assert near < {spec for spec in kept if "/max/" in spec}
    assert {int(spec.split(",")[0]) for spec in near} == {1024, 1536, 2048, 2560}
    panorama.visit.press("+", "+", *[Keys.ARROW_LEFT] * 40, *[Keys.ARROW_RIGHT] * 80, "-", "0")
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

    WebDriverWait(panorama.visit.browser, 20).until(given_up)
    instantly = slow | {"latency": 0}
    panorama.visit.browser.execute_cdp_cmd("Network.emulateNetworkConditions", instantly)


def test_of_the_tiles_that_have_left_the_view_only_so_many_are_kept(visit):
    visit.browser.get(visit.origin + "/")
    held = visit.browser.execute_async_script(
        """
        const done = arguments[0], made = [], image = { width: 200000, height: 512 };
        window.Image = class { constructor() { made.push(this); } async decode() {} };
        import("/static/images/mosaic.js").then(async ({ Mosaic }) => {
          const view = { image, scale: 1 };
          const mosaic = new Mosaic(null, view, "", () => null);
          const held = [];
          for (let left = 0; left < image.width; left += 512) {
            view.box = { left, top: 0, right: left + 1024, bottom: 512 };
            mosaic.fetch(() => {});
            for (let turn = 0; turn < 5; turn++) await null; // they have all arrived then
            held.push(made.filter(({ src }) => src).length);
          }
          mosaic.clear();
          done([Math.max(...held), made.filter(({ src }) => src).length]);
        });
        """
    )
    assert held == [64 + 1 + 4, 0]


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


# --- What is seen ---------------------------------------------------------------------------------


def test_the_pixels_are_those_of_the_original_at_every_scale(panorama):
    panorama.shows(panorama.fitted())
    for key, scale in (("1", 1), ("+", 1.5), ("+", 2.25), ("-", 1.5)):
        panorama.visit.press(key)
        panorama.shows(scale)


@pytest.mark.parametrize("presses", [0, 1, 2])
def test_no_seam_is_seen(panorama, presses):
    panorama.visit.press("1", *"+" * presses)
    scale = 1.5**presses
    panorama.shows(scale)
    drawn = panorama.canvas()
    seam = round(drawn.width / 2 + (2048 - 2100) * scale)
    for side in range(seam - 2, seam + 2):
        one, other = (drawn.crop((column, 0, column + 1, drawn.height)) for column in (side, side + 1))
        assert sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3 < NEAR


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


# --- By hand --------------------------------------------------------------------------------------


def test_the_wheel_zooms_toward_the_pointer(panorama):
    fitted = panorama.fitted()
    panorama.shows(fitted)
    origin = ScrollOrigin.from_element(panorama.visit.find(".zoom canvas"), 300, 0)
    for notches, scale in ((1, fitted * 2**0.5), (2, fitted * 2), (3, fitted * 2**1.5)):
        ActionChains(panorama.visit.browser).scroll_from_origin(origin, 0, -100).perform()
        panorama.shows(scale, 2100 + 300 / fitted - 300 / scale)
        assert notches
    for _ in range(3):
        ActionChains(panorama.visit.browser).scroll_from_origin(origin, 0, 100).perform()
    panorama.shows(fitted)


def test_a_double_click_zooms_in_there_and_at_the_limit_out(panorama):
    fitted = panorama.fitted()
    there = ActionChains(panorama.visit.browser)
    there.move_to_element_with_offset(panorama.visit.find(".zoom canvas"), -200, 0).double_click().perform()
    panorama.shows(fitted * 2.5, 2100 - 200 / fitted + 200 / (fitted * 2.5))
    panorama.visit.press("0")
    panorama.shows(fitted)
    for _ in range(7):
        panorama.visit.press("+")
    panorama.visit.wait_until(f"{PERCENTAGE} === '400%'")
    ActionChains(panorama.visit.browser).double_click(panorama.visit.find(".zoom canvas")).perform()
    panorama.shows(fitted)


def test_the_mouse_drags_and_the_image_stays_in_the_window(panorama):
    canvas = panorama.visit.find(".zoom canvas")
    panorama.visit.press("1")
    panorama.shows(1)
    ActionChains(panorama.visit.browser).drag_and_drop_by_offset(canvas, 250, -40).perform()
    height = panorama.size()[1]
    panorama.shows(1, 2100 - 250, 500 + 40)
    for _ in range(4):
        ActionChains(panorama.visit.browser).drag_and_drop_by_offset(canvas, 600, -300).perform()
    panorama.shows(1, panorama.size()[0] / 2, 1000 - height / 2)


def touch(visit, *steps: list[tuple[int, int]]) -> None:
    """Put fingers down at the places of the first step, move them through the others, and lift them."""
    for kind, places in zip(
        ("touchStart", *["touchMove"] * (len(steps) - 1), "touchEnd"), (*steps, []), strict=True
    ):
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        visit.browser.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def test_fingers_pinch_drag_and_tap_twice(panorama):
    visit, fitted = panorama.visit, panorama.fitted()
    visit.browser.execute_cdp_cmd(
        "Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2}
    )
    x, y = (side // 2 for side in panorama.size())
    touch(visit, [(x - 50, y), (x + 50, y)], [(x - 75, y), (x + 75, y)], [(x - 200, y), (x + 200, y)])
    panorama.shows(fitted * 4)
    touch(visit, [(x, y)], [(x + 20, y)], [(x + 100, y)])
    panorama.shows(fitted * 4, 2100 - 100 / (fitted * 4))
    visit.press("0")
    panorama.shows(fitted)
    touch(visit, [(x, y)])
    touch(visit, [(x, y)])
    panorama.shows(fitted * 2.5)
    assert visit.evaluate("visualViewport.scale") == 1


def test_the_buttons_and_their_limits(panorama):
    disabled = "document.querySelector('.zoom-{}').ariaDisabled"
    panorama.shows(panorama.fitted())
    assert [panorama.visit.evaluate(disabled.format(name)) for name in ("out", "in", "fit")] == [
        "true",
        "false",
        "true",
    ]
    panorama.visit.find(".zoom-in").click()
    panorama.shows(panorama.fitted() * 1.5)
    panorama.visit.find(".zoom-out").click()
    panorama.shows(panorama.fitted())
    for _ in range(7):
        panorama.visit.find(".zoom-in").click()
    panorama.visit.wait_until(f"{PERCENTAGE} === '400%'")
    assert [panorama.visit.evaluate(disabled.format(name)) for name in ("out", "in", "fit")] == [
        "false",
        "true",
        "false",
    ]
    panorama.visit.find(".zoom-fit").click()
    panorama.shows(panorama.fitted())


def test_another_size_of_the_window_keeps_the_middle(panorama):
    panorama.visit.press("1", Keys.ARROW_LEFT, Keys.ARROW_DOWN)
    panorama.shows(1, 2100 - 80, 500 + 80)
    resize(panorama.visit, 700, 500)
    panorama.shows(1, 2100 - 80, 500 + 80)
    panorama.visit.press("0")
    panorama.shows(700 / 4200)
    resize(panorama.visit, 900, 500)
    panorama.shows(900 / 4200)


# --- For everyone ---------------------------------------------------------------------------------


def test_the_keyboard_alone_opens_stays_inside_and_closes(panorama):
    visit = panorama.visit
    visit.press(Keys.ESCAPE)
    visit.wait_until(f"!{IS_OPEN}")
    assert visit.evaluate("document.activeElement.matches('.zoom-open')")
    add_image(make_image(), title="Newer")  # where the page's own arrow key would lead
    visit.open(panorama.image.get_absolute_url())
    assert visit.all(".neighbours [rel=prev]")
    visit.browser.execute_script("document.querySelector('.zoom-open').focus()")
    visit.press(Keys.ENTER)
    visit.wait_until(IS_OPEN)
    for _ in range(8):
        visit.press(Keys.ARROW_LEFT, Keys.TAB)
        assert visit.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('.zoom')"
        )
    panorama.shows(panorama.fitted())
    visit.press("+")
    panorama.shows(panorama.fitted() * 1.5)
    visit.find(".viewer-close").click()
    visit.wait_until(f"!{IS_OPEN} && document.activeElement.matches('.zoom-open')")
    visit.press(Keys.ENTER)
    panorama.shows(panorama.fitted())
    assert visit.browser.current_url == visit.origin + panorama.image.get_absolute_url()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, scheme):
    prefer(visit.browser, scheme)
    zoom = Zoom(visit, add_image(encoded(picture(4200, 1000))), picture(4200, 1000))
    visit.open(zoom.image.get_absolute_url())
    assert visit.all(".zoom-open")
    assert violations(visit.browser) == []
    visit.find(".zoom-open").click()
    zoom.shows(zoom.fitted())
    visit.wait_until("document.getAnimations().every(one => one.playState === 'finished')")
    assert violations(visit.browser) == []
    assert visit.evaluate("document.querySelector('.zoom canvas').ariaLabel") == "photo.jpg"


# Put in by a script, the button must move nothing.
TAKES_NO_PLACE = """
const button = document.querySelector(".zoom-open"), stage = button.parentElement;
const parts = [stage, ...stage.querySelectorAll("a")];
const places = () => JSON.stringify(parts.map(one => one.getBoundingClientRect()));
const after = places();
button.hidden = true;
const before = places();
button.hidden = false;
return before === after;
"""


@pytest.mark.parametrize("width", [360, 390, 1280])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_layout(visit, width, direction):
    resize(visit, width, 800)
    zoom = Zoom(visit, add_image(encoded(picture(4200, 1000))), picture(4200, 1000))
    visit.open(zoom.image.get_absolute_url())
    assert visit.all(".zoom-open")
    assert visit.browser.execute_script(TAKES_NO_PLACE)
    visit.browser.execute_script("document.documentElement.dir = arguments[0]", direction)
    visit.find(".zoom-open").click()
    zoom.shows(zoom.fitted())
    visit.press("1")
    zoom.shows(1)
    assert visit.browser.execute_script(SMALL_TARGETS) == []
    assert visit.evaluate("document.querySelector('.zoom').scrollWidth") <= width
    assert visit.evaluate("document.querySelector('.zoom').scrollHeight") <= 800
    close = visit.evaluate("document.querySelector('.viewer-close').getBoundingClientRect().left")
    assert (close < width / 2) == (direction == "rtl")
    visit.press(Keys.ESCAPE)
    assert visit.evaluate("document.documentElement.scrollWidth") <= width
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_who_wants_no_motion_gets_none(panorama):
    after_a_frame = """
    const done = arguments[0], canvas = document.querySelector(".zoom canvas");
    document.querySelector(".zoom-in").click();
    requestAnimationFrame(() => requestAnimationFrame(() => done(canvas.toDataURL())));
    """
    panorama.shows(panorama.fitted())
    assert (
        panorama.visit.evaluate("getComputedStyle(document.querySelector('.zoom')).animationName") == "none"
    )
    url = panorama.visit.browser.execute_async_script(after_a_frame)
    assert panorama.difference(panorama.drawn(url), panorama.fitted() * 1.5, 2100, 500) < 2 * NEAR
    panorama.visit.press("0")
    panorama.shows(panorama.fitted())
    allow_motion(panorama.visit.browser)
    url = panorama.visit.browser.execute_async_script(after_a_frame)
    assert panorama.difference(panorama.drawn(url), panorama.fitted() * 1.5, 2100, 500) > 2 * NEAR
    panorama.shows(panorama.fitted() * 1.5)


def test_it_is_offered_for_large_still_images_alone(visit):
    for size, frames, is_offered in (
        ((2001, 2000), 1, True),
        ((2000, 2000), 1, False),
        ((2001, 2000), 2, False),
    ):
        image = add_image(make_image("WEBP", size, frames=frames), filename="a.webp")
        visit.open(image.get_absolute_url())
        assert bool(visit.all(".zoom-open")) is is_offered


def test_without_javascript_the_picture_leads_to_the_original(visit):
    image = add_image(encoded(picture(4200, 1000)))
    with visit.without_javascript():
        visit.open(image.get_absolute_url())
        assert not visit.all(".zoom-open, .zoom")
        assert visit.find(".stage > a").get_attribute("href") == visit.origin + image.get_file_url()
        assert all(visit.images().values())
