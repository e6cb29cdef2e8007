"""A gallery of photographs as cameras make them: quick to see, still, and drawn before anybody looks."""

import io
import random

import pytest
from PIL import Image as PillowImage
from selenium.webdriver.support.wait import WebDriverWait

from images.concurrency.threads import in_threads
from images.models import Rendition
from images.renditions import drawing
from tests.browser.test_layout import MOVED
from tests.browser.visit import PAUSE
from tests.factories import add_image
from tests.files.pictures import numbered

pytestmark = [pytest.mark.drill, pytest.mark.long]

SIZE = (4000, 3000)
OCTAVES = 9
COUNT = 52  # more than a page of the gallery
MOST_BYTES = 3_000_000

IN_VIEW = """\
[...document.images].filter(image => {
  const { top, bottom } = image.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
})
"""


def photograph() -> bytes:
    """Return a JPEG of 12 megapixels with as much to see at every scale, as photographs have."""
    source = random.Random(0)
    picture = PillowImage.new("RGB", SIZE)
    for octave in range(OCTAVES):
        width, height = 8 << octave, 6 << octave
        noise = PillowImage.frombytes("RGB", (width, height), source.randbytes(3 * width * height))
        layer = noise.resize(SIZE, PillowImage.Resampling.BICUBIC)
        picture = PillowImage.blend(picture, layer, 1 / (octave + 1))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=92)
    return file.getvalue()


@pytest.fixture
def photographs(visit):
    data = photograph()
    assert 3e6 < len(data) < 5e6
    assert len(list(in_threads(add_image, (numbered(data, number) for number in range(COUNT)), 2))) == COUNT
    size = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def bytes_of_images(visit) -> int:
    """Return what all images asked for so far took on the wire, once none of them is on its way."""

    def arrived(_) -> bool:
        visit.listen()
        return None not in visit.transfers.values()

    WebDriverWait(visit.browser, 30, PAUSE).until(arrived)
    return sum(visit.transfers.values())


def test_a_gallery_of_photographs(visit, photographs, monkeypatch):
    """On first view less than 3 MB come, and nothing moves; to its end nothing is drawn."""
    made = Rendition.objects.count()
    assert made == 4 * COUNT
    monkeypatch.setattr(drawing, "render", None)

    visit.browser.get(visit.origin + "/")
    visit.wait_until(f"{IN_VIEW}.every(image => image.complete && image.naturalWidth)")
    assert visit.evaluate(f"{IN_VIEW}.length") >= 2 * 9  # each with its placeholder
    taken = bytes_of_images(visit)
    shown = len([url for url in visit.requested if "/iiif/" in url])
    print(f"{taken} bytes of {shown} images")
    assert taken < MOST_BYTES
    assert not [url for url in visit.requested if url.endswith("/file")]
    assert visit.browser.execute_async_script(MOVED) == []

    end = f"document.querySelectorAll('.cell').length === {COUNT}"
    visit.wait_until(f"(scrollTo(0, document.body.scrollHeight), {end})")
    visit.wait_until(f"{IN_VIEW}.every(image => image.complete && image.naturalWidth)")
    assert Rendition.objects.count() == made
