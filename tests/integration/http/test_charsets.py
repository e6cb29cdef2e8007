"""What `charset=` may say of a body."""

import pytest

from tests.clients.api import IMAGES
from tests.factories import add_image

pytestmark = pytest.mark.django_db

MULTIPART = b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nCaf\xe9\r\n--x--\r\n'
BODIES = {
    "application/json": b'{"title": "Caf\xe9"}',
    "application/x-www-form-urlencoded": b"title=Caf%E9",
    "multipart/form-data; boundary=x": MULTIPART,
}


@pytest.mark.parametrize("content_type", BODIES)
@pytest.mark.parametrize("path", ["/upload", "/accounts/login", "/admin/login/", f"{IMAGES}/{{}}", "/"])
@pytest.mark.parametrize(
    "charset",
    [
        *("bz2_codec", "base64", "zlib", "rot13", "idna", "punycode", "undefined"),
        *("utf-7", "utf-16", "cp037"),
    ],
)
def test_a_codec_that_is_none_for_text_is_refused(client, editor, content_type, path, charset):
    image = add_image(title="as it was")
    client.force_login(editor)
    method = "PATCH" if path.startswith("/api") else "POST"
    response = client.generic(
        method, path.format(image.pk), BODIES[content_type], f"{content_type}; charset={charset}"
    )
    assert response.status_code == 400
    image.refresh_from_db()
    assert image.title == "as it was"


@pytest.mark.parametrize("content_type", BODIES)
@pytest.mark.parametrize("charset", ["latin-1", "ISO-8859-1", "cp1252", "iso-8859-15"])
def test_text_in_another_charset_is_read_in_it(client, editor, content_type, charset):
    image = add_image()
    client.force_login(editor)
    response = client.generic(
        "PATCH", f"{IMAGES}/{image.pk}", BODIES[content_type], f"{content_type}; charset={charset}"
    )
    assert (response.status_code, response.json()["title"]) == (200, "Café")


@pytest.mark.parametrize(
    "charset", ["ascii", "utf-8", "utf-8-sig", "shift_jis", "koi8-r", "none-such", "\x00", ""]
)
def test_a_page_that_is_only_read_minds_no_charset_of_text(client, charset):
    response = client.generic("GET", "/?search=%C3%BC", b"", f"text/plain; charset={charset}")
    assert response.status_code == 200
