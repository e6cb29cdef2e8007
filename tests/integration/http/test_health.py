"""The probes: what a supervisor, a stranger and staff are told."""

from threading import Event

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import CaptureQueriesContext

from images.http import health
from storage.cache import VerifiedCache
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend
from tests.factories import make_user

pytestmark = pytest.mark.django_db

WHY = "The cache folder takes nothing: Not a directory."


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch):
    monkeypatch.setattr(health._Noted, "state", "ready")


@pytest.fixture
def degraded(tmp_path, monkeypatch):
    """A library whose cache folder cannot be made."""
    (tmp_path / "file").touch()
    origin = LocalStorageBackend(tmp_path / "objects")
    origin.prepare()
    cache = VerifiedCache(origin, tmp_path / "file" / "cache", max_bytes=10**9, threads=1)
    monkeypatch.setattr("images.http.health.get_storage", lambda: cache)
    return cache


def said(response) -> tuple[int, str]:
    assert response["Cache-Control"] == "no-store"
    return response.status_code, response.content.decode()


def test_it_is_ready(client):
    assert said(client.get("/readyz")) == (200, "ready")


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_probes_answer_by_whatever_name_they_are_asked(client, path):
    """Load balancers ask each server by its own address, and send that as Host."""
    assert said(client.get(path, headers={"host": "10.0.0.3:8000"}))[0] == 200
    assert client.get("/", headers={"host": "10.0.0.3:8000"}).status_code == 400


def test_degraded_is_said_to_all_and_why_to_staff_and_the_log(client, stranger, degraded, caplog):
    assert said(client.get("/readyz")) == (200, "degraded")
    assert WHY in caplog.text

    client.force_login(stranger)
    assert said(client.get("/readyz")) == (200, "degraded")
    client.force_login(make_user("admin", is_staff=True))
    assert said(client.get("/readyz")) == (200, f"degraded: {WHY}")


def test_while_the_store_is_away_warm_images_are_served_and_nothing_is_named(client, degraded, monkeypatch):
    def away() -> None:
        raise StorageUnavailable("The store cannot be used now.")

    monkeypatch.setattr(degraded, "check", away)
    assert said(client.get("/readyz")) == (200, "degraded")


def test_the_log_says_once_that_it_begins_and_that_it_ends(client, monkeypatch, caplog):
    monkeypatch.setattr(health, "shortage", lambda: "The disk is nearly full.")
    for _ in range(3):
        client.get("/readyz")
    monkeypatch.setattr(health, "shortage", lambda: "")
    for _ in range(3):
        client.get("/readyz")
    noted = [record.getMessage() for record in caplog.records if record.name == health.__name__]
    assert noted == ["degraded: The disk is nearly full.", "ready"]


def test_a_process_that_is_about_to_end_sends_everybody_elsewhere(client, monkeypatch):
    monkeypatch.setattr(health, "draining", ended := Event())
    ended.set()
    with CaptureQueriesContext(connection) as asked:
        assert said(client.get("/readyz")) == (503, "draining")
    assert asked.captured_queries == []


def test_without_its_tables_it_is_not_ready_until_they_are_there(client, monkeypatch, caplog):
    monkeypatch.setattr(health, "_migrated", Event())
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("images", "0028_last_key")
    assert said(client.get("/readyz")) == (503, "not ready")
    assert "not ready: the database is not migrated to this version" in caplog.text

    recorder.record_applied("images", "0028_last_key")
    assert said(client.get("/readyz")) == (200, "ready")
    with CaptureQueriesContext(connection) as asked:
        client.get("/readyz")
    assert len(asked) == 1  # whether it answers; the tables stay


def test_without_its_database_it_is_not_ready(client, monkeypatch, caplog):
    def away() -> None:
        raise OperationalError("connection to server at 10.0.0.9 failed")

    monkeypatch.setattr(connection, "cursor", away)
    assert said(client.get("/readyz")) == (503, "not ready")
    assert "10.0.0.9" in caplog.text


def test_whether_the_process_lives_asks_nobody(client, monkeypatch):
    """A supervisor that kills what does not answer would kill all servers while the database is away."""
    monkeypatch.setattr(health, "get_storage", None)
    client.cookies["sessionid"] = "known to the database alone"
    with CaptureQueriesContext(connection) as asked:
        assert said(client.get("/healthz")) == (200, "ok")
    assert asked.captured_queries == []
