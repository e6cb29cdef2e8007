import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.factories import make_image

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def small_limit(settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = 1000


def post(client, path: str, field: str, size: int):
    file = SimpleUploadedFile("photo.jpg", make_image() + b"\0" * size)
    return client.post(path, {field: file})


def test_a_body_too_large_is_a_problem_for_programs(client, contributor):
    client.force_login(contributor)
    response = post(client, "/api/v1/images", "file", 2**21)
    assert response.status_code == 413
    assert response.json()["code"] == "image_too_large"


def test_a_body_too_large_is_a_page_for_people(client, contributor):
    client.force_login(contributor)
    response = post(client, "/upload", "files", 2**21)
    assert response.status_code == 413
    assert "text/html" in response["Content-Type"]
    assert "larger than" in response.content.decode()


def test_the_form_around_a_file_does_not_count(client, contributor, settings):
    settings.IMAGELIB_MAX_UPLOAD_BYTES = len(make_image())
    client.force_login(contributor)
    assert post(client, "/api/v1/images", "file", 0).status_code == 201


def test_chunks_that_the_server_does_not_put_together_are_refused(client, contributor):
    """Django's runserver hands them over as they are, and nothing says where they end."""
    client.force_login(contributor)
    response = client.post("/api/v1/images", headers={"transfer-encoding": "chunked"})
    assert (response.status_code, response.json()["code"]) == (400, "validation_error")
    assert "Content-Length" in response.json()["detail"]


def test_an_unknown_host_gets_a_plain_refusal(client):
    response = client.get("/", headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert "evil" not in response.content.decode()


def test_bytes_refuse_an_unknown_host_too(client):
    response = client.get(f"/api/v1/images/{uuid.uuid4()}/file", headers={"Host": "evil.example"})
    assert response.status_code == 400
