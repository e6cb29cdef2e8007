"""The pages in a real Chromium: every image loads, nothing complains, nothing leaves."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from images.catalogue.trash import trash
from images.models import Image
from tests.browser.upload.uploader import Uploader
from tests.factories import PASSWORD, add_image, make_image, make_user, sha256

SHAPES = ((300, 200), (200, 300), (240, 240), (800, 90), (60, 400), (16, 9))
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")


@pytest.fixture
def library(visit):
    """An editor who is staff, with images of every format and many shapes, some private, one in the trash."""
    editor = make_user("edda", "Editors", is_staff=True)
    for number in range(12):
        format_ = FORMATS[number % len(FORMATS)]
        add_image(
            make_image(format_, SHAPES[number % len(SHAPES)], seed=number),
            filename=f"{number}.{format_.lower()}",
            visibility="private" if number % 4 == 3 else "public",
            uploaded_by=editor,
        )
    trash(add_image(make_image(seed=99), filename="gone.jpg", uploaded_by=editor))
    return editor


def fill(visit, **fields: str) -> None:
    for name, value in fields.items():
        field = visit.browser.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


def text(visit) -> str:
    return visit.browser.find_element(By.TAG_NAME, "body").text


def test_every_image_of_the_gallery_loads(visit, library, client):
    for signed_in, count in ((False, 9), (True, 12)):
        if signed_in:
            visit.sign_in(client, library)
        visit.open("/")
        widths = visit.images()
        assert len(widths) == count
        assert all(widths.values()), widths


def test_every_page_opens_and_keeps_to_itself(visit, library, client):
    visit.sign_in(client, library)
    image = Image.objects.filter(deleted_at=None).first()
    change = f"/admin/images/image/{image.pk}/change/"
    pages = (
        *("/", "/?search=1", "/?search=zeppelin", image.get_absolute_url(), "/upload", "/trash"),
        *("/accounts/login", "/accounts/password", "/account"),
        *(
            "/admin/",
            "/admin/images/image/",
            "/admin/images/image/?trash=only",
            "/admin/images/image/add/",
            change,
        ),
    )
    for page in pages:
        visit.open(page)
        assert visit.browser.find_elements(By.TAG_NAME, "h1"), page
        assert all(visit.images().values()), page
        assert visit.complaints == [], page


@pytest.mark.drill
def test_a_photograph_is_uploaded_described_trashed_and_restored(visit, tmp_path):
    make_user("clara", "Contributors")
    photo = make_image(size=(300, 200))
    visit.open("/")
    visit.follow(".empty .button")
    fill(visit, username="clara", password=PASSWORD)
    visit.follow("main button")

    page = Uploader(visit, tmp_path)
    page.choose({"kite.jpg": photo})
    page.submit()
    page.go_on()
    image = Image.objects.get()
    assert image.hash == sha256(photo)

    visit.open(image.get_absolute_url())
    visit.find(".edit summary").click()
    fill(visit, title="Kite", alt_text="A red kite.")
    visit.find(".edit .fields button").click()
    visit.wait_until("document.querySelector('.saved').textContent === 'Saved.'")
    assert visit.find(".stage img").get_attribute("alt") == "A red kite."

    visit.follow("button.danger")
    assert "is in the trash" in text(visit)
    visit.follow(".messages [href='/trash']")
    visit.follow(".trashed button")
    assert visit.browser.current_url == visit.origin + image.get_absolute_url()
    assert all(visit.images().values())


def test_the_keyboard_reaches_the_content_first(visit, library):
    visit.open("/")
    visit.browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    assert visit.browser.switch_to.active_element.text == "Skip to content"
    visit.browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert visit.browser.switch_to.active_element.get_attribute("id") == "main"
