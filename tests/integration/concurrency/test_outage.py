"""An outage of the database: a line when it begins, one when it ends, and none for each request between."""

import logging
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from unittest import mock

import psycopg
import pytest
from django.db import OperationalError
from prometheus_client import Counter, Gauge

from images.concurrency import outage, silence
from images.concurrency.postgresql.connections import Connection
from images.http.problems import describe
from tests.servers.machine import free_ports, until
from tests.servers.postgresql import temporary_postgresql

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def all_is_well(monkeypatch):
    for kind in (outage.AWAY, outage.READ_ONLY):
        monkeypatch.setattr(kind, "_began", None)
    yield
    for kind in (outage.AWAY, outage.READ_ONLY):
        kind.ends()
    until(lambda: not silence._is_probing)


def lines(caplog) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_it_is_logged_when_it_begins_and_when_it_ends_with_a_count(caplog):
    outage.AWAY.begins("Connection refused.")
    outage.AWAY.begins("Connection refused again.")
    for _ in range(100):
        assert describe(OperationalError("Connection refused."))[0] == "busy"
    began = "The database is away: what needs it is busy from now on. Connection refused."
    assert lines(caplog) == [began]
    outage.AWAY.ends()
    outage.AWAY.ends()
    assert lines(caplog) == [began, "The database answers again, after 0 s: 100 requests were busy."]


def test_what_is_busy_for_another_reason_is_a_line_of_its_own(caplog):
    assert describe(OperationalError("database is locked"))[0] == "busy"
    assert lines(caplog) == ["busy: database is locked"]


def test_who_is_not_let_in_begins_it_and_who_is_ends_it(caplog):
    token = silence._timeout.set(silence.QUERY_TIMEOUT)
    (port,) = free_ports(1)
    try:
        for _ in range(3):
            with pytest.raises(psycopg.OperationalError):
                Connection.begin({"host": "127.0.0.1", "port": port, "dbname": "images"})
        assert len(lines(caplog)) == 1
        assert "refused" in lines(caplog)[0]
        with temporary_postgresql() as server:
            Connection.begin({"conninfo": server.database("again")}).close()
    finally:
        silence._timeout.reset(token)
    assert len(lines(caplog)) == 2


def test_one_who_was_not_let_in_ends_it_for_all_others_too(caplog, monkeypatch):
    """They may have connections, and need no new one for hours."""
    monkeypatch.setattr(silence, "_timeout", ContextVar("timeout", default=silence.QUERY_TIMEOUT))
    refusal = psycopg.OperationalError("sorry, too many clients already")
    with temporary_postgresql() as server:
        with mock.patch.object(Connection, "connect", side_effect=refusal), suppress(type(refusal)):
            Connection.begin({"conninfo": server.database("again")})
        assert outage.AWAY.goes_on
        until(lambda: not outage.AWAY.goes_on)
    assert len(lines(caplog)) == 2


def refuse() -> None:
    raise psycopg.OperationalError("sorry, too many clients already")


def test_whether_it_is_over_is_asked_until_somebody_is_let_in_and_not_at_once(caplog, monkeypatch):
    monkeypatch.setattr(silence, "PAUSE", 0.05)
    begun, asked = time.monotonic(), []

    def ask() -> None:
        asked.append(time.monotonic() - begun)
        if len(asked) < 4:
            refuse()

    outage.AWAY.begins("Connection refused.")
    silence.suspect(ask)
    until(lambda: not outage.AWAY.goes_on)
    assert len(asked) == 4
    assert asked[0] >= 0.05  # so that who is refused now and then makes no line of each time
    assert not silence.is_silent()
    assert len(lines(caplog)) == 2


def test_a_refusal_of_the_probe_alone_is_no_outage(caplog):
    asked = []
    silence.suspect(lambda: (asked.append(1), refuse()))
    until(lambda: not silence._is_probing)
    assert asked == [1]
    assert lines(caplog) == []


def test_one_that_fell_silent_and_refuses_now_is_away_and_silent_no_more(caplog, monkeypatch):
    monkeypatch.setattr(silence, "PAUSE", 0.01)
    monkeypatch.setattr(silence, "PROBE_TIMEOUT", 0.5)
    seen: list[bool] = []

    def ask() -> None:
        seen.append(silence.is_silent())
        if len(seen) == 1:
            time.sleep(0.6)  # as one that says nothing
        if len(seen) < 4:
            refuse()

    silence.suspect(ask)
    until(lambda: not silence._is_probing)
    assert seen == [False, True, False, False]
    until(lambda: not outage.AWAY.goes_on)
    assert len(lines(caplog)) == 2


def test_a_machine_with_no_thread_left_probes_later(monkeypatch):
    asked = []
    with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
        silence.suspect(refuse)
    silence.suspect(lambda: asked.append(1))
    until(lambda: asked)


def test_one_that_ends_while_it_begins_leaves_no_gauge_on():
    class Slow(Gauge):
        def set(self, value: float) -> None:
            if value:  # somebody is let in meanwhile
                ending.start()
                ending.join(0.2)
            super().set(value)

    gauge = Slow("slow", "On while it goes on.", registry=None)
    kind = outage.Outage("%s", "%.0f %s", gauge, Counter("times", "How often.", registry=None))
    ending = threading.Thread(target=kind.ends)
    kind.begins("Connection refused.")
    ending.join()
    assert not kind.goes_on
    assert gauge._value.get() == 0
