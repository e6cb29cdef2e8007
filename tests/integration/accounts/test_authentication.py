"""Who calls the API: tokens, and sessions with CSRF."""

import pytest
from rest_framework.test import APIClient

from tests.clients.api import IMAGES, form, problem, token_of
from tests.factories import add_image

pytestmark = pytest.mark.django_db


def session_of(user) -> APIClient:
    """Return a client that checks CSRF, as a browser's requests are."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_a_token_uploads_without_csrf(contributor):
    client = APIClient(enforce_csrf_checks=True)
    response = client.post(IMAGES, form(), format="multipart", headers=token_of(contributor))
    assert (response.status_code, response.json()["uploaded_by"]) == (201, "contributor")
    assert not response.cookies


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_bearer_is_token(contributor, scheme):
    image = add_image(visibility="private", uploaded_by=contributor)
    headers = {"authorization": token_of(contributor)["authorization"].replace("Token", scheme)}
    for path in (f"{IMAGES}/{image.pk}", f"{IMAGES}/{image.pk}/file", f"/iiif/3/{image.pk}/info.json"):
        assert APIClient().get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer a b", "Bearer zz", "Bearer \xe9"])
def test_a_bad_bearer_answers_401_and_is_asked_for_a_bearer(authorization):
    image = add_image(visibility="private")
    for path in (IMAGES, f"{IMAGES}/{image.pk}/file"):
        response = APIClient().get(path, headers={"authorization": authorization})
        assert problem(response) == (401, "not_authenticated")
    assert APIClient().get(IMAGES, headers={"authorization": authorization})["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    ["Token", "Token a b", "Token " + "0" * 64, "Token zz", "Token \xe9\xe9", "Token %00", "token x"],
)
def test_a_bad_token_answers_401_even_for_public_images(authorization):
    add_image()
    response = APIClient().get(IMAGES, headers={"authorization": authorization})
    assert problem(response) == (401, "not_authenticated")
    assert response["WWW-Authenticate"] == "Token"


def test_a_token_of_one_who_was_deactivated_answers_401(contributor):
    headers = token_of(contributor)
    contributor.is_active = False
    contributor.save()
    assert problem(APIClient().get(IMAGES, headers=headers)) == (401, "not_authenticated")


def test_a_token_sees_private_images_in_list_detail_and_file(contributor):
    image = add_image(visibility="private", uploaded_by=contributor)
    headers = token_of(contributor)
    for path in (IMAGES, f"{IMAGES}/{image.pk}", f"{IMAGES}/{image.pk}/file"):
        assert APIClient().get(path, headers=headers).status_code == 200


@pytest.mark.parametrize(("method", "tail"), [("post", ""), ("patch", "/{}"), ("delete", "/{}")])
def test_a_session_without_csrf_token_answers_403(editor, method, tail):
    path = IMAGES + tail.format(add_image().pk)
    assert problem(getattr(session_of(editor), method)(path)) == (403, "permission_denied")


def test_a_session_with_csrf_token_uploads(contributor):
    client = session_of(contributor)
    client.cookies["csrftoken"] = "a" * 32
    response = client.post(IMAGES, form(), format="multipart", headers={"x-csrftoken": "a" * 32})
    assert (response.status_code, response.json()["uploaded_by"]) == (201, "contributor")


def test_basic_authentication_is_no_way_in(contributor):
    response = APIClient().post(IMAGES, form(), format="multipart", headers={"authorization": "Basic eDp5"})
    assert problem(response) == (401, "not_authenticated")
