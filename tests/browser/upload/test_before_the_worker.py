"""What people see of images that no worker has drawn yet: all of them, and no failure."""

import pytest
from django_tasks_db.models import DBTaskResult

from images.models import Image
from tests.browser.upload.uploader import Uploader
from tests.browser.visit import WHEN_DECODED
from tests.factories import make_image, make_user

pytestmark = pytest.mark.usefixtures("queued")

PHOTOS = {f"kite{n}.jpg": make_image("JPEG", (1600 + n, 1200), seed=n) for n in range(12)}


def test_an_uploader_sees_all_images_before_a_worker_came(visit, client, tmp_path):
    visit.sign_in(client, make_user("clara", "Contributors"))
    page = Uploader(visit, tmp_path)
    page.choose(PHOTOS)
    page.submit()
    page.go_on()
    assert DBTaskResult.objects.count() == len(PHOTOS)
    assert_all_is_shown(visit, len(PHOTOS))
    visit.open("/")
    assert_all_is_shown(visit, len(PHOTOS))
    visit.open(Image.objects.latest("created_at").get_absolute_url())
    assert_all_is_shown(visit, 1)
    assert not visit.find(".stage-failure").is_displayed()
    assert "No smaller sizes" not in visit.find("main").text


def assert_all_is_shown(visit, number: int) -> None:
    visit.browser.execute_async_script(WHEN_DECODED)
    widths = visit.images()
    assert len(widths) >= number
    assert all(widths.values()), widths
