"""An outage of the database: a line when it begins, one when it ends, and none for each request between."""

import logging
import threading

import psycopg
import pytest
from django.db import OperationalError
from prometheus_client import Counter, Gauge

from images.concurrency import outage, silence
from images.concurrency.postgresql.connections import Connection
from images.http.problems import describe
from tests.servers.machine import free_ports
from tests.servers.postgresql import temporary_postgresql

pytestmark = pytest.mark.any_database


@pytest.fixture(autouse=True)
def all_is_well(monkeypatch):
    for kind in (outage.AWAY, outage.READ_ONLY):
        monkeypatch.setattr(kind, "_began", None)
    yield
    for kind in (outage.AWAY, outage.READ_ONLY):
        kind.ends()


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
