from contextlib import ExitStack

import pytest

from storage import bulkhead as module
from storage.bulkhead import PATIENT, Crowd
from storage.errors import StorageUnavailable


@pytest.fixture(autouse=True)
def stopped(monkeypatch, clock):
    monkeypatch.setattr(module, "time", clock)


@pytest.fixture
def crowd(clock):
    """A crowd of one more than may wait to the end."""
    crowd = Crowd()
    with ExitStack() as stack:
        for _ in range(PATIENT + 1):
            stack.enter_context(crowd.joined())
        yield crowd


def test_nobody_leaves_before_two_seconds_of_silence(crowd, clock):
    clock.now += 2
    crowd.check()
    clock.now += 0.1
    with pytest.raises(StorageUnavailable):
        crowd.check()


def test_half_of_the_threads_wait_however_long(clock):
    crowd = Crowd()
    with ExitStack() as stack:
        for _ in range(PATIENT):
            stack.enter_context(crowd.joined())
        clock.now += 60
        crowd.check()


def test_a_byte_for_anyone_keeps_everyone(crowd, clock):
    clock.now += 1.9
    crowd.heard()
    clock.now += 1.9
    crowd.check()


def test_who_comes_into_a_silence_does_not_wait_it_out_again(crowd, clock):
    clock.now += 3
    with crowd.joined(), pytest.raises(StorageUnavailable):
        crowd.check()


def test_silence_while_nobody_waits_is_none(clock):
    crowd = Crowd()
    with crowd.joined():
        pass
    clock.now += 60
    with ExitStack() as stack:
        for _ in range(PATIENT + 1):
            stack.enter_context(crowd.joined())
        crowd.check()
