"""What a process knew of public images, for when the database is away."""

import pytest

from images.serving import remembered
from images.serving.remembered import SECONDS, Remembered

KEY = ("an image",)
ROW = ("its row",)
CHANGED = ("its row", "changed")


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def rows(clock) -> Remembered:
    return Remembered()


def test_a_row_is_remembered_for_a_minute_from_when_it_was_asked_for_last(rows, clock):
    rows.keep(KEY, ROW, asked=clock[0])
    clock[0] += SECONDS - 1
    assert rows.get(KEY) == ROW
    rows.keep(KEY, CHANGED, asked=clock[0])
    clock[0] += SECONDS - 1
    assert rows.get(KEY) == CHANGED
    clock[0] += 1
    assert rows.get(KEY) is None


def test_the_time_until_the_answer_was_there_is_part_of_the_minute(rows, clock):
    rows.keep(KEY, ROW, asked=clock[0] - 10)
    clock[0] += SECONDS - 11
    assert rows.get(KEY) == ROW
    clock[0] += 1
    assert rows.get(KEY) is None


def test_what_nobody_sees_any_more_is_forgotten(rows, clock):
    rows.keep(KEY, ROW, asked=clock[0])
    rows.keep(KEY, None, asked=clock[0] + 1)
    assert rows.get(KEY) is None


def test_what_was_asked_before_nobody_saw_it_comes_back_by_no_late_answer(rows, clock):
    """Neither when it was asked later: it may have been answered earlier."""
    rows.keep(KEY, None, asked=clock[0] - 2)
    for asked in (clock[0] - 3, clock[0] - 1, clock[0]):
        rows.keep(KEY, ROW, asked)
        assert rows.get(KEY) is None
    clock[0] += 1
    rows.keep(KEY, ROW, asked=clock[0])
    assert rows.get(KEY) == ROW


def test_that_nobody_sees_it_counts_whoever_asked_first(rows, clock):
    rows.keep(KEY, ROW, asked=clock[0])
    rows.keep(KEY, None, asked=clock[0] - 1)
    assert rows.get(KEY) is None


def test_a_late_answer_replaces_none_that_was_asked_later(rows, clock):
    rows.keep(KEY, CHANGED, asked=clock[0])
    rows.keep(KEY, ROW, asked=clock[0] - 1)
    assert rows.get(KEY) == CHANGED


def test_of_too_many_the_one_found_longest_ago_is_forgotten(rows, clock, monkeypatch):
    monkeypatch.setattr(remembered, "ROWS", 2)
    for key in (1, 2, 1, 3):
        rows.keep((key,), (key,), asked=clock[0])
    assert [rows.get((key,)) for key in (1, 2, 3)] == [(1,), None, (3,)]


def test_what_nobody_sees_takes_no_room_from_what_is_seen_nor_much_itself(rows, clock, monkeypatch):
    """Anybody may ask for addresses of nothing, without end."""
    monkeypatch.setattr(remembered, "ROWS", 2)
    rows.keep(KEY, ROW, asked=clock[0])
    for key in (1, 2, 1, 3):
        rows.keep((key,), None, asked=clock[0])
    assert rows.get(KEY) == ROW
    assert len(rows._hidden) == 2
