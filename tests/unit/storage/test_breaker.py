import pytest

from storage import breaker as module
from storage.breaker import Breaker
from storage.errors import StorageUnavailable


@pytest.fixture(autouse=True)
def stopped(monkeypatch, clock):
    monkeypatch.setattr(module, "time", clock)


def test_it_lets_everyone_through_while_all_is_well(clock):
    breaker = Breaker()
    for _ in range(3):
        breaker.enter()
        breaker.answered()


def test_a_failure_turns_everyone_away_for_two_seconds(clock):
    breaker = Breaker()
    breaker.enter()
    breaker.failed()
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            breaker.enter()
    clock.now += 2
    breaker.enter()


def test_one_probe_in_two_seconds_tries_again_however_long_another_takes(clock):
    breaker = Breaker()
    breaker.failed()
    clock.now += 2
    for _ in range(3):
        breaker.enter()
        with pytest.raises(StorageUnavailable):
            breaker.enter()
        clock.now += 2
    breaker.failed()
    with pytest.raises(StorageUnavailable):
        breaker.enter()
    clock.now += 2
    breaker.enter()


def test_an_answer_lets_everyone_through_again(clock):
    breaker = Breaker()
    breaker.failed()
    clock.now += 2
    breaker.enter()
    breaker.answered()
    breaker.enter()
    breaker.enter()
