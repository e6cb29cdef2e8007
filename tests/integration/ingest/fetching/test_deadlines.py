"""Whatever does not come to an end ends all the same: a name, a connection, a head, a body."""

import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest

from images.errors import Busy
from images.ingest.fetching import resolution
from images.ingest.fetching.network import Network
from tests.clients.fetching import BROKEN, DATA, LEADS_NOWHERE, NOTHING, fetched, refusal
from tests.servers.machine import until
from tests.servers.web import INTERNET, drip, moved, network, page

pytestmark = pytest.mark.any_database


@contextmanager
def ends_in_time():
    started = time.monotonic()
    yield
    assert time.monotonic() - started < 5  # seconds, of which a machine hard at work takes some for itself


def silence():
    threading.Event().wait(1)
    yield b""


def half_and_drip():
    yield page(DATA)[:50_000]
    yield from drip(DATA)()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (silence, NOTHING),
        (drip(page(DATA, Server="x" * 1000)), NOTHING),
        (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), NOTHING),
        (half_and_drip, BROKEN),
    ],
    ids=["silence", "head", "for ever to be continued", "body"],
)
def test_what_drips_ends_all_the_same(photos, internet, hurry, answer, sentence):
    photos.answers["/a.jpg"] = answer
    with ends_in_time():
        assert refusal(internet) == sentence


def test_redirects_have_one_deadline_together(photos, internet, hurry):
    def slowly():
        threading.Event().wait(0.3)
        yield moved("/a.jpg")

    photos.answers["/a.jpg"] = slowly
    with ends_in_time():
        assert refusal(internet) == LEADS_NOWHERE


def test_a_host_that_does_not_take_the_connection(hurry):
    with socket.socket() as listener:
        listener.bind((INTERNET, 0))
        listener.listen(0)
        _, port = listener.getsockname()
        fill = [socket.socket() for _ in range(4)]
        for one in fill:
            one.setblocking(False)
            one.connect_ex((INTERNET, port))
        silent = network({})
        asked = replace(silent, look_up=lambda host, _, **options: silent.look_up(INTERNET, port))
        with ends_in_time():
            assert refusal(asked) == NOTHING
        for one in fill:
            one.close()


def test_a_name_that_is_not_answered_for(monkeypatch):
    monkeypatch.setattr(resolution, "SECONDS", 0.05)
    asked, answered = threading.Semaphore(0), threading.Event()

    def look_up(*args, **options):
        asked.release()
        answered.wait(30)
        return []

    slow = Network(look_up)
    with ends_in_time():
        assert refusal(slow) == NOTHING
    for _ in range(resolution.AT_ONCE - 1):
        assert refusal(slow) == NOTHING
    for _ in range(resolution.AT_ONCE):
        assert asked.acquire(timeout=10)
    with pytest.raises(Busy):  # all of them are waited for still, by nobody
        fetched(slow)
    answered.set()
    until(lambda: resolution.places._value == resolution.AT_ONCE)


def test_a_process_that_may_have_no_more_threads_is_busy(internet, monkeypatch):
    def start(self):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(resolution.threading.Thread, "start", start)
        for _ in range(resolution.AT_ONCE + 1):
            with pytest.raises(Busy):
                fetched(replace(internet, look_up=None))
    assert resolution.places._value == resolution.AT_ONCE
