import pytest

from storage import breaker as module
from storage.breaker import Breaker
from storage.errors import StorageAway, StorageUnavailable


@pytest.fixture(autouse=True)
def stopped(monkeypatch, clock):
    monkeypatch.setattr(module, "time", clock)


def test_it_lets_everyone_through_while_all_is_well(clock):
    breaker = Breaker("reads")
    for _ in range(3):
        breaker.enter()
        breaker.answered()


def test_a_failure_turns_everyone_away_for_two_seconds(clock):
    breaker = Breaker("reads")
    breaker.enter()
    breaker.failed("Refused.")
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            breaker.enter()
    clock.now += 2
    breaker.enter()


def test_one_probe_in_two_seconds_tries_again_however_long_another_takes(clock):
    breaker = Breaker("reads")
    breaker.failed("Refused.")
    clock.now += 2
    for _ in range(3):
        breaker.enter()
        with pytest.raises(StorageUnavailable):
            breaker.enter()
        clock.now += 2
    breaker.failed("Refused.")
    with pytest.raises(StorageUnavailable):
        breaker.enter()
    clock.now += 2
    breaker.enter()


def test_an_answer_lets_everyone_through_again(clock):
    breaker = Breaker("reads")
    breaker.failed("Refused.")
    clock.now += 2
    breaker.enter()
    breaker.answered()
    breaker.enter()
    breaker.enter()


def test_who_asked_before_the_last_answer_and_fails_turns_nobody_away(clock, caplog):
    breaker = Breaker("writes")
    breaker.enter()
    begun = clock.now
    clock.now += 1
    breaker.failed("Refused.")
    clock.now += 2
    breaker.enter()
    breaker.answered()
    clock.now += 10
    breaker.failed("One who asked before that.", begun)
    breaker.enter()
    assert caplog.messages[-1] == "One who asked before that."
    breaker.failed("One who asked after that.", clock.now - 5)
    with pytest.raises(StorageAway):
        breaker.enter()
    breaker.answered()


def test_it_is_forgotten_when_nobody_tried_for_ten_seconds_who_might_have(clock):
    breaker = Breaker("reads")
    clock.now += 100
    assert (breaker.is_open, breaker.is_forgotten) == (False, False)
    breaker.failed("Refused.")
    for seconds, is_forgotten in ((0, False), (11, False), (1, True)):
        clock.now += seconds
        assert (breaker.is_open, breaker.is_forgotten) == (True, is_forgotten)
    breaker.enter()
    assert not breaker.is_forgotten
    clock.now += 12
    assert breaker.is_forgotten
    breaker.answered()
    assert (breaker.is_open, breaker.is_forgotten) == (False, False)


def test_the_log_says_when_an_outage_begins_and_ends_and_counts_what_is_between(clock, caplog):
    breaker = Breaker("reads")
    breaker.enter()
    breaker.failed("Refused.")
    for _ in range(100):
        with pytest.raises(StorageAway):
            breaker.enter()
    clock.now += 2
    breaker.enter()
    breaker.failed("Refused again.")
    assert caplog.messages == ["The store's reads fail from now on. Refused."]

    clock.now += 2
    breaker.enter()
    breaker.answered()
    breaker.answered()
    assert caplog.messages[1:] == ["The store's reads work again, after 4 s: 102 failed."]

    breaker.failed("Refused.")
    breaker.answered()
    assert caplog.messages[2:] == [
        "The store's reads fail from now on. Refused.",
        "The store's reads work again, after 0 s: 1 failed.",
    ]
