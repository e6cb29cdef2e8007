"""Who calls the API: tokens, sessions with CSRF, throttles and the login lockout."""

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from knox.models import AuthToken
from rest_framework.test import APIClient

from images.http.limits import UploadThrottle
from tests.clients.api import IMAGES, problem
from tests.factories import PASSWORD, add_image, make_image

pytestmark = pytest.mark.django_db


def token_of(user) -> dict[str, str]:
    """Return the header of a new token."""
    return {"authorization": f"Token {AuthToken.objects.create(user)[1]}"}


def session_of(user) -> APIClient:
    """Return a client that checks CSRF, as a browser's requests are."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def form(seed: int = 0) -> dict:
    return {"file": SimpleUploadedFile("photo.jpg", make_image(seed=seed))}


def test_a_token_uploads_without_csrf(contributor):
    client = APIClient(enforce_csrf_checks=True)
    response = client.post(IMAGES, form(), format="multipart", headers=token_of(contributor))
    assert (response.status_code, response.json()["uploaded_by"]) == (201, "contributor")
    assert not response.cookies


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


@pytest.fixture
def two_uploads_an_hour(monkeypatch):
    monkeypatch.setattr(UploadThrottle, "THROTTLE_RATES", {"upload": "2/hour"})


def test_uploads_past_the_rate_answer_429_with_retry_after(contributor, two_uploads_an_hour):
    client = APIClient()
    client.force_authenticate(contributor)
    for seed in range(2):
        assert client.post(IMAGES, form(seed), format="multipart").status_code == 201
    response = client.post(IMAGES, form(2), format="multipart")
    assert problem(response) == (429, "throttled")
    assert 3500 < int(response["Retry-After"]) <= 3600
    assert client.get(IMAGES).status_code == 200


def test_uploads_are_counted_by_person_over_all_processes(
    contributor, editor, two_uploads_an_hour, monkeypatch
):
    def upload(user, seed):
        monkeypatch.setattr(UploadThrottle, "cache", caches.create_connection("default"))  # as a new process
        client = APIClient()
        client.force_authenticate(user)
        return client.post(IMAGES, form(seed), format="multipart").status_code

    assert [upload(contributor, seed) for seed in range(3)] == [201, 201, 429]
    assert upload(editor, 3) == 201


def sign_in(name: str, password: str, address: str = "192.0.2.1"):
    data = {"username": name, "password": password}
    return APIClient().post("/accounts/login", data, format="multipart", REMOTE_ADDR=address)


def test_ten_failed_sign_ins_lock_the_name_from_that_address(viewer, editor):
    """Every attempt comes from a client of its own: the count is in the database."""
    assert [sign_in("viewer", "wrong").status_code for _ in range(9)] == [200] * 9
    sign_in("viewer", "wrong")
    response = sign_in("viewer", PASSWORD)
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "_auth_user_id" not in response.wsgi_request.session
    assert sign_in("editor", PASSWORD).status_code == 302
    assert sign_in("viewer", PASSWORD, address="192.0.2.2").status_code == 302


def test_a_lockout_does_not_stop_tokens(viewer):
    headers = token_of(viewer)
    for _ in range(10):
        sign_in("viewer", "wrong")
    assert APIClient().get(IMAGES, headers=headers).status_code == 200
