"""Eviction: what goes, and under which lock."""

import fcntl
from pathlib import Path

import pytest

from storage.eviction import Eviction


def test_an_abandoned_draft_is_removed_while_nobody_can_take_it(tmp_path, monkeypatch):
    draft = tmp_path / "key.part"
    draft.write_bytes(b"left by a killed process")
    unlink, held = Path.unlink, []

    def watched(path: Path, *args, **options) -> None:
        with path.open("rb") as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        held.append(path)
        unlink(path, *args, **options)

    monkeypatch.setattr(Path, "unlink", watched)
    Eviction(tmp_path, 1).make_room(0)
    assert held == [draft]
    assert not draft.exists()


def test_a_draft_that_came_after_the_one_that_was_locked_stays(tmp_path, monkeypatch):
    draft = tmp_path / "key.part"
    draft.write_bytes(b"whole by now")
    flock = fcntl.flock

    def published_meanwhile(file, how: int) -> None:
        flock(file, how)
        draft.rename(tmp_path / "key")
        draft.write_bytes(b"another's")

    monkeypatch.setattr(fcntl, "flock", published_meanwhile)
    Eviction(tmp_path, 10**6).make_room(0)
    assert draft.read_bytes() == b"another's"
