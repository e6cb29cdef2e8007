"""A new password does not stop programs with tokens, so the page that changes it offers to revoke them."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from knox.models import AuthToken

from tests.clients.api import IMAGES, client_of, token_of
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW = "staple battery horse"
OWN = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
OTHERS = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}


@pytest.fixture
def tokens(stranger, viewer) -> dict:
    """The headers of two tokens of the stranger and one of another person."""
    return {"own": [token_of(stranger), token_of(stranger)], "others": [token_of(viewer)]}


@pytest.fixture(params=["own", "in the admin"])
def door(request, client, stranger):
    """The address of a page that changes the stranger's password, and the fields that do."""
    if request.param == "own":
        client.force_login(stranger)
        return "/accounts/password", OWN
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return f"/admin/auth/user/{stranger.pk}/password/", OTHERS


def statuses(headers: list[dict]) -> list[int]:
    return [client_of().get(IMAGES, headers=each).status_code for each in headers]


def has_new_password() -> bool:
    return get_user_model().objects.get(username="stranger").check_password(NEW)


def test_tokens_live_on_unless_it_is_asked_for(client, door, tokens):
    path, fields = door
    assert "Revoke 2 API tokens too" in client.get(path).content.decode()
    assert client.post(path, fields).status_code == 302
    assert has_new_password()
    assert statuses(tokens["own"] + tokens["others"]) == [200, 200, 200]


def test_all_tokens_of_the_person_are_revoked_and_no_others(client, door, tokens):
    path, fields = door
    page = client.post(path, fields | {"revoke_tokens": "on"}, follow=True).content.decode()
    assert has_new_password()
    assert statuses(tokens["own"] + tokens["others"]) == [401, 401, 200]
    if path == "/accounts/password":
        assert "your API tokens were revoked" in page


def test_a_password_that_is_refused_revokes_nothing(client, door, tokens):
    path, fields = door
    wrong = {name: "12345678" if name.startswith(("new", "password")) else v for name, v in fields.items()}
    assert client.post(path, wrong | {"revoke_tokens": "on"}).status_code == 200
    assert not has_new_password()
    assert statuses(tokens["own"]) == [200, 200]


def test_nothing_is_offered_to_who_has_no_token(client, door):
    path, fields = door
    assert "revoke_tokens" not in client.get(path).content.decode()
    assert client.post(path, fields | {"revoke_tokens": "on"}).status_code == 302
    assert has_new_password()


def test_one_token_is_one(client, stranger):
    AuthToken.objects.create(stranger)
    client.force_login(stranger)
    assert "Revoke 1 API token too" in client.get("/accounts/password").content.decode()


def test_signing_in_by_password_can_be_ended_in_the_admin_with_the_tokens(client, stranger, tokens):
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    fields = {"usable_password": "false", "unset-password": "1", "revoke_tokens": "on"}
    assert client.post(f"/admin/auth/user/{stranger.pk}/password/", fields).status_code == 302
    assert not get_user_model().objects.get(pk=stranger.pk).has_usable_password()
    assert statuses(tokens["own"]) == [401, 401]


def test_it_is_hashed_while_no_transaction_is_open(client, door, tokens, monkeypatch, settings):
    """It may wait for a turn, and SQLite's one writer would have everybody else wait."""
    inside, encode = [], MD5PasswordHasher.encode
    outer = len(connection.savepoint_ids)  # of the test

    def noted(self, password, salt):
        inside.append(len(connection.savepoint_ids) - outer)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    path, fields = door
    assert client.post(path, fields | {"revoke_tokens": "on"}).status_code == 302
    assert has_new_password()
    assert set(inside) == {0}
