"""The zoom in a browser: what a test sees of it, measured against the original."""

import base64
import functools
import io
import random
from dataclasses import dataclass

from PIL import Image as PillowImage
from PIL import ImageChops, ImageStat
from selenium.webdriver.support.wait import WebDriverWait

from images.models import Image
from tests.browser.visit import Visit

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
        return self.drawn(self.visit.evaluate("document.querySelector('canvas').toDataURL()"))

    def drawn(self, url: str) -> PillowImage.Image:
        drawn = PillowImage.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
        ground = PillowImage.new("RGB", drawn.size)
        ground.paste(drawn, mask=drawn.getchannel("A"))
        return ground

    def size(self) -> tuple[int, int]:
        """Return the size of the canvas in CSS pixels."""
        return tuple(
            self.visit.evaluate("(c => [c.clientWidth, c.clientHeight])(document.querySelector('canvas'))")
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
        self.visit.wait_until(f"{PERCENTAGE} === '{round(scale * 100)}%'")  # cheaper to look at than pixels
        waiting = WebDriverWait(self.visit.browser, 60, 0.2)  # a busy machine draws one tile a second
        seen = []
        waiting.until(
            lambda _: seen.append(self.difference(self.canvas(), scale, x, y)) or seen[-1] < NEAR,
            f"not around {x}, {y} at {scale}",
        )

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


def resize(visit, width: int, height: int, density: float = 1) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
