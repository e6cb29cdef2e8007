"""The pages that say no."""

import pytest
from django.db import OperationalError

from tests.factories import make_user

pytestmark = pytest.mark.django_db


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
