"""Turns: how many are at work, how many wait, and who is told to come back."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from images.concurrency.turns import Turns
from images.errors import Busy
from tests.servers.machine import DEADLINE, until


def test_as_many_as_it_was_told_are_at_work():
    turns = Turns(at_once=2)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(turns.turn("no turn"))
        with pytest.raises(Busy, match="no turn"):
            stack.enter_context(turns.turn("no turn"))
    with turns.turn("no turn"):
        pass


def test_who_waits_gets_the_turn_and_one_more_does_not_wait():
    turns, waits = Turns(at_once=1, waiting=1), threading.Event()

    def wait() -> None:
        with turns.turn("no turn", DEADLINE):
            waits.set()

    with ThreadPoolExecutor(1) as pool:
        with turns.turn("no turn"):
            waiter = pool.submit(wait)
            until(lambda: not turns._places._value)
            with pytest.raises(Busy), turns.turn("no turn", DEADLINE):
                pass
            assert not waits.is_set()
        waiter.result(DEADLINE)
    assert waits.is_set()


def test_who_waited_too_long_leaves_the_place():
    turns = Turns(at_once=1, waiting=1)
    with turns.turn("no turn"):
        for _ in range(2):
            with pytest.raises(Busy), turns.turn("no turn", 0.01):
                pass
    with turns.turn("no turn"):
        pass


def test_a_failure_gives_the_turn_back():
    turns = Turns(at_once=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn("no turn"):
            1 / 0  # noqa: B018
