"""A store that was away is asked again by the process that met that, although nobody else asks it."""

import gc
import threading
import weakref
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from prometheus_client import REGISTRY

from storage import breaker as breakers
from storage import figures
from storage import probe as module
from storage.breaker import Breaker
from storage.errors import StorageAway, StorageUnavailable
from storage.probe import Probe
from storage.s3_backend import S3StorageBackend
from tests.contracts.storage_backend import ABSENT
from tests.servers.machine import free_ports, until

STATUS = {"writes": 200, "reads": 403}  # a refusal is an answer


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """Let nobody rest for long."""
    monkeypatch.setattr(breakers, "REST_SECONDS", 0.02)
    monkeypatch.setattr(breakers, "IDLE_SECONDS", 0.02)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)


def away(kind: str) -> float:
    return REGISTRY.get_sample_value("imagelib_store_away", {"kind": kind})


@contextmanager
def store(port: int, status: int):
    """Run one that answers each HEAD so; yield the paths that it was asked for."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            paths.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *arguments) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield paths
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("kind", STATUS)
def test_once_the_store_is_back_it_is_away_no_more_although_nobody_uploads_or_reads(kind):
    (port,) = free_ports(1)
    backend = S3StorageBackend(
        bucket_name="a-bucket",
        endpoint_url=f"http://127.0.0.1:{port}",
        access_key="a-key",
        secret_key="a-secret",
        max_connections=2,
    )
    figures.AWAY.labels(kind).set(0)  # whatever other tests of this process left
    with pytest.raises(StorageAway):
        backend.delete(ABSENT) if kind == "writes" else backend.exists(ABSENT)
    assert away(kind) == 1
    with store(port, STATUS[kind]) as paths:
        until(lambda: away(kind) == 0)
    assert set(paths) == {"/a-bucket"}


class Asking:
    """Whoever has a breaker. The store is away as often as `times` says."""

    def __init__(self, times: int):
        self.left, self.questions = times, 0
        self.breaker = Breaker("reads")
        self.probe = Probe(self.breaker, self.ask)

    def ask(self) -> None:
        self.questions += 1
        self.breaker.enter()
        if self.left:
            self.left -= 1
            self.breaker.failed("Refused.")
            raise StorageUnavailable
        self.breaker.answered()

    def fail(self) -> None:
        self.breaker.failed("Refused.")
        self.probe.begin()


def probes() -> int:
    return sum(thread.name == "probe" for thread in threading.enumerate())


def test_one_thread_asks_until_there_is_an_answer_however_many_failed():
    before = probes()
    asking = Asking(3)
    for _ in range(5):
        asking.fail()
    assert probes() <= before + 1
    until(lambda: not asking.breaker.is_open)
    assert asking.questions == 4
    until(lambda: probes() == before)
    asking.fail()
    until(lambda: not asking.breaker.is_open)
    assert asking.questions == 5


def test_nobody_is_asked_while_others_find_out(monkeypatch):
    monkeypatch.setattr(breakers, "IDLE_SECONDS", 3600)
    before = probes()
    asking = Asking(0)
    asking.fail()
    asking.breaker.answered()
    until(lambda: probes() == before)
    assert asking.questions == 0


def test_with_whoever_has_the_breaker_the_questions_end():
    before = probes()
    owners = [Asking(10**9)]
    gone = weakref.ref(owners[0])
    owners[0].fail()
    until(lambda: owners[0].questions)
    owners.clear()
    until(lambda: gc.collect() is not None and gone() is None)
    until(lambda: probes() == before)
