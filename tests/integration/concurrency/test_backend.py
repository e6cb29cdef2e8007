"""Connections to PostgreSQL that are kept from request to request, without a question before each."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from images.accounts import session_store
from images.concurrency import outage, silence
from images.concurrency.standby import is_read_only
from images.models import Tag
from tests.factories import PASSWORD, add_image, make_image, make_user

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a file has no session to lose"),
]


@pytest.fixture(autouse=True)
def session():
    """The connection of a thread that has served a request."""
    from images.concurrency.postgresql.base import pool

    connection.close()
    connection.ensure_connection()
    yield connection.connection
    connection.close()
    while pool._idle:  # what a request gave back
        pool._idle.pop().close()


@pytest.fixture
def read_only(session):
    """PostgreSQL as a standby is."""
    session.execute("SET default_transaction_read_only = on")


def said(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno > logging.INFO]


def begin_request() -> None:
    connection.close_if_unusable_or_obsolete()


def test_before_the_first_query_of_a_request_nothing_is_asked(session):
    begin_request()
    with mock.patch.object(session, "execute", side_effect=AssertionError("it asks")):
        assert Tag.objects.count() == 0
    assert connection.connection is session


def test_a_session_that_the_server_ended_is_begun_anew_and_no_request_fails(session):
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [session.info.backend_pid])
    begin_request()
    assert Tag.objects.count() == 0
    assert connection.connection is not session


def test_a_transaction_that_was_left_open_is_no_session_for_the_next(session):
    session.pgconn.exec_(b"BEGIN")
    begin_request()
    assert not connection.is_usable()


def test_what_a_read_only_server_does_not_write_is_an_operational_error(read_only):
    with pytest.raises(OperationalError, match="read-only"):
        Tag.objects.create(name="a tag")
    assert Tag.objects.count() == 0  # the rest of the request reads


def test_the_next_request_looks_for_a_server_that_writes(read_only, session):
    with pytest.raises(OperationalError):
        Tag.objects.create(name="a tag")
    begin_request()
    Tag.objects.create(name="a tag")
    assert connection.connection is not session


@contextmanager
def on_a_standby() -> Iterator[None]:
    """Be a request's thread, which gets a standby for the block."""
    connection.close()
    token = silence._timeout.set(silence.QUERY_TIMEOUT)
    try:
        with connection.kept():
            connection.ensure_connection()
            connection.connection.execute("SET default_transaction_read_only = on")
            yield
    finally:
        silence._timeout.reset(token)
        connection.close()


def test_the_log_says_it_once_and_when_something_is_kept_again(client, caplog, monkeypatch):
    monkeypatch.setattr(outage.READ_ONLY, "_began", None)
    make_user("somebody")
    form = {"username": "somebody", "password": PASSWORD}
    for _ in range(3):
        with on_a_standby():
            assert client.post("/accounts/login", form).status_code == 503
    (began,) = said(caplog)
    assert began.startswith("The database is read-only: what would be kept is busy from now on. cannot ex")
    assert client.get("/").status_code == 200  # who reads cannot tell
    assert said(caplog) == [began]
    connection.close()
    token = silence._timeout.set(silence.QUERY_TIMEOUT)
    assert [client.post("/accounts/login", form).status_code for _ in range(2)] == [302, 302]
    silence._timeout.reset(token)
    over = "The database keeps what it is given again, after 0 s: 3 requests were busy."
    assert said(caplog) == [began, over]


def test_what_is_noted_in_passing_is_no_line_of_each_request_meanwhile(client, caplog, monkeypatch):
    monkeypatch.setattr(outage.READ_ONLY, "_began", None)
    caplog.set_level(logging.INFO)
    client.force_login(make_user("somebody"), "django.contrib.auth.backends.ModelBackend")
    later = session_store.this_hour() + timedelta(hours=1)
    monkeypatch.setattr(session_store, "this_hour", lambda: later)
    for _ in range(3):
        with on_a_standby():
            assert client.get("/").status_code == 200
    assert len([record for record in caplog.records if "read-only" in record.getMessage()]) == 1


def test_sign_in_is_busy_meanwhile_and_pages_are_there(client):
    user = make_user("somebody")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    connection.connection.execute("SET default_transaction_read_only = on")
    assert client.get("/").status_code == 200
    answer = Client().post("/accounts/login", {"username": "somebody", "password": PASSWORD})
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_it_is_known_without_a_question_that_nothing_is_written(session):
    assert not is_read_only()
    session.execute("SET default_transaction_read_only = on")
    with mock.patch.object(session, "execute", side_effect=AssertionError("it asks")):
        assert is_read_only()


def test_a_rendition_that_cannot_be_kept_is_sent(client, session):
    image = add_image(make_image("PNG", (1600, 1200)))
    session.execute("SET default_transaction_read_only = on")
    path = f"/iiif/3/{image.pk}/full/800,/0/default.jpg"
    assert [client.get(path).status_code for _ in range(2)] == [200, 200]
    session.execute("SET default_transaction_read_only = off")
    assert not image.renditions.filter(spec__contains="800").exists()


def test_others_stay_internal_errors(session):
    with pytest.raises(psycopg.errors.UndefinedFunction):
        session.execute("SELECT nothing_of_that_name()")
