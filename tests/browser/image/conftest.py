"""The page of an image, with the zoom open."""

import pytest
from PIL import Image as PillowImage

from tests.browser.image.zoom import Zoom, encoded, picture
from tests.factories import add_image


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


@pytest.fixture
def panorama(look) -> Zoom:
    return look(picture(4200, 1000))
