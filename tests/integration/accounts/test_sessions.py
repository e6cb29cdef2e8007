"""Whose a session is, and what ends it."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from images.accounts.sessions import end_session, end_sessions, sessions_of
from images.models import KnownSession
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db

NEW = "staple battery horse"
know_sessions = import_module("images.migrations.0024_known_sessions").know_sessions


def signed_in(user) -> Client:
    """Return a browser in which `user` has looked at a page."""
    client = Client()
    client.force_login(user)
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get("/trash").status_code == 200


def test_one_is_ended_and_no_other(viewer):
    here, there = signed_in(viewer), signed_in(viewer)
    row = KnownSession.objects.get(session=there.session.session_key)
    end_session(viewer, row.pk)
    assert [is_in(here), is_in(there)] == [True, False]
    end_session(viewer, row.pk)  # once more is no error


def test_nobody_ends_those_of_others(viewer, stranger):
    theirs = signed_in(stranger)
    end_session(viewer, KnownSession.objects.get().pk)
    assert end_sessions(viewer) == 0
    assert is_in(theirs)


def test_all_but_one_are_ended(viewer):
    here, *others = (signed_in(viewer) for _ in range(3))
    assert end_sessions(viewer, but=here.session.session_key) == 2
    assert [is_in(client) for client in (here, *others)] == [True, False, False]
    assert end_sessions(viewer) == 1
    assert not is_in(here)


def test_what_is_over_is_not_listed(viewer):
    signed_in(viewer)
    assert sessions_of(viewer).count() == 1
    Session.objects.update(expire_date=timezone.now())
    assert sessions_of(viewer).count() == 0


def test_one_that_code_of_before_deletes_is_not_listed(viewer):
    signed_in(viewer)
    Session.objects.all()._raw_delete("default")  # as code does that knows of no others
    assert sessions_of(viewer).count() == 0


def test_a_new_password_ends_all_others_at_once(viewer):
    here, there = signed_in(viewer), signed_in(viewer)
    said = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}
    assert here.post("/accounts/password", said).status_code == 302
    (left,) = sessions_of(viewer)
    assert left.session_id == here.session.session_key
    assert [is_in(here), is_in(there)] == [True, False]


def test_a_password_set_in_the_admin_ends_the_person_s_and_not_one_s_own(viewer):
    root = make_user("root", is_staff=True, is_superuser=True)
    theirs, own = signed_in(viewer), signed_in(root)
    said = {"password1": NEW, "password2": NEW, "usable_password": "true", "set-password": "1"}
    assert own.post(f"/admin/auth/user/{viewer.pk}/password/", said).status_code == 302
    assert not sessions_of(viewer).exists()
    assert [is_in(own), is_in(theirs)] == [True, False]


def test_who_is_deactivated_or_deleted_is_out(viewer, stranger):
    first, second = signed_in(viewer), signed_in(stranger)
    viewer.is_active = False
    viewer.save()
    stranger.delete()
    assert [is_in(first), is_in(second)] == [False, False]
    assert not KnownSession.objects.filter(user=stranger.pk).exists()


def test_sessions_of_before_live_on_and_are_known(viewer, stranger, client):
    here = signed_in(viewer)
    theirs = signed_in(stranger)
    client.get("/accounts/login")
    gone = make_user("gone")
    signed_in(gone)
    gone.delete()
    over = timezone.now() - timedelta(seconds=1)
    Session.objects.create(session_key="o" * 32, session_data="junk", expire_date=over)
    Session.objects.create(session_key="j" * 32, session_data="junk", expire_date=over + timedelta(days=1))
    KnownSession.objects.all().delete()
    know_sessions(apps, None)
    assert {row.user for row in KnownSession.objects.all()} == {viewer, stranger}
    (row,) = sessions_of(viewer)
    assert row.session_id == here.session.session_key
    assert timezone.now() - row.created_at < timedelta(minutes=1)
    assert is_in(here)
    assert is_in(theirs)
