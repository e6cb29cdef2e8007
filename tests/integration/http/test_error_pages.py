"""The pages that say no."""

import pytest
from django.db import OperationalError
from django.test import Client

from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_a_refused_page_says_why(client, stranger):
    client.force_login(stranger)
    response = client.get("/upload")
    assert response.status_code == 403
    assert "Not permitted" in response.content.decode()


@pytest.mark.parametrize("prefix", ["", "/api", "/iiif/3"], ids=["page", "api", "iiif"])
def test_every_error_says_its_length(client, contributor, monkeypatch, settings, prefix):
    """Those too that are made where CommonMiddleware has nothing to say."""

    def fail(*args, **kwargs):
        raise RuntimeError("telltale")

    settings.IMAGELIB_MAX_UPLOAD_BYTES = 0
    hidden = "/api/v1/images/00000000-0000-4000-8000-000000000000/file"
    client.raise_request_exception = False
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    strict.force_login(contributor)
    answers = [
        client.get(f"{prefix}/nowhere"),
        client.get(f"{prefix}/nowhere", headers={"host": "evil.example"}),
        client.post(f"{prefix}/nowhere", b"0" * 2**21, "text/plain"),
        client.get(hidden),
        client.post(hidden),
        client.get(hidden, headers={"host": "evil.example"}),
        client.get(hidden, headers={"authorization": "Token none"}),
        client.patch("/api/v1/images", {}),
        strict.post("/upload"),
        client.post("/"),
    ]
    monkeypatch.setattr("images.serving.views.find_image", fail)
    monkeypatch.setattr("images.http.middleware.too_many_bytes", fail)
    answers += [client.get(hidden), client.post(f"{prefix}/nowhere", b"0" * 2**21, "text/plain")]
    monkeypatch.setattr("images.http.error_pages.render_to_string", fail)
    answers += [client.post(f"{prefix}/nowhere", b"0" * 2**21, "text/plain")]
    assert [answer.status_code for answer in answers] == [
        *(404, 400, 413, 404, 405, 400, 401, 405, 403, 403),
        *(500, 500, 500),
    ]
    for answer in answers:
        assert answer["Content-Length"] == str(len(answer.content)), (answer.status_code, answer.request)


@pytest.mark.parametrize(("path", "status"), [("/upload", 403), ("/nowhere", 404)])
def test_who_is_signed_in_finds_the_way_on_from_a_refusal(client, stranger, path, status):
    client.force_login(stranger)
    response = client.get(path)
    page = response.content.decode()
    assert response.status_code == status
    assert 'href="/albums"' in page
    assert "stranger" in page
    assert "Sign in" not in page


def test_who_is_not_is_offered_to_sign_in(client):
    page = client.get("/nowhere").content.decode()
    assert 'href="/albums"' in page
    assert "Sign in" in page


def test_an_error_page_stands_without_session_and_database(client, monkeypatch):
    """They may be what failed."""
    client.force_login(make_user("somebody"))

    def fail(*args, **kwargs):
        raise OperationalError("the database is gone")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    response = client.get("/nowhere")
    assert response.status_code == 404
    assert "Not found" in response.content.decode()
    assert 'href="/albums"' not in response.content.decode()


def test_a_failure_of_the_server_looks_like_the_rest(client, monkeypatch):
    def fail(*args):
        raise RuntimeError("telltale")

    monkeypatch.setattr("images.pages.gallery.ImageFilter", fail)
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


def test_a_page_of_an_error_that_fails_is_in_the_log(client, monkeypatch, caplog):
    def fail(*args, **options):
        raise ArithmeticError("The templates are broken.")

    monkeypatch.setattr("images.http.error_pages.render", fail)
    client.raise_request_exception = False
    response = client.get("/nowhere")
    assert response.status_code == 500
    assert "The failure has been logged." in response.content.decode()
    assert "The templates are broken." in caplog.text


def test_a_page_that_cannot_have_the_database_is_busy_and_says_when_to_ask_again(client, monkeypatch):
    def fail(*args):
        raise OperationalError("telltale: locked")

    monkeypatch.setattr("images.pages.gallery.ImageFilter", fail)
    response = client.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert "telltale" not in response.content.decode()
