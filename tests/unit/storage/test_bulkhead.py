from contextlib import ExitStack

import pytest

from storage import bulkhead as module
from storage.bulkhead import Bulkhead
from storage.errors import StorageUnavailable

MAX_WAITING = 8


@pytest.fixture(autouse=True)
def stopped(monkeypatch, clock):
    monkeypatch.setattr(module, "time", clock)


@pytest.fixture
def bulkhead(clock):
    """A bulkhead with one caller more than may wait to the end."""
    bulkhead = Bulkhead(MAX_WAITING)
    with ExitStack() as stack:
        for _ in range(MAX_WAITING + 1):
            stack.enter_context(bulkhead.waiting())
        yield bulkhead


def test_nobody_gives_up_before_two_seconds_of_silence(bulkhead, clock):
    clock.now += 2
    bulkhead.check()
    clock.now += 0.1
    with pytest.raises(StorageUnavailable):
        bulkhead.check()


def test_as_many_as_it_was_told_wait_however_long(clock):
    bulkhead = Bulkhead(MAX_WAITING)
    with ExitStack() as stack:
        for _ in range(MAX_WAITING):
            stack.enter_context(bulkhead.waiting())
        clock.now += 60
        bulkhead.check()


def test_a_byte_for_anyone_keeps_everyone(bulkhead, clock):
    clock.now += 1.9
    bulkhead.received()
    clock.now += 1.9
    bulkhead.check()


def test_a_caller_that_joins_a_silence_does_not_wait_it_out_again(bulkhead, clock):
    clock.now += 3
    with bulkhead.waiting(), pytest.raises(StorageUnavailable):
        bulkhead.check()


def test_silence_while_nobody_waits_is_none(clock):
    bulkhead = Bulkhead(MAX_WAITING)
    with bulkhead.waiting():
        pass
    clock.now += 60
    with ExitStack() as stack:
        for _ in range(MAX_WAITING + 1):
            stack.enter_context(bulkhead.waiting())
        bulkhead.check()
