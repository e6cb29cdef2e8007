"""Names of files in forms, as programs and people's computers write them."""

import time

import pytest

from tests.clients.api import IMAGES, client_of, problem
from tests.factories import make_image

pytestmark = pytest.mark.django_db

FORM = "multipart/form-data; boundary=frontier"


def form(field: str, disposition: bytes, data: bytes) -> bytes:
    head = b'--frontier\r\nContent-Disposition: form-data; name="' + field.encode() + b'"; ' + disposition
    return head + b"\r\nContent-Type: image/jpeg\r\n\r\n" + data + b"\r\n--frontier--\r\n"


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'filename="' + b"x" * 1100 + b'.jpeg"', "x" * 250 + ".jpeg"),
        (b'filename="' + ("漢" * 600).encode() + b'.jpg"', "漢" * 251 + ".jpg"),
        (b"filename*=UTF-8''" + b"%E6%BC%A2" * 200 + b".jpg", "漢" * 200 + ".jpg"),
        ('filename="Café.jpg"'.encode("latin-1"), "Café.jpg"),
        ('filename="5 € draußen.jpg"'.encode("cp1252"), "5 € draußen.jpg"),
        ('filename="Café.jpg"'.encode(), "Café.jpg"),
        (b'filename="\x81.jpg"', "\N{REPLACEMENT CHARACTER}.jpg"),
        (b'filename="' + b"\x80" * 1100 + b'.jpg"', "€" * 251 + ".jpg"),
    ],
    ids=[
        "long",
        "long, in Unicode",
        "encoded",
        "Latin-1",
        "Windows",
        "UTF-8",
        "no character",
        "long, Windows",
    ],
)
@pytest.mark.parametrize("data", [make_image(), make_image("PNG", (900, 600), compress_level=0)])
def test_a_file_is_taken_whatever_its_name(contributor, client, disposition, filename, data):
    response = client_of(contributor).generic("POST", IMAGES, form("file", disposition, data), FORM)
    assert response.status_code == 201, response.json()
    assert response.json()["filename"] == filename

    client.force_login(contributor)
    body = form("files", disposition, data)[: -len("--frontier--\r\n")] + (
        b'--frontier\r\nContent-Disposition: form-data; name="visibility"\r\n\r\npublic\r\n--frontier--\r\n'
    )
    assert client.generic("POST", "/upload", body, FORM).status_code == 200  # 400 when no file is taken


@pytest.mark.parametrize(
    "disposition", [b'filename="' + b"x" * 9000 + b'.jpg"', b'filename="' + b"x;" * 1000 + b'.jpg"']
)
def test_a_head_that_no_computer_writes_is_refused(contributor, disposition):
    response = client_of(contributor).generic("POST", IMAGES, form("file", disposition, make_image()), FORM)
    assert problem(response) == (400, "validation_error")


def test_heads_made_to_take_long_do_not(contributor):
    """To read a head takes the square of its semicolons; a form may have a thousand heads."""
    head = b'--frontier\r\nContent-Disposition: form-data; name="' + b";" * 3900 + b'"'
    body = (head + b"\r\n\r\n\r\n") * 900 + b"--frontier--\r\n"
    begun = time.monotonic()
    response = client_of(contributor).generic("POST", IMAGES, body, FORM)
    assert problem(response) == (400, "validation_error")
    assert time.monotonic() - begun < 3
