"""A store's clock, and this machine's where it is another."""

import re
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore import auth

from storage import clock
from storage.cache import VerifiedCache
from storage.errors import StorageUnavailable
from storage.local_backend import LocalStorageBackend
from storage.s3_backend import S3StorageBackend

pytestmark = pytest.mark.any_database


@pytest.fixture
def backend(seaweedfs) -> S3StorageBackend:
    return S3StorageBackend(**seaweedfs.options)


def set_clock(monkeypatch, seconds: float) -> None:
    """Let this machine's clock be ahead, for what is signed and for us."""
    now, time_now = auth.get_current_datetime, time.time
    monkeypatch.setattr(auth, "get_current_datetime", lambda *args: now(*args) + timedelta(seconds=seconds))
    monkeypatch.setattr(clock, "time", SimpleNamespace(time=lambda: time_now() + seconds))


def test_a_bucket_tells_the_time_of_the_store_behind_a_cache_too(backend, tmp_path):
    for asked in (backend, VerifiedCache(backend, tmp_path, 0, threads=1)):
        assert abs((asked.clock() - datetime.now(UTC)).total_seconds()) < 5


def test_a_folder_has_no_clock_of_its_own(tmp_path):
    folder = LocalStorageBackend(tmp_path / "objects")
    with pytest.raises(StorageUnavailable):
        folder.clock()
    folder.prepare()
    assert folder.clock() is None


@pytest.mark.parametrize("said", [{}, {"ResponseMetadata": {"HTTPHeaders": {"date": "yesterday"}}}])
def test_a_store_that_does_not_tell_the_time_is_not_asked_again(said):
    assert clock.told(said) is None
    assert clock.skew(said) == ""


@pytest.mark.parametrize(("seconds", "side"), [(3600, "ahead of"), (-7200, "behind")])
def test_a_clock_that_the_store_refuses_is_named_in_the_log(backend, monkeypatch, caplog, seconds, side):
    """The start asks a HEAD, and its answer has no body to say RequestTimeTooSkewed in."""
    set_clock(monkeypatch, seconds)
    with pytest.raises(StorageUnavailable, match=r"^The store cannot be used now\.$"):
        backend.check()
    said = re.search(
        r"check: .*Forbidden\. The clock of this machine is (\d+) seconds (.+) the store's,", caplog.text
    )
    assert said[2] == side
    assert abs(int(said[1]) - abs(seconds)) < 5


def test_a_refusal_by_a_store_whose_clock_agrees_names_none(seaweedfs, caplog):
    with pytest.raises(StorageUnavailable):
        S3StorageBackend(**seaweedfs.options | {"secret_key": "another"}).check()
    assert "Forbidden" in caplog.text
    assert "clock" not in caplog.text
