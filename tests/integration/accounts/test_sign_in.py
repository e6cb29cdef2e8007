"""Signing in and out, changing a password, and the pages that say no."""

import pytest
from django.db import OperationalError
from django.test import Client

from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

PAGES = {
    # path: status for anonymous, stranger, viewer, contributor, editor
    "/": (200, 200, 200, 200, 200),
    "/upload": (302, 403, 403, 200, 200),
    "/trash": (302, 200, 200, 200, 200),
    "/accounts/login": (200, 200, 200, 200, 200),
    "/accounts/password": (302, 200, 200, 200, 200),
    "/nowhere": (404, 404, 404, 404, 404),
}


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_every_kind_of_person(client, path, stranger, viewer, contributor, editor):
    people = (None, stranger, viewer, contributor, editor)
    for user, status in zip(people, PAGES[path], strict=True):
        client.logout()
        if user:
            client.force_login(user)
        response = client.get(path)
        assert response.status_code == status, user
        if status != 302:
            assert "<h1" in response.content.decode()
            assert "public" not in response["Cache-Control"]


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


def test_many_wrong_passwords_lock_the_door_for_a_while(client, stranger):
    for _ in range(10):
        response = sign_in(client, "wrong")
    assert response.status_code == 429
    assert "quarter of an hour" in response.content.decode()
    assert sign_in(client).status_code == 429


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


def test_a_refused_page_says_why(client, stranger):
    client.force_login(stranger)
    response = client.get("/upload")
    assert response.status_code == 403
    assert "Not permitted" in response.content.decode()


def test_an_error_page_asks_neither_session_nor_database(client, monkeypatch):
    """So that it still stands when they are what failed."""
    client.force_login(make_user("somebody"))

    def fail(*args, **kwargs):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "Not found" in response.content.decode()


def test_a_failure_of_the_server_looks_like_the_rest(client, monkeypatch):
    def fail(*args):
        raise RuntimeError("telltale")

    monkeypatch.setattr("images.pages.gallery.visible_images", fail)
    client.raise_request_exception = False
    response = client.get("/")
    page = response.content.decode()
    assert response.status_code == 500
    assert response["Cache-Control"] == "no-store"
    assert "The server failed" in page
    assert "base.css" in page
    assert "telltale" not in page


def test_a_failure_of_the_templates_too_is_answered(client, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError("telltale")

    monkeypatch.setattr("images.pages.gallery.render", fail)
    monkeypatch.setattr("images.http.error_pages.render_to_string", fail)
    client.raise_request_exception = False
    response = client.get("/")
    assert response.status_code == 500
    assert "The server failed" in response.content.decode()
