"""The API as a caller has it."""

from django.core.files.uploadedfile import SimpleUploadedFile
from knox.models import AuthToken
from rest_framework.test import APIClient

from tests.factories import make_image

IMAGES = "/api/v1/images"


def client_of(user=None) -> APIClient:
    """Return a client that calls as `user`, or anonymously."""
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def token_of(user) -> dict[str, str]:
    """Return the header of a new token."""
    return {"authorization": f"Token {AuthToken.objects.create(user)[1]}"}


def form(seed: int = 0) -> dict:
    """Return the fields of an upload; another `seed` gives another image."""
    return {"file": SimpleUploadedFile("photo.jpg", make_image(seed=seed))}


def problem(response) -> tuple[int, str]:
    """Return the status and the code of an answer that is a well-formed problem, kept by no cache."""
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    fields = response.json()
    assert fields.keys() - {"errors", "offset"} == {"type", "title", "status", "detail", "code"}
    assert fields["status"] == response.status_code
    return response.status_code, fields["code"]
