"""The library's own name: on every page, read once in a while, and never what fails."""

import math
from html import escape, unescape
from threading import Barrier, Thread

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction

from images.http import branding
from images.models import Library
from tests.factories import add_image, brand

pytestmark = pytest.mark.django_db

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"Ana's\" & 'Bo's' `x` ${y} {{ z }} {% now 'Y' %}",
    "right to left": "\u200fספריה של אמא",  # noqa: RUF001
    "emoji": "🏔️ Kites \U0001f469\u200d\U0001f467",
}


@pytest.fixture
def admin(client):
    client.force_login(get_user_model().objects.create_superuser("root"))
    return client


def titles(response) -> str:
    page = response.content.decode()
    return unescape(page[page.index("<title>") + 7 : page.index("</title>")])


@pytest.mark.parametrize("path", ["/", "/search", "/albums", "/tags", "/accounts/login", "/nowhere"])
def test_pages_have_the_name_that_was_given(client, path):
    assert titles(client.get(path)).endswith(" · imagelib")
    brand(name="Kites of Porto")
    response = client.get(path)
    assert titles(response).endswith(" · Kites of Porto")
    assert '<a class="brand" href="/"><span dir="auto">Kites of Porto</span></a>' in response.content.decode()
    assert "imagelib" not in response.content.decode()


@pytest.mark.parametrize("path", ["/admin/", "/admin/images/image/", "/admin/login/?next=/"])
def test_the_admin_has_it_in_title_and_header(client, admin, path):
    brand(name="Kites of Porto")
    if "login" in path:
        client.logout()
    page = client.get(path)
    assert titles(page).endswith("| Kites of Porto")
    assert '<a href="/admin/">Kites of Porto</a>' in page.content.decode()


def test_a_link_that_is_pasted_elsewhere_names_it(client):
    image = add_image()
    brand(name="Kites of Porto")
    page = client.get(image.get_absolute_url()).content.decode()
    assert '<meta property="og:site_name" content="Kites of Porto">' in page


def test_the_pages_of_the_api_have_it_and_the_document_keeps_its_own(client):
    """Programs are generated from the document, with names made of its title, and it is the same for all."""
    before = client.get("/api/schema?format=json").json()["info"]["title"]
    brand(name="Kites of Porto")
    assert titles(client.get("/api/docs")) == "Kites of Porto: the API"
    browsed = client.get("/api/v1/images", headers={"accept": "text/html"}).content.decode()
    assert '<a class="navbar-brand" href="/">Kites of Porto</a>' in browsed
    assert client.get("/api/schema?format=json").json()["info"]["title"] == before == "imagelib"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "path", ["/", "/accounts/login", "/nowhere", "/admin/", "/admin/images/library/", "/api/docs", "image"]
)
def test_a_name_is_text_and_nothing_else_wherever_it_shows(admin, path, name):
    path = add_image().get_absolute_url() if path == "image" else path
    brand(name=name)
    response = admin.get(path)
    page = response.content.decode()
    assert name in titles(response)
    assert "<script>alert" not in page
    assert not {"<", '"', "'"} & set(name) or name not in page.replace(escape(name), "")


# --- Read in a while, by one ------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch):
    """How often the database was asked, in a list; at first nothing was read."""
    asked, read = [], branding._read

    def count() -> Library:
        asked.append(1)
        return read()

    monkeypatch.setattr(branding, "_read", count)
    branding.forget()
    return asked


def test_pages_ask_for_it_once_in_a_while_and_not_each_time(client, asked, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(branding.time, "monotonic", lambda: now)
    for seconds, times in ((0, 1), (1, 1), (3.9, 1), (0.2, 2), (4, 2)):
        now += seconds
        client.get("/")
        assert len(asked) == times


def test_another_process_shows_a_change_within_seconds(client, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(branding.time, "monotonic", lambda: now)
    branding.forget()
    assert titles(client.get("/")).endswith("· imagelib")
    Library.objects.create(name="Kites")
    assert titles(client.get("/")).endswith("· imagelib")
    now += branding.KEPT
    assert titles(client.get("/")).endswith("· Kites")


def test_it_is_one_query_with_its_logo(django_assert_num_queries):
    brand(name="Kites", logo=add_image())
    with django_assert_num_queries(1):
        assert branding.library().logo.is_public


def test_a_page_that_shows_none_asks_for_none(client, asked):
    client.get("/api/v1/images")
    client.get("/healthz")
    assert not asked


def test_many_at_once_are_one_question_and_wait_only_at_first(monkeypatch):
    """Later the others have what was known before."""
    asked, all_there = [], Barrier(4)
    branding.forget()

    def read() -> Library:
        asked.append(1)
        if len(asked) == 2:
            all_there.wait(30)
        return Library(name=f"No. {len(asked)}")

    monkeypatch.setattr(branding, "_read", read)
    names: list[str] = []

    def ask() -> None:
        names.append(str(branding.library()))

    at_once([ask] * 8)
    assert names == ["No. 1"] * 8
    branding.keep(branding.known(), seconds=-1)

    def ask_and_leave() -> None:
        ask()
        all_there.wait(30)

    names.clear()
    at_once([ask, *[ask_and_leave] * 3])
    assert sorted(names) == ["No. 1"] * 3 + ["No. 2"]
    assert len(asked) == 2


def at_once(calls) -> None:
    threads = [Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- When the database is what failed ---------------------------------------------------------------


def fail(*args, **kwargs):
    raise OperationalError("telltale: the database is gone")


def test_without_a_database_pages_show_what_was_known(client, monkeypatch):
    brand(name="Kites")
    client.get("/search")
    branding.keep(branding.known(), seconds=-1)
    monkeypatch.setattr("images.http.branding.Library.objects.select_related", fail)
    response = client.get("/search")
    assert (response.status_code, titles(response)) == (200, "Search · Kites")


def test_a_new_process_without_a_database_shows_what_is_shown_where_nothing_is_set(
    client, monkeypatch, caplog
):
    branding.forget()
    monkeypatch.setattr("images.http.branding.Library.objects.select_related", fail)
    for _ in range(3):
        assert titles(client.get("/search")).endswith("· imagelib")
    assert len([record for record in caplog.records if "could not be read" in record.message]) == 1


@pytest.mark.parametrize("code", [400, 413, 500, 503])
def test_an_error_page_asks_nothing(client, asked, monkeypatch, settings, code):
    brand(name="Kites")
    client.get("/")
    asked.clear()
    branding.forget()
    client.raise_request_exception = False
    if code in (500, 503):
        broken = OperationalError("locked") if code == 503 else RuntimeError("broken")
        monkeypatch.setattr("images.pages.gallery.Asked", raising(broken))
        response = client.get("/")
    elif code == 413:
        settings.IMAGELIB_MAX_UPLOAD_BYTES = 0
        response = client.post("/upload", b"0" * 2**21, "text/plain")
    else:
        response = client.get("/", headers={"host": "evil.example"})
    assert (response.status_code, titles(response)[-8:]) == (code, " · Kites")
    assert not asked


def raising(error: Exception):
    def fail(*args, **kwargs):
        raise error

    return fail


@pytest.mark.django_db(transaction=True)
def test_within_a_broken_transaction_it_fails_nobody(client):
    brand(name="Kites")
    with transaction.atomic():
        transaction.set_rollback(True)
        assert connection.needs_rollback
        assert str(branding.library()) == "imagelib"
    branding.keep(branding.known(), seconds=-math.inf)
    assert str(branding.library()) == "Kites"
