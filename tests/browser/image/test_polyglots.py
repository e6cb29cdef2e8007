"""Images that are also pages or scripts: in a real Chromium they are images, and nothing of them runs."""

import base64

import pytest
from PIL.PngImagePlugin import PngInfo

from tests.factories import add_image, make_image

SCRIPT = "document.title = window.name = 'it ran'"
PAGE = f'<!doctype html><body onload="{SCRIPT}"><script>{SCRIPT}</script>'


def png_with_page() -> bytes:
    text = PngInfo()
    text.add_text("Comment", PAGE)
    return make_image("PNG", pnginfo=text) + PAGE.encode()


def gif_with_script() -> bytes:
    """To JavaScript, `GIF89a` is a name: here something is assigned to it, and the pixels are a comment."""
    data = bytearray(make_image("GIF", comment=f"*/=1;{SCRIPT};/*".encode()))
    data[6:8] = b"/*"  # a width of 10,799 pixels
    return bytes(data) + b"*/"


FILES = {
    "picture.png": png_with_page(),
    "page.html": png_with_page(),
    "photo.jpg": make_image("JPEG", comment=PAGE.encode()),
    "photo.js": make_image("JPEG", exif=b"Exif\0\0" + PAGE.encode()),
    "animation.html": make_image("GIF", comment=PAGE.encode()),
    "drawing.svg": make_image("WEBP", xmp=f"<svg xmlns='http://www.w3.org/2000/svg' onload={SCRIPT!r}/>"),
    "script.js": gif_with_script(),
}


def ran(browser) -> bool:
    return "it ran" in (browser.title, browser.execute_script("return window.name"))


@pytest.mark.parametrize("name", ["picture.png", "photo.jpg", "animation.html"])
def test_as_a_page_it_would_run(browser, name):
    browser.get(as_data("text/html", FILES[name]))
    assert ran(browser)


def test_as_a_script_it_would_run(browser):
    script = as_data("text/javascript", FILES["script.js"])
    browser.get(as_data("text/html", f"<script src='{script}'></script>".encode()))
    assert ran(browser)


@pytest.mark.parametrize("visibility", ["public", "private"])
@pytest.mark.parametrize("name", FILES)
def test_opened_by_itself_it_is_an_image(visit, client, editor, name, visibility):
    image = add_image(FILES[name], filename=name, visibility=visibility)
    visit.sign_in(client, editor)
    visit.open(image.get_file_url())
    assert visit.evaluate("document.contentType") == image.mime_type
    assert visit.evaluate("self.origin") == "null"  # what a sandbox without exceptions is
    assert visit.evaluate("[...document.body.children].map(child => child.localName)") == ["img"]
    assert visit.evaluate("document.images[0].naturalWidth") == image.width
    assert not ran(visit.browser)


def test_no_page_of_the_library_runs_it_as_a_script(visit, editor):
    image = add_image(FILES["script.js"], filename="script.js", uploaded_by=editor)
    visit.open("/")
    outcome = visit.browser.execute_async_script(
        """
        const done = arguments[1], script = document.createElement("script");
        script.onload = () => done("loaded");
        script.onerror = () => done("refused");
        script.src = arguments[0];
        document.head.append(script);
        """,
        image.get_file_url(),
    )
    assert outcome == "refused"
    assert not ran(visit.browser)
    visit.listen()
    (complaint,) = visit.complaints
    assert "MIME type ('image/gif') is not executable" in complaint
    visit.complaints.clear()


def as_data(mime_type: str, data: bytes) -> str:
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"
