"""The browsable API and its documentation, as a browser shows them under the content policy."""

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import (
    element_to_be_clickable,
    presence_of_element_located,
    text_to_be_present_in_element,
)
from selenium.webdriver.support.wait import WebDriverWait

from images.models import Image
from tests.browser.accessibility import prefer, violations
from tests.browser.visit import PAUSE
from tests.clients.api import IMAGES
from tests.factories import add_image, make_image, make_user

# Red, green and blue, of 255, that an element is on; a transparent one counts as black.
GROUND = """
const ground = getComputedStyle(document.querySelector(arguments[0])).backgroundColor;
return ground.match(/\\d+/g).slice(0, 3).map(Number);
"""


def wait_for(visit, selector: str):
    """Return the element once the page has made it."""
    found = presence_of_element_located((By.CSS_SELECTOR, selector))
    element = WebDriverWait(visit.browser, 20, PAUSE).until(found)
    visit.listen()
    return element


def wait_for_answer(visit, text: str) -> None:
    """Return once the browsable API shows an answer with `text`, having replaced the page by script."""
    shown = text_to_be_present_in_element((By.CSS_SELECTOR, ".response-info"), text)
    WebDriverWait(visit.browser, 20, PAUSE).until(shown)
    visit.listen()


def test_the_documentation_shows_every_operation(visit):
    visit.open("/api/docs")
    assert visit.find(".home a").get_attribute("href") == f"{visit.origin}/"
    wait_for(visit, ".opblock")
    paths = {path.text for path in visit.browser.find_elements(By.CSS_SELECTOR, ".opblock-summary-path")}
    assert {path.replace("\u200b", "") for path in paths} == {
        IMAGES,
        f"{IMAGES}/{{id}}",
        f"{IMAGES}/{{id}}/restore",
        f"{IMAGES}/{{id}}/tags",
        f"{IMAGES}/{{id}}/history",
        "/api/v1/batch",
        "/api/v1/changes/{id}/undo",
        f"{IMAGES}/{{id}}/favourite",
        "/api/v1/albums",
        "/api/v1/albums/{id}",
        "/api/v1/albums/{id}/images",
        "/api/v1/albums/{id}/download",
        "/api/v1/download",
        "/api/v1/tags",
        "/api/v1/timeline",
        "/api/v1/shares",
        "/api/v1/shares/{id}",
        "/api/v1/tokens",
        "/api/v1/tokens/{id}",
        "/api/v1/tags/{slug}",
        "/api/v1/tags/{slug}/merge",
        f"{IMAGES}/{{id}}/file",
        f"{IMAGES}/by-hash/{{sha256}}",
        "/api/v1/suggestions",
        "/iiif/3/{id}",
        "/iiif/3/{id}/info.json",
        "/iiif/3/{id}/{region}/{size}/{rotation}/{quality}.{format}",
    }


def test_an_operation_of_the_documentation_can_be_opened_and_tried(visit):
    add_image(title="Found by trying")
    visit.open("/api/docs")
    wait_for(visit, "#operations-images-images_list button").click()
    wait_for(visit, ".try-out__btn").click()
    wait_for(visit, ".execute").click()
    wait_for(visit, ".live-responses-table .response-col_status")
    assert "Found by trying" in visit.browser.find_element(By.CSS_SELECTOR, ".live-responses-table").text


def test_without_javascript_the_documentation_leads_to_what_it_is_made_of(visit):
    with visit.without_javascript():
        visit.open("/api/docs")
        assert "JavaScript" in visit.find("body").text
        assert visit.find("noscript a").get_attribute("href") == f"{visit.origin}/api/schema"


@pytest.mark.parametrize(
    ("page", "parts"), [("/api/docs", ("html", "body")), (IMAGES, ("body", ".prettyprint", ".navbar"))]
)
def test_its_pages_are_dark_for_who_prefers_that(visit, page, parts):
    add_image(title="Kite")
    prefer(visit.browser, "dark")
    visit.open(page)
    wait_for(visit, ".opblock, .response-info")
    for part in parts:
        assert max(visit.browser.execute_script(GROUND, part)) < 64, part
    if page == IMAGES:  # the colours of the other are Swagger UI's
        assert [line for line in violations(visit.browser) if line.startswith("dark: color-contrast")] == []


def test_the_browsable_api_is_as_wide_as_a_phone(visit):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    visit.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    add_image(title="Kite")
    visit.open(IMAGES)
    assert visit.evaluate("[innerWidth, document.documentElement.scrollWidth]") == [390, 390]
    visit.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_browsable_api_shows_images_to_anyone(visit):
    image = add_image(title="Shown")
    visit.open(IMAGES)
    assert str(image.pk) in visit.browser.find_element(By.CSS_SELECTOR, ".response-info").text
    assert not visit.browser.find_elements(By.NAME, "file")
    visit.open(f"{IMAGES}?type=bmp")
    assert "validation_error" in visit.browser.find_element(By.CSS_SELECTOR, ".response-info").text
    visit.open(f"{IMAGES}/{image.pk}")
    assert "Shown" in visit.browser.find_element(By.CSS_SELECTOR, ".response-info").text
    visit.complaints = [text for text in visit.complaints if "400 (Bad Request)" not in text]  # asked for


def test_its_form_uploads_for_one_who_signed_in(visit, client, tmp_path):
    visit.sign_in(client, make_user("uploader", "Contributors"))
    (tmp_path / "cliff.png").write_bytes(make_image("PNG"))
    visit.open(IMAGES)
    visit.browser.find_element(By.NAME, "file").send_keys(str(tmp_path / "cliff.png"))
    visit.browser.find_element(By.NAME, "title").send_keys("The cliff")
    visit.follow("#post-object-form button")
    assert "HTTP 201 Created" in visit.browser.find_element(By.CSS_SELECTOR, ".response-info").text
    image = Image.objects.get()
    assert (image.title, image.filename, image.uploaded_by.username) == ("The cliff", "cliff.png", "uploader")


def test_its_buttons_change_and_delete_for_an_editor(visit, client):
    visit.sign_in(client, make_user("eva", "Editors"))
    image = add_image(title="Old")
    visit.open(f"{IMAGES}/{image.pk}")
    content = visit.browser.find_element(By.NAME, "_content")
    changed = content.get_attribute("value").replace("Old", "New")
    content.clear()
    content.send_keys(changed)
    visit.browser.find_element(By.CSS_SELECTOR, "button[data-method=PATCH]").click()
    wait_for_answer(visit, '"title": "New"')

    visit.open(f"{IMAGES}/{image.pk}")
    visit.browser.find_element(By.CSS_SELECTOR, "[data-target='#deleteModal']").click()
    delete = element_to_be_clickable((By.CSS_SELECTOR, "#deleteModal form .btn-danger"))
    WebDriverWait(visit.browser, 20, PAUSE).until(delete).click()
    wait_for_answer(visit, "HTTP 204 No Content")
    image.refresh_from_db()
    assert image.deleted_at
