"""The API as a caller has it."""

from rest_framework.test import APIClient

IMAGES = "/api/v1/images"


def client_of(user=None) -> APIClient:
    """Return a client that calls as `user`, or anonymously."""
    client = APIClient()
    if user:
        client.force_authenticate(user)
    return client


def problem(response) -> tuple[int, str]:
    """Return the status and the code of an answer that is a well-formed problem, kept by no cache."""
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    fields = response.json()
    assert fields.keys() - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert fields["status"] == response.status_code
    return response.status_code, fields["code"]
