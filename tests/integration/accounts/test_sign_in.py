"""Signing in and out, and changing a password."""

import pytest
from django.test import Client

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client, password=PASSWORD, **extra):
    return client.post("/accounts/login", {"username": "stranger", "password": password, **extra})


def test_signing_in_leads_to_the_gallery(client, stranger):
    assert sign_in(client)["Location"] == "/"
    assert "stranger" in client.get("/").content.decode()


def test_signing_in_leads_back_to_the_page_asked_for(client, stranger):
    page = client.get("/trash", follow=True).content.decode()
    assert 'name="next" value="/trash"' in page
    assert sign_in(client, next="/trash")["Location"] == "/trash"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "javascript:alert(1)"])
def test_signing_in_leads_to_no_other_site(client, stranger, elsewhere):
    assert sign_in(client, next=elsewhere)["Location"] == "/"


def test_a_wrong_password_is_told(client, stranger):
    response = sign_in(client, "wrong")
    assert response.status_code == 200
    page = response.content.decode()
    assert "correct username and password" in page
    assert 'role="alert"' in page


def test_password_managers_know_the_fields(client, stranger):
    page = client.get("/accounts/login").content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    client.force_login(stranger)
    page = client.get("/accounts/password").content.decode()
    assert page.count('autocomplete="current-password"') == 1
    assert page.count('autocomplete="new-password"') == 2


def test_a_password_that_is_too_easy_is_told(client, stranger):
    client.force_login(stranger)
    data = {"old_password": PASSWORD, "new_password1": "12345678", "new_password2": "12345678"}
    page = client.post("/accounts/password", data).content.decode()
    assert "This password is too common." in page
    stranger.refresh_from_db()
    assert stranger.check_password(PASSWORD)


def test_signing_in_needs_the_csrf_token(stranger):
    client = Client(enforce_csrf_checks=True)
    response = sign_in(client)
    assert response.status_code == 403
    assert "reload" in response.content.decode()


def test_signing_out_is_a_post(client, stranger):
    client.force_login(stranger)
    assert client.get("/accounts/logout").status_code == 405
    assert client.post("/accounts/logout")["Location"] == "/"
    page = client.get("/").content.decode()
    assert "Sign in" in page
    assert "You are signed out." in page


def test_a_password_is_changed_and_the_person_stays_signed_in(client, stranger):
    client.force_login(stranger)
    new = "staple battery horse"
    response = client.post(
        "/accounts/password",
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
        follow=True,
    )
    assert "Your password was changed." in response.content.decode()
    stranger.refresh_from_db()
    assert stranger.check_password(new)
    assert client.get("/trash").status_code == 200
