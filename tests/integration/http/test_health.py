"""The probes: what a supervisor, a stranger and staff are told."""

import pytest

from storage.cache import VerifiedCache
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend
from tests.factories import make_user

pytestmark = pytest.mark.django_db

WHY = "The cache folder takes nothing: Not a directory."


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


def test_degraded_is_said_to_all_and_why_to_staff_and_the_log(client, stranger, degraded, caplog):
    assert said(client.get("/readyz")) == (200, "degraded")
    assert WHY in caplog.text

    client.force_login(stranger)
    assert said(client.get("/readyz")) == (200, "degraded")
    client.force_login(make_user("admin", is_staff=True))
    assert said(client.get("/readyz")) == (200, f"degraded: {WHY}")


def test_a_store_that_is_away_is_not_ready_and_names_nothing(client, degraded, monkeypatch):
    def away() -> None:
        raise StorageUnavailable("The store cannot be used now.")

    monkeypatch.setattr(degraded, "check", away)
    assert said(client.get("/readyz")) == (503, "not ready")
