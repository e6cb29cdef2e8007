"""A visit by phone and by desktop."""

import pytest

from tests.browser.visit import Visit

SIZES = {"phone": (390, 844), "desktop": (1280, 860)}


@pytest.fixture(params=["phone", pytest.param("desktop", marks=pytest.mark.drill)])
def sized(request, visit) -> Visit:
    width, height = SIZES[request.param]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": request.param == "phone"}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    yield visit
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
