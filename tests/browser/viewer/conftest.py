"""The gallery, behind the viewer; and the viewer."""

from collections.abc import Iterator

import pytest

from images.models import Image
from tests.browser.image.zoom import Zoom, encoded, picture
from tests.browser.viewer.viewing import cell, shown
from tests.factories import add_image, make_image, make_user


@pytest.fixture
def images(visit):
    """Five images, the newest first, named A to E; B is private, C has an alternative text."""
    owner = make_user("clara", "Contributors")
    named = [
        add_image(make_image(size=(600, 400), seed=ord(name)), title=name, uploaded_by=owner)
        for name in "EDCBA"
    ]
    Image.objects.filter(title="B").update(visibility="private")
    Image.objects.filter(title="C").update(alt_text="A red kite.")
    return dict(zip("ABCDE", named[::-1], strict=True))


@pytest.fixture
def gallery(visit, client, images):
    """The gallery, as the owner of all images sees it."""
    visit.sign_in(client, images["A"].uploaded_by)
    visit.open("/")
    return visit


@pytest.fixture
def panorama(visit, client) -> Iterator[Zoom]:
    """The viewer with an image of ten tiles; beside it "Small", of one, and "Moving", an animation."""
    owner = make_user("clara", "Contributors")
    add_image(make_image("GIF", frames=2), title="Moving", uploaded_by=owner)
    add_image(make_image(size=(300, 200)), title="Small", uploaded_by=owner)
    image = add_image(encoded(picture(2100, 500)), title="Panorama", uploaded_by=owner)
    visit.sign_in(client, owner)
    visit.open("/")
    cell(visit, "Panorama").click()
    assert shown(visit) == "Panorama"
    yield Zoom(visit, image, picture(2100, 500))
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
