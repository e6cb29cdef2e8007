"""A store that goes on talking without getting anywhere: each verb ends, and its socket with it."""

import contextlib
import ssl
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage import deadline
from storage.cache import VerifiedCache
from storage.errors import ObjectNotFound, StorageUnavailable
from storage.s3_backend import S3StorageBackend
from tests.contracts.storage_backend import ABSENT, VERBS, key_of, put
from tests.resilience.faults import drip, drip_head, instead, mislabelled
from tests.servers.faulty_proxy import Fault, faulty, no_fault

pytestmark = [pytest.mark.any_database, pytest.mark.drill]

SECONDS = 1.0  # the deadline of each verb here
AT_MOST = 3 * SECONDS
THREADS = 16
FALSE_LENGTH = 10**13  # bytes, a deadline of 110 days

slow_head = drip_head(1, seconds=0.1)
slow_body = drip(1, seconds=0.1)


@pytest.fixture
def wire(seaweedfs):
    with faulty(seaweedfs.endpoint_url) as wire:
        yield wire


@pytest.fixture
def backend(wire, seaweedfs):
    backend = S3StorageBackend(**seaweedfs.options | {"endpoint_url": wire.endpoint_url, "read_timeout": 0.5})
    put(backend, b"the SDK is slow to load")
    return backend


@pytest.fixture
def let(wire, monkeypatch):
    """Return a function that lets a fault begin, and short deadlines with it."""

    def let(fault: Fault) -> None:
        monkeypatch.setattr(deadline, "BASE_SECONDS", SECONDS)
        wire.fault = fault

    return let


@pytest.fixture
def cache(backend, tmp_path):
    return VerifiedCache(backend, tmp_path / "cache", max_bytes=10**9, threads=THREADS)


@contextlib.contextmanager
def ends_in_time():
    """Assert that the block ends within three times its deadline."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < AT_MOST


def well(ask, seconds: float = 10):
    """Return what `ask` returns once the store can be used again, which it must be within so many seconds."""
    until = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except StorageUnavailable:
            assert time.monotonic() < until


@pytest.mark.parametrize("verb", VERBS)
def test_a_dripped_head_ends_every_verb_and_the_breaker_hears_of_it(backend, wire, let, verb):
    let(slow_head)
    with ends_in_time(), pytest.raises(StorageUnavailable):
        VERBS[verb](backend)
    asked = len(wire.requests)
    with pytest.raises(StorageUnavailable):
        VERBS[verb](backend)
    assert len(wire.requests) == asked


@pytest.mark.parametrize("body", [slow_body, mislabelled(lambda length: FALSE_LENGTH, slow_body)])
def test_a_dripped_body_ends_whatever_length_it_announces(backend, let, body):
    key = put(backend, b"d" * 10_000)
    let(body)
    with ends_in_time(), pytest.raises(StorageUnavailable):
        backend.get(key)


def test_a_dripped_listing_ends(backend, let):
    put(backend, b"listed")
    let(slow_body)
    with ends_in_time(), pytest.raises(StorageUnavailable):
        list(backend.list())


def test_every_mebibyte_that_came_is_a_second_more(backend, let):
    content = b"m" * (3 * 2**20)
    key = put(backend, content)
    let(drip(2**16, seconds=0.03))  # 48 pieces or more: 1.5 seconds
    started = time.monotonic()
    assert backend.get(key) == content
    assert time.monotonic() - started > SECONDS


@pytest.mark.parametrize("ending", [b"", b"junk without an end"])
def test_a_store_that_wants_the_upload_and_leaves_in_mid_head_holds_nobody(backend, let, ending):
    let(instead(b"HTTP/1.1 100 Continue\r\n" + ending))
    with ends_in_time(), pytest.raises(StorageUnavailable):
        put(backend, b"content")


def test_as_many_dripped_heads_as_there_are_threads_stop_no_cold_read_for_longer(cache, backend, wire, let):
    keys = [put(backend, b"%d" % number) for number in range(THREADS + 1)]
    let(slow_head)
    with ThreadPoolExecutor(THREADS) as pool:
        errors = list(pool.map(lambda key: outcome(cache, key), keys[:THREADS]))
    assert all(isinstance(error, StorageUnavailable) for error in errors)

    wire.fault = no_fault
    assert well(lambda: cache.get(keys[-1]), AT_MOST) == b"%d" % THREADS
    assert well(lambda: cache.get(keys[0]), AT_MOST) == b"0"


def test_a_false_length_holds_nobody_who_waits_for_the_fetch(cache, backend, let):
    key = put(backend, b"f" * 10_000)
    let(mislabelled(lambda length: FALSE_LENGTH, slow_body))
    with ends_in_time(), ThreadPoolExecutor(4) as pool:
        errors = list(pool.map(lambda _: outcome(cache, key), range(4)))
    assert all(isinstance(error, StorageUnavailable) for error in errors)


def test_no_thread_stays_behind(cache, backend, let):
    key = put(backend, b"f" * 10_000)
    let(mislabelled(lambda length: FALSE_LENGTH, slow_body))
    assert isinstance(outcome(cache, key), StorageUnavailable)
    until = time.monotonic() + AT_MOST
    while cache._fetches:
        assert time.monotonic() < until
        threading.Event().wait(0.01)


def outcome(cache, key: str) -> Exception | None:
    try:
        cache.get(key)
    except Exception as error:
        return error


class TestTLS:
    """The same over https, where the socket is another."""

    @pytest.fixture
    def wire(self, seaweedfs, tmp_path, monkeypatch):
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=store -addext"
        files = ["-keyout", key, "-out", certificate]
        subprocess.run(
            [*command.split(), "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True
        )
        monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate, key)
        with faulty(seaweedfs.endpoint_url, tls) as wire:
            yield wire

    @pytest.mark.parametrize("fault", [slow_head, slow_body], ids=["head", "body"])
    def test_what_drips_ends(self, backend, let, fault):
        key = put(backend, b"t" * 10_000)
        assert backend.get(key) == b"t" * 10_000
        let(fault)
        with ends_in_time(), pytest.raises(StorageUnavailable):
            backend.get(key)


def test_a_store_that_is_well_keeps_its_connection(backend, wire, let):
    """The deadline of one request is not the next one's."""
    key = put(backend, b"well")
    let(no_fault)
    connections = wire.connections
    until = time.monotonic() + 1.5 * SECONDS
    while time.monotonic() < until:
        assert backend.get(key) == b"well"
        with pytest.raises(ObjectNotFound):
            backend.get(ABSENT)
    assert wire.connections == connections
    assert backend.get(key_of(b"well")) == b"well"
