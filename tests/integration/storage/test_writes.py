"""Writes: they may take longer than reads, their failures do not stop reads, and one HEAD settles a doubt."""

import re
import time

import pytest

from storage import deadline
from storage.errors import StorageFull, StorageUnavailable
from storage.s3_backend import S3StorageBackend
from tests.contracts.storage_backend import ABSENT, key_of, put
from tests.resilience.faults import cut, late, only, refusal, stall
from tests.servers.faulty_proxy import faulty, no_fault

pytestmark = pytest.mark.any_database

READ_TIMEOUT = 0.5
LAST_MODIFIED = re.compile(rb"last-modified: [^\r]+", re.IGNORECASE)


@pytest.fixture
def wire(seaweedfs):
    with faulty(seaweedfs.endpoint_url) as wire:
        yield wire


@pytest.fixture
def backend(wire, seaweedfs):
    options = {"endpoint_url": wire.endpoint_url, "read_timeout": READ_TIMEOUT}
    return S3StorageBackend(**seaweedfs.options | options)


@pytest.fixture
def known(backend, wire):
    """The key of an object that was there before."""
    key = put(backend, b"known")
    backend.get(key)
    wire.requests.clear()
    return key


@pytest.fixture
def short(monkeypatch, known):
    """Deadlines of a second, from here on."""
    monkeypatch.setattr(deadline, "BASE_SECONDS", 1.0)


def methods(wire) -> list[str]:
    return [line.split()[0] for line in wire.requests]


def test_a_late_acknowledgement_is_one_and_readers_notice_nothing(backend, wire, known):
    wire.fault = only("PUT", late(3 * READ_TIMEOUT))
    key = put(backend, b"stored at last")
    assert backend.get(known) == b"known"
    assert backend.get(key) == b"stored at last"


def test_what_arrived_without_an_acknowledgement_is_found_by_one_head(backend, wire, short):
    wire.fault = only("PUT", stall)
    key = put(backend, b"stored in silence")
    assert methods(wire) == ["PUT", "HEAD"]
    wire.fault = no_fault
    assert backend.get(key) == b"stored in silence"
    put(backend, b"the breaker of writes heard nothing ill")


def test_what_did_not_arrive_is_an_error_and_stops_no_reader(backend, wire, known):
    wire.fault = only("PUT", cut)
    with pytest.raises(StorageUnavailable):
        put(backend, b"never there")
    wire.fault = no_fault
    assert backend.get(known) == b"known"
    assert not backend.exists(key_of(b"never there"))


def test_failed_writes_turn_writes_away_and_not_reads(backend, wire, known, short):
    wire.fault = stall
    with pytest.raises(StorageUnavailable):
        backend.delete(ABSENT)
    wire.fault = no_fault
    asked = len(wire.requests)
    with pytest.raises(StorageUnavailable):
        put(backend, b"too soon")
    assert len(wire.requests) == asked
    assert backend.get(known) == b"known"


def test_failed_reads_do_not_turn_writes_away(backend, wire, known):
    wire.fault = only("GET", stall)
    with pytest.raises(StorageUnavailable):
        backend.get(known)
    wire.fault = no_fault
    backend.delete(known)


def test_an_older_object_of_the_same_size_is_not_what_was_sent(backend, wire, short):
    """It may be the damaged one that this put was to repair."""

    def aged(answer):
        yield LAST_MODIFIED.sub(b"Last-Modified: Mon, 05 Jan 2026 00:00:00 GMT", next(answer))
        yield from answer

    wire.fault = lambda answer: (stall if answer.request.startswith("PUT") else aged)(answer)
    with pytest.raises(StorageUnavailable):
        put(backend, b"repaired, perhaps")
    assert methods(wire) == ["PUT", "HEAD"]


def test_an_object_of_another_size_is_not_what_was_sent(backend, wire, seaweedfs, short):
    key = key_of(b"whole")
    seaweedfs.client.put_object(Bucket=seaweedfs.bucket, Key=key, Body=b"hal")
    wire.fault = only("PUT", cut)
    with pytest.raises(StorageUnavailable):
        put(backend, b"whole")


def test_a_write_has_a_second_more_for_every_mebibyte_that_it_sends(backend, wire, short):
    wire.fault = only("PUT", late(1.5))
    started = time.monotonic()
    put(backend, b"s" * (2 * 2**20))
    assert time.monotonic() - started > 1.5
    assert methods(wire) == ["PUT", "HEAD"]


# What stores say, status and code, and whether it says that there is no room.
REFUSALS = {
    "MinIO, its disk full": ("507 Insufficient Storage", "XMinioStorageFull", True),
    "MinIO of 2016, its disk full": ("500 Internal Server Error", "XMinioStorageFull", True),
    "MinIO, the quota of the bucket": ("400 Bad Request", "XMinioAdminBucketQuotaExceeded", True),
    "Ceph, a quota": ("403 Forbidden", "QuotaExceeded", True),
    "a code that nobody knows": ("507 Insufficient Storage", "NoSpace", True),
    "SeaweedFS, full": ("500 Internal Server Error", "InternalError", False),
    "keys that may not write": ("403 Forbidden", "AccessDenied", False),
    "too many requests": ("503 Slow Down", "SlowDown", False),
}


@pytest.mark.parametrize("store", REFUSALS)
def test_a_store_that_says_so_is_full_and_goes_on_to_be_read(backend, wire, known, store):
    status, code, is_full = REFUSALS[store]
    wire.fault = only("PUT", refusal(status, code, "a-bucket", wire.endpoint_url))
    with pytest.raises(StorageUnavailable) as raised:
        put(backend, b"no room for this")
    assert isinstance(raised.value, StorageFull) == is_full
    assert "bucket" not in str(raised.value)
    assert backend.get(known) == b"known"

    wire.fault = no_fault
    key = put(backend, b"no room for this")
    assert backend.get(key) == b"no room for this"
