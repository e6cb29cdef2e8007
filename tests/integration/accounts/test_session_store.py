"""Whose a session is, and when it was last seen: noted with each sign-in, then to the hour."""

from datetime import timedelta
from time import monotonic

import pytest
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from images.accounts import session_store
from images.accounts.last_seen import this_hour
from images.accounts.session_store import SEEN
from images.models import KnownSession
from tests.factories import PASSWORD, make_user
from tests.resilience.unwritable import SOON, another_writes, read_only

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("door", ["/accounts/login", "/admin/login/"])
def test_whoever_signs_in_by_whichever_door_is_known(door):
    user = make_user("root", is_staff=True, is_superuser=True)
    client = Client(headers={"user-agent": "a\x07b" + "x" * 400})
    assert client.post(door, {"username": "root", "password": PASSWORD}).status_code == 302
    row = KnownSession.objects.get()
    assert (row.user, row.session_id) == (user, client.session.session_key)
    assert row.agent == ("ab" + "x" * 400)[:300]
    assert row.seen_at == this_hour()
    assert timezone.now() - row.created_at < timedelta(minutes=1)


def test_one_that_code_of_before_made_is_known_with_its_next_page(client, viewer):
    client.force_login(viewer)
    KnownSession.objects.all().delete()
    session = DatabaseSessionStore(client.session.session_key)
    del session[SEEN]
    session.save()
    client.get("/trash")
    assert KnownSession.objects.get().user == viewer


def test_a_session_is_seen_once_an_hour(client, viewer, monkeypatch):
    client.force_login(viewer)
    before = KnownSession.objects.get()
    assert before.seen_at == this_hour()
    with CaptureQueriesContext(connection) as asked:
        client.get("/trash")
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []
    later = this_hour() + timedelta(hours=1)
    monkeypatch.setattr(session_store, "this_hour", lambda: later)
    client.get("/trash", headers={"user-agent": "Firefox"})
    row = KnownSession.objects.get()
    assert (row.pk, row.created_at, row.seen_at) == (before.pk, before.created_at, later)
    assert (before.agent, row.agent) == ("", "Firefox")
    with CaptureQueriesContext(connection) as asked:
        client.get("/trash", headers={"user-agent": "Firefox"})
    assert [query["sql"] for query in asked if not query["sql"].startswith("SELECT")] == []


def test_what_is_over_goes_with_the_next_sign_in(viewer, stranger):
    for user in (viewer, viewer, stranger):
        Client().force_login(user)
    Session.objects.update(expire_date=timezone.now())
    Client().force_login(viewer)
    assert KnownSession.objects.filter(user=viewer).count() == 1
    assert Session.objects.count() == 2


def test_nobody_is_known_by_a_visit_or_by_a_sign_in_that_failed(client, viewer):
    client.get("/")
    client.get("/accounts/login")
    client.post("/accounts/login", {"username": "viewer", "password": "wrong"})
    client.cookies["sessionid"] = "a" * 32
    client.get("/trash")
    assert not KnownSession.objects.exists()


def test_signing_out_leaves_nothing(client, viewer):
    client.force_login(viewer)
    client.get("/")
    client.post("/accounts/logout")
    assert not KnownSession.objects.exists()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("trouble", [another_writes, read_only])
def test_no_page_fails_or_waits_for_it_and_it_is_noted_later(client, trouble, monkeypatch):
    client.force_login(make_user("viewer", "Viewers"))
    before, later = this_hour(), this_hour() + timedelta(hours=1)
    monkeypatch.setattr(session_store, "this_hour", lambda: later)
    with trouble("images_knownsession"):
        began = monotonic()
        assert client.get("/trash").status_code == 200
        assert monotonic() - began < SOON
        assert KnownSession.objects.get().seen_at == before
    assert client.get("/trash").status_code == 200
    assert KnownSession.objects.get().seen_at == later
