"""What a process knew of public images, for when the database is away."""

import pytest

from images.serving import remembered
from images.serving.remembered import SECONDS, Remembered


@pytest.fixture
def clock(monkeypatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(remembered.time, "monotonic", lambda: now[0])
    return now


def test_a_row_is_remembered_for_a_minute_from_when_it_was_found_last(clock):
    rows = Remembered()
    rows.keep(("an image",), ("its row",))
    clock[0] += SECONDS - 1
    assert rows.get(("an image",)) == ("its row",)
    rows.keep(("an image",), ("its row", "changed"))
    clock[0] += SECONDS - 1
    assert rows.get(("an image",)) == ("its row", "changed")
    clock[0] += 1
    assert rows.get(("an image",)) is None


def test_what_nobody_sees_any_more_is_forgotten():
    rows = Remembered()
    rows.keep(("an image",), ("its row",))
    rows.keep(("an image",), None)
    assert rows.get(("an image",)) is None


def test_of_too_many_the_one_found_longest_ago_is_forgotten(monkeypatch):
    monkeypatch.setattr(remembered, "ROWS", 2)
    rows = Remembered()
    for key in (1, 2, 1, 3):
        rows.keep((key,), (key,))
    assert [rows.get((key,)) for key in (1, 2, 3)] == [(1,), None, (3,)]
